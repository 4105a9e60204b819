"""The catalogue: what is shipped, and what an account adds."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from flask import Flask

from portal.domain.catalogue import EVENT_TYPES, POLICIES
from portal.domain.event_types import EventTypeDraft
from portal.domain.policies import PolicyDraft
from portal.domain.problems import Conflict, Refused
from portal.extensions import db
from portal.models import Account, EventType, Hook, Policy
from portal.pipeline.catalogue import (
    create_event_type,
    create_policy,
    delete_event_type,
    delete_policy,
    edit_event_type,
    edit_policy,
    ship,
)
from portal.pipeline.hooks import delete_hook
from tests import factories
from tests.pipeline.racing import at_once, crossing, while_uncommitted

OWN = PolicyDraft("own", "سياسة", "وصف", retry_delays=(0, 1, 1), per_minute=7)
KIND = EventTypeDraft("own.type", "نوع", "مجموعة", "وصف", {"ب": 1, "أ": 2}, {"type": "object"})


def ship_again() -> None:
    db.session.rollback()
    with db.engine.begin() as connection:
        ship(connection)


def shipped() -> tuple[dict[str, str], dict[str, str]]:
    """The ids of what is shipped, by slug and by key."""
    db.session.rollback()
    policies = db.session.query(Policy).filter_by(account_id=None)
    kinds = db.session.query(EventType).filter_by(account_id=None)
    return {row.slug: row.id for row in policies}, {row.key: row.id for row in kinds}


def conflict(verb: Callable[[], object]) -> str:
    with pytest.raises(Conflict) as raised:
        verb()
    return raised.value.code


def refusal(verb: Callable[[], object]) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as raised:
        verb()
    return [(problem.pointer, problem.code) for problem in raised.value.problems]


def test_everything_is_shipped_and_again_changes_nothing(app: Flask) -> None:
    before = shipped()
    assert [set(names) for names in before] == [
        {card.slug for card in POLICIES},
        {card.key for card in EVENT_TYPES},
    ]
    ship_again()
    assert shipped() == before


def test_shipping_mends_what_is_shipped_and_leaves_what_is_ones_own(app: Flask) -> None:
    actor = factories.make_actor()
    own, kind = create_policy(OWN, actor), create_event_type(KIND, actor)
    db.session.query(Policy).filter_by(slug="simple").update({"name": "x", "retry_delays": [9]})
    db.session.query(EventType).filter_by(key="message.sent").delete()
    db.session.commit()
    ship_again()
    db.session.expire_all()
    simple = db.session.query(Policy).filter_by(slug="simple").one()
    assert (simple.name, simple.retry_delays) == ("بسيط", list(POLICIES[0].retry_delays))
    assert len(shipped()[1]) == len(EVENT_TYPES)
    assert (own.name, own.retry_delays, kind.label) == ("سياسة", [0, 1, 1], "نوع")


def test_a_policy_of_ones_own_is_made_changed_and_deleted(app: Flask) -> None:
    actor = factories.make_actor()
    made = create_policy(OWN, actor)
    assert (made.slug, made.account_id, made.per_minute) == ("own", actor.account_id, 7)
    edited = edit_policy("own", replace(OWN, slug="other", name="أخرى", retry_delays=(5,)), actor)
    assert (edited.slug, edited.name, edited.retry_delays) == ("own", "أخرى", [5])
    delete_policy("own", actor)
    assert db.session.query(Policy).filter_by(slug="own").count() == 0


def test_a_policy_without_a_slug_gets_one_of_its_own(app: Flask) -> None:
    actor = factories.make_actor()
    slugs = {create_policy(PolicyDraft(name="سريعة"), actor).slug for _ in range(5)}
    assert len(slugs) == 5


def test_a_slug_and_a_key_are_taken_once(app: Flask) -> None:
    actor = factories.make_actor()
    create_policy(OWN, actor)
    create_event_type(KIND, actor)
    for slug in ("own", "simple"):
        taken = partial(create_policy, replace(OWN, slug=slug), actor)
        assert refusal(taken) == [("/slug", "slug_taken")]
    for key in ("own.type", "message.received"):
        taken = partial(create_event_type, replace(KIND, key=key), actor)
        assert refusal(taken) == [("/key", "key_taken")]


def test_a_policy_cannot_go_while_a_hook_has_it(app: Flask) -> None:
    actor = factories.make_actor()
    create_policy(OWN, actor)
    hook = factories.make_hook(policy="own")
    assert conflict(lambda: delete_policy("own", actor)) == "in_use"
    delete_hook(hook.id, actor=factories.make_actor())
    delete_policy("own", actor)
    assert db.session.get_one(Hook, hook.id).policy.slug == "simple"


def test_only_what_is_ones_own_can_be_changed(app: Flask) -> None:
    actor = factories.make_actor()
    for slug, code in (("simple", "builtin"), ("no_such", "not_found")):
        assert conflict(partial(edit_policy, slug, OWN, actor)) == code
        assert conflict(partial(delete_policy, slug, actor)) == code
    for key, code in (("message.received", "builtin"), ("no.such", "not_found")):
        assert conflict(partial(edit_event_type, key, KIND, actor)) == code
        assert conflict(partial(delete_event_type, key, actor)) == code


def test_another_account_sees_and_changes_nothing_of_it(app: Flask, other_account: Account) -> None:
    actor, stranger = factories.make_actor(), factories.make_actor(other_account)
    create_policy(OWN, actor)
    create_event_type(KIND, actor)
    assert conflict(lambda: edit_policy("own", OWN, stranger)) == "not_found"
    assert conflict(lambda: delete_policy("own", stranger)) == "not_found"
    assert conflict(lambda: delete_event_type("own.type", stranger)) == "not_found"
    assert create_policy(OWN, stranger).account_id == other_account.id
    with pytest.raises(Refused):
        factories.make_hook(event_types=["own.type"], account=other_account)


def test_an_event_type_of_ones_own_is_made_changed_and_deleted(app: Flask) -> None:
    actor = factories.make_actor()
    made = create_event_type(KIND, actor)
    assert list(json.loads(made.example)) == ["ب", "أ"]
    assert (made.key, made.schema) == ("own.type", {"type": "object"})
    edited = edit_event_type("own.type", replace(KIND, key="x", label="آخر", schema=None), actor)
    assert (edited.key, edited.label, edited.schema) == ("own.type", "آخر", None)
    delete_event_type("own.type", actor)
    assert db.session.query(EventType).filter_by(key="own.type").count() == 0


def test_an_event_type_cannot_go_while_a_hook_subscribes_to_it(app: Flask) -> None:
    actor = factories.make_actor()
    create_event_type(KIND, actor)
    hook = factories.make_hook(event_types=["own.type"])
    assert conflict(lambda: delete_event_type("own.type", actor)) == "in_use"
    delete_hook(hook.id, actor=factories.make_actor())
    delete_event_type("own.type", actor)


def test_of_many_at_once_one_gets_the_slug_and_the_key(app: Flask) -> None:
    actor = factories.make_actor()

    def choose() -> int:
        won = 0
        for verb, draft in ((create_policy, OWN), (create_event_type, KIND)):
            try:
                won += bool(verb(draft, actor))  # type: ignore[operator]
            except Refused:
                continue
        return won

    assert sum(at_once(app, *[choose] * 4)) == 2


@crossing
def test_a_policy_that_somebody_is_just_choosing_cannot_go(app: Flask) -> None:
    actor = factories.make_actor()
    create_policy(OWN, actor)
    codes = while_uncommitted(
        app,
        lambda: factories.make_hook(policy="own").id,
        lambda: conflict(lambda: delete_policy("own", actor)),
    )
    assert codes[1] == "in_use"
