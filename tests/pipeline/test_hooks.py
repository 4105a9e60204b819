"""Making, changing, switching and deleting hooks."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask

from portal.domain.hooks import HookDraft
from portal.domain.problems import Refused
from portal.domain.signing import public_key
from portal.extensions import db
from portal.models import Account, Delivery, Hook, HookSecret, now
from portal.pipeline.holding import held_count
from portal.pipeline.hooks import (
    create_hook,
    delete_hook,
    draft_of,
    edit_hook,
    headers_of,
    public_key_of,
    secret_of,
    switch_hook,
    unfinished_count,
)
from tests import factories
from tests.pipeline.racing import at_once, crossing, while_uncommitted

DRAFT = HookDraft("متجر النور", "http://127.0.0.1:9/hook", ("message.received",))


def refused_with(verb: Callable[[], object]) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        verb()
    return [(problem.pointer, problem.code) for problem in refused.value.problems]


def test_a_new_hook_is_what_was_asked_for(app: Flask) -> None:
    draft = replace(
        DRAFT,
        description="وصف",
        event_types=("order.status", "message.received", "order.status"),
        policy="gentle",
        headers={"Authorization": "Bearer x"},
        secret="a secret of ours",
    )
    made = create_hook(draft, factories.make_actor())
    assert made.secret == secret_of(made.hook) == "a secret of ours"
    assert draft_of(made.hook) == replace(
        draft, event_types=("message.received", "order.status"), secret=None
    )
    assert "Bearer" not in (made.hook.headers_sealed or "")
    assert "secret" not in made.hook.secrets[0].sealed


def test_a_secret_is_made_where_none_is_given(app: Flask) -> None:
    actor = factories.make_actor()
    one, other = (create_hook(replace(DRAFT, name=name), actor) for name in ("1", "2"))
    assert one.secret.startswith("whsec_")
    assert one.secret != other.secret
    assert public_key_of(one.hook) is None


def test_an_ed25519_hook_shows_its_public_key(app: Flask) -> None:
    made = create_hook(replace(DRAFT, signature="ed25519"), factories.make_actor())
    assert made.secret.startswith("whsk_")
    assert public_key_of(made.hook) == public_key(made.secret)


def test_everything_wrong_is_said_and_nothing_is_stored(app: Flask) -> None:
    draft = replace(DRAFT, name="", event_types=("no.such",), policy="none", url="http://10.0.0.1")
    assert refused_with(lambda: create_hook(draft, factories.make_actor())) == [
        ("/name", "required"),
        ("/event_types/0", "unknown_event_type"),
        ("/policy", "unknown_policy"),
        ("/url", "blocked_private_address"),
    ]
    assert db.session.query(Hook).count() == 0


def test_two_living_hooks_never_look_alike(app: Flask) -> None:
    actor = factories.make_actor()
    create_hook(DRAFT, actor)
    for twin in (DRAFT.name, " مَتجـر  النُور ", "متجر\u200f النور"):
        alike = replace(DRAFT, name=twin)
        assert refused_with(partial(create_hook, alike, actor)) == [("/name", "name_taken")]


def test_a_name_is_free_elsewhere_and_again_after_a_deletion(
    app: Flask, other_account: Account
) -> None:
    actor = factories.make_actor()
    first = create_hook(DRAFT, actor).hook
    create_hook(DRAFT, factories.make_actor(other_account))
    delete_hook(first.id, actor=factories.make_actor())
    assert create_hook(DRAFT, actor).hook.id != first.id


def test_a_name_of_any_script_and_length_survives(app: Flask) -> None:
    actor = factories.make_actor()
    for name in ("ﷺ" * 200, "س" * 200, "😀" * 200, "ـ"):
        draft = replace(DRAFT, name=name)
        hook = create_hook(draft, actor).hook
        assert hook.name == name
        assert edit_hook(hook.id, draft_of(hook), actor).name == name
        assert refused_with(partial(create_hook, draft, actor)) == [("/name", "name_taken")]


def test_two_who_choose_a_name_at_once_do_not_both_get_it(app: Flask) -> None:
    actor = factories.make_actor()

    def choose() -> str:
        try:
            return create_hook(DRAFT, actor).hook.name
        except Refused as refused:
            return str(refused)

    taken = "/name: name_taken"
    assert sorted(at_once(app, *[choose] * 3)) == [taken, taken, DRAFT.name]


def test_an_edit_changes_what_it_says_and_keeps_the_secret(app: Flask) -> None:
    actor, hook = factories.make_actor(), factories.make_hook(headers={"X-A": "1"})
    draft = replace(draft_of(hook), name="آخر", event_types=("order.status",), policy="ordered")
    edit_hook(hook.id, draft, actor)
    db.session.expire_all()
    assert draft_of(hook) == draft
    assert (secret_of(hook), headers_of(hook)) == (factories.SECRET, {"X-A": "1"})


def test_a_new_secret_replaces_those_that_are_alive(app: Flask) -> None:
    actor, hook = factories.make_actor(), factories.make_hook()
    edit_hook(hook.id, replace(draft_of(hook), secret="a new secret"), actor)
    db.session.expire_all()
    assert secret_of(hook) == "a new secret"
    assert [one.is_alive(now()) for one in hook.secrets] == [True, False]


def test_another_kind_of_signature_makes_another_secret(app: Flask) -> None:
    actor, hook = factories.make_actor(), factories.make_hook()
    for signature, prefix in (("ed25519", "whsk_"), ("hmac", "whsec_")):
        edit_hook(hook.id, replace(draft_of(hook), signature=signature), actor)
        db.session.expire_all()
        assert secret_of(hook).startswith(prefix)


def test_a_refused_edit_changes_nothing(app: Flask) -> None:
    actor, hook = factories.make_actor(), factories.make_hook()
    before = draft_of(hook)
    wrong = replace(before, name="آخر", url="", enabled=False, secret="a new secret")
    assert refused_with(lambda: edit_hook(hook.id, wrong, actor)) == [("/url", "required")]
    assert (draft_of(hook), secret_of(hook)) == (before, factories.SECRET)


@pytest.mark.parametrize("held", ["send", "skip"])
def test_what_is_not_due_yet_keeps_its_time_while_the_hook_is_off(app: Flask, held: str) -> None:
    hook, later = factories.make_hook(), now() + timedelta(hours=5)
    retry = factories.make_delivery(hook, due_at=later, attempt_count=3, retry_step=3)
    due = factories.make_delivery(hook)
    switch_hook(hook.id, False, actor=factories.make_actor())
    switch_hook(hook.id, True, held=held, actor=factories.make_actor())
    assert (retry.state, retry.due_at, retry.retry_step) == ("waiting", later, 3)
    assert due.state == ("skipped" if held == "skip" else "waiting")


def test_switching_to_what_it_is_changes_nothing(app: Flask) -> None:
    hook = factories.make_hook()
    held = factories.make_delivery(hook, state="held")
    switch_hook(hook.id, True, held="skip", actor=factories.make_actor())
    assert held.state == "held"


def test_what_is_held_and_unfinished_can_be_counted(app: Flask) -> None:
    hook, other = factories.make_hook(), factories.make_hook()
    for state in ("waiting", "held", "held", "delivered", "undelivered", "skipped", "cancelled"):
        factories.make_delivery(hook, state=state)
    factories.make_delivery(other, state="held")
    assert (held_count(hook.id), unfinished_count(hook.id)) == (2, 3)


def test_deleting_erases_secrets_cancels_the_unfinished_and_keeps_the_log(app: Flask) -> None:
    hook = factories.make_hook(headers={"Authorization": "Bearer x"})
    states = ["waiting", "held", "delivered", "undelivered", "skipped"]
    deliveries = [factories.make_delivery(hook, state=state) for state in states]
    bystander = factories.make_delivery(factories.make_hook())
    delete_hook(hook.id, actor=factories.make_actor())
    after = ["cancelled", "cancelled", "delivered", "undelivered", "skipped"]
    assert [delivery.state for delivery in deliveries] == after
    assert hook.deleted_at is not None
    assert (hook.headers_sealed, secret_of(hook)) == (None, "")
    assert (bystander.state, db.session.query(HookSecret).count()) == ("waiting", 1)


@crossing
def test_of_two_who_save_at_once_the_later_wins_whole(app: Flask) -> None:
    actor, hook = factories.make_actor(), factories.make_hook()
    hook_id, draft = hook.id, draft_of(hook)
    one = replace(draft, name="1", secret="the first secret", event_types=("order.status",))
    other = replace(draft, name="2", secret="the second secret", event_types=("cart.abandoned",))
    while_uncommitted(
        app, lambda: edit_hook(hook_id, one, actor).id, lambda: edit_hook(hook_id, other, actor).id
    )
    db.session.expire_all()
    assert draft_of(hook) == replace(other, secret=None)
    assert secret_of(hook) == "the second secret"
    assert [one.is_alive(now()) for one in hook.secrets] == [True, False, False]


@crossing
def test_nothing_waits_for_a_hook_that_two_switch_at_once(app: Flask) -> None:
    hook_id = factories.make_hook().id
    factories.make_delivery(db.session.get_one(Hook, hook_id))
    while_uncommitted(
        app,
        lambda: switch_hook(hook_id, False, actor=factories.make_actor()).id,
        lambda: switch_hook(hook_id, True, actor=factories.make_actor()).id,
    )
    enabled = db.session.get_one(Hook, hook_id).enabled
    assert [row.state for row in db.session.query(Delivery)] == ["waiting" if enabled else "held"]
