"""Changes to rules by several people at once."""

import pytest

from portal.domain.problems import Refused
from portal.models import Account, Trigger
from portal.pipeline.triggers import configuration_of
from portal.web.forms.rule import RuleForm
from portal.web.rule_changes import Stale, change_rule, mark_of, removed, save_rule, switched
from tests import factories

RULES = [{"name": "أ"}, {"name": "ب"}]


@pytest.fixture
def trigger(account: Account) -> Trigger:
    """A trigger with two rules."""
    return factories.make_trigger(account, rules=RULES)


def states(trigger: Trigger) -> list[tuple[str, bool]]:
    """The names of the rules and whether they are on."""
    return [(rule["name"], rule["enabled"]) for rule in configuration_of(trigger)["rules"]]


def test_two_who_saw_the_same_list_do_not_undo_each_other(trigger: Trigger) -> None:
    first, second = map(mark_of, configuration_of(trigger)["rules"])
    actor = factories.make_actor()
    change_rule(trigger.id, 1, first, removed, actor)
    change_rule(trigger.id, 2, second, switched(False), actor)
    assert states(trigger) == [("ب", False)]


def test_a_rule_that_is_gone_is_neither_changed_nor_saved(trigger: Trigger) -> None:
    mark, actor = mark_of(configuration_of(trigger)["rules"][0]), factories.make_actor()
    change_rule(trigger.id, 1, mark, removed, actor)
    with pytest.raises(Stale):
        change_rule(trigger.id, 1, mark, switched(False), actor)
    with pytest.raises(Stale):
        save_rule(trigger.id, 1, mark, RuleForm.blank(), actor)
    assert states(trigger) == [("ب", True)]


def test_a_form_with_something_missing_changes_nothing(trigger: Trigger) -> None:
    form = RuleForm.blank()
    with pytest.raises(Refused) as refused:
        save_rule(trigger.id, 0, "", form, factories.make_actor())
    form.attach(refused.value.problems)
    assert set(form.errors) == {"c-0-left", "c-0-right"}
    assert states(trigger) == [("أ", True), ("ب", True)]


def test_of_two_rules_that_are_the_same_the_one_that_was_pressed_is_meant(account: Account) -> None:
    trigger = factories.make_trigger(account, rules=[RULES[0], RULES[0]])
    mark = mark_of(configuration_of(trigger)["rules"][1])
    change_rule(trigger.id, 2, mark, switched(False), factories.make_actor())
    assert states(trigger) == [("أ", True), ("أ", False)]
