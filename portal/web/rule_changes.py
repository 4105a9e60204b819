"""Changes to the rules of a trigger: each of the very rule that was seen, and of no other."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from portal.domain.actor import Actor
from portal.domain.problems import Refused
from portal.domain.triggers.draft import TriggerDraft, read_trigger
from portal.pipeline.triggers import change_trigger
from portal.web.forms.rule import RuleForm

Rule = Mapping[str, Any]
Rules = list[dict[str, Any]]
# What is made of all rules, of which one is meant by its place counted from 0.
Change = Callable[[Rules, int], Rules]


class Stale(Exception):
    """The rule that was meant is gone, or is no longer what it was."""


def moved(by: int) -> Change:
    """Move a rule by so many places; beyond the ends it stays at the end."""

    def change(rules: Rules, at: int) -> Rules:
        rest = removed(rules, at)
        to = min(max(at + by, 0), len(rest))
        return [*rest[:to], rules[at], *rest[to:]]

    return change


def switched(enabled: bool) -> Change:
    """Switch a rule on or off."""

    def change(rules: Rules, at: int) -> Rules:
        return [*rules[:at], {**rules[at], "enabled": enabled}, *rules[at + 1 :]]

    return change


def removed(rules: Rules, at: int) -> Rules:
    """The rules without one."""
    return rules[:at] + rules[at + 1 :]


def with_rules(base: TriggerDraft, rules: Rules) -> TriggerDraft:
    """The trigger ``base`` with other rules."""
    return replace(base, configuration={**base.configuration, "rules": rules})


def change_rule(trigger_id: str, number: int, mark: str, change: Change, actor: Actor) -> None:
    """Do ``change`` to the rule ``mark``, last seen as the rule ``number``.

    Raises :class:`Stale`, and :class:`Refused` for what may no longer be saved.
    """

    def changed(base: TriggerDraft) -> TriggerDraft:
        rules = list(base.configuration["rules"])
        made = change(rules, _place(rules, number, mark))
        return with_rules(base, made)

    change_trigger(trigger_id, changed, actor)


def save_rule(trigger_id: str, number: int, mark: str, form: RuleForm, actor: Actor) -> None:
    """Save what stands in ``form`` as the rule ``mark``, last seen as the rule ``number``; as one
    after all others where that is 0. Raises :class:`Stale` and :class:`Refused`.
    """
    change_trigger(trigger_id, lambda base: with_rule(base, number, mark, form), actor)


def with_rule(base: TriggerDraft, number: int, mark: str, form: RuleForm) -> TriggerDraft:
    """The trigger ``base`` with what stands in ``form`` in the place that :func:`save_rule` says.

    Raises :class:`Stale` and :class:`Refused`.
    """
    rules = base.configuration["rules"]
    place = _place(rules, number, mark) if number else len(rules)
    draft = read_trigger({"rules": form.put_into(rules, place)}, base)
    if form.reading.problems:
        raise Refused
    return draft


def mark_of(rule: Rule) -> str:
    """A short text that tells ``rule`` from others, switched on or off."""
    told = json.dumps({**rule, "enabled": True}, sort_keys=True)
    return sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def place_of(rules: Sequence[Rule], number: int, mark: str) -> int | None:
    """Where the rule ``mark`` stands, counted from 0: at ``number`` if it is still there, else
    wherever it was moved to; None when it is gone or was changed."""
    marks = [mark_of(rule) for rule in rules]
    if 0 < number <= len(marks) and marks[number - 1] == mark:
        return number - 1
    return marks.index(mark) if marks.count(mark) == 1 else None


def _place(rules: Sequence[Rule], number: int, mark: str) -> int:
    place = place_of(rules, number, mark)
    if place is None:
        raise Stale
    return place
