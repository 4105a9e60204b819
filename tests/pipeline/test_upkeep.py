"""Upkeep: what is past its time goes, and nothing that is owed ever does."""

from datetime import datetime, timedelta

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import (
    Account,
    AccountRollup,
    Attempt,
    AttemptDelivery,
    Call,
    Delivery,
    Event,
    FailureRollup,
    HalfSignIn,
    Hook,
    HookRollup,
    PasswordLink,
    PasswordRequest,
    ProviderVisit,
    Sandbox,
    SandboxArrival,
    SecondStep,
    SignInFailure,
    SignInSession,
    Trigger,
    now,
)
from portal.pipeline.redeliver import resend
from portal.pipeline.sandbox import open_sandbox, receive, try_now
from portal.pipeline.sign_in import open_session
from portal.pipeline.upkeep import BITE, sweep
from tests import factories
from tests.pipeline.racing import crossing, while_uncommitted


def ago(days: float) -> datetime:
    return now() - timedelta(days=days)


def old_delivery(state: str, days: float) -> Delivery:
    """A delivery, with its event and one attempt, that came to ``state`` so many days ago."""
    hook = factories.make_hook()
    event = factories.make_event(created_at=ago(days))
    ended = None if state in ("waiting", "held") else ago(days)
    delivery = factories.make_delivery(
        hook, event, state=state, finished_at=ended, created_at=ago(days)
    )
    add_attempt(hook, delivery)
    return delivery


def add_attempt(hook: Hook, *deliveries: Delivery) -> None:
    attempt = Attempt(
        account_id=hook.account_id,
        hook_id=hook.id,
        message_id="msg_1",
        started_at=now(),
        duration_ms=1,
        policy="simple",
        url=hook.url,
    )
    db.session.add(attempt)
    db.session.flush()
    for delivery in deliveries:
        db.session.add(AttemptDelivery(delivery_id=delivery.id, attempt_id=attempt.id))
    db.session.commit()


def counts() -> tuple[int, ...]:
    """How many events, deliveries, attempts and links between them there are."""
    db.session.rollback()
    return tuple(
        db.session.query(table).count() for table in (Event, Delivery, Attempt, AttemptDelivery)
    )


@pytest.mark.settings(PORTAL_KEEP_DELIVERED_DAYS="10", PORTAL_KEEP_UNDELIVERED_DAYS="20")
def test_what_is_through_is_kept_as_long_as_the_settings_say(app: Flask) -> None:
    kept = [("delivered", 9.9), *((state, 19.9) for state in ("undelivered", "skipped"))]
    gone = [("delivered", 10.1), *((s, 20.1) for s in ("undelivered", "skipped", "cancelled"))]
    for state, days in kept + gone:
        old_delivery(state, days)
    assert counts() == (7, 7, 7, 7)
    sweep()
    db.session.rollback()
    assert sorted(row.state for row in db.session.query(Delivery)) == sorted(s for s, _ in kept)
    assert counts() == (3, 3, 3, 3)
    assert sweep() == 0


def test_nothing_that_is_owed_is_ever_removed(app: Flask) -> None:
    old_delivery("waiting", 5000)
    old_delivery("held", 5000)
    assert sweep() == 0
    assert counts() == (2, 2, 2, 2)


def test_an_event_stays_while_any_hook_is_owed_it(app: Flask) -> None:
    delivery = old_delivery("delivered", 100)
    event = db.session.get_one(Event, delivery.event_id)
    factories.make_delivery(factories.make_hook(), event, state="held")
    sweep()
    assert counts() == (1, 1, 0, 0)


def test_an_event_that_nobody_wanted_goes_with_the_delivered(app: Flask) -> None:
    factories.make_event(created_at=ago(31))
    kept = factories.make_event(created_at=ago(29)).id
    assert sweep() == 1
    assert [event.id for event in db.session.query(Event)] == [kept]


def test_an_attempt_stays_until_the_last_of_its_deliveries_goes(app: Flask) -> None:
    hook = factories.make_hook()
    old = factories.make_delivery(hook, state="delivered", finished_at=ago(31))
    young = factories.make_delivery(hook, state="delivered", finished_at=ago(1))
    add_attempt(hook, old, young)
    sweep()
    assert counts()[1:] == (1, 1, 1)


def test_more_than_a_bite_goes_as_well(app: Flask, account: Account) -> None:
    rows = [
        {"account_id": account.id, "type": "a", "created_at": ago(31), "occurred_at": now()}
        | {"data": "{}", "search": ""}
        for _ in range(BITE * 2 + 1)
    ]
    db.session.rollback()
    db.session.add_all(Event(**row) for row in rows)
    db.session.commit()
    assert sweep() == BITE * 2 + 1
    assert counts()[0] == 0


def test_calls_go_but_not_those_whose_run_is_owed(app: Flask, account: Account) -> None:
    trigger = Trigger(
        account_id=account.id, name="م", name_folded="م", token_hash="h", token_sealed="s"
    )
    db.session.rollback()
    db.session.add(trigger)
    db.session.flush()
    for days, run in [(31, None), (31, "done"), (31, "waiting"), (29, None)]:
        db.session.add(
            Call(
                account_id=account.id,
                trigger_id=trigger.id,
                version_id="trv_1",
                peer="127.0.0.1",
                method="POST",
                headers="[]",
                at=ago(days),
                verdict="accepted",
                run_state=run,
            )
        )
    db.session.commit()
    assert sweep() == 2
    assert sorted(str(call.run_state) for call in db.session.query(Call)) == ["None", "waiting"]


def test_a_sandbox_is_closed_after_a_day_with_the_hook_to_it(app: Flask, account: Account) -> None:
    old, young = try_now(factories.make_actor()), open_sandbox(account.id)
    own = factories.make_hook().id
    receive(old, [["webhook-id", "msg_1"]], b"{}")
    receive(young, [], b"{}")
    db.session.query(Sandbox).filter_by(token=old).update({"created_at": ago(1.01)})
    db.session.commit()
    sweep()
    db.session.rollback()
    assert [row.token for row in db.session.query(Sandbox)] == [young]
    assert [row.token for row in db.session.query(SandboxArrival)] == [young]
    assert {hook.id: hook.deleted_at is None for hook in db.session.query(Hook)}[own]
    assert db.session.query(Hook).filter(Hook.deleted_at.is_(None)).count() == 1
    assert [row.state for row in db.session.query(Delivery)] == ["cancelled"]


def test_dead_sessions_old_failures_and_ancient_rollups_go(app: Flask, account: Account) -> None:
    person, hook = factories.make_person(), factories.make_hook()
    living = open_session(person.id, account.id, "", "")
    open_session(person.id, account.id, "", "")
    db.session.rollback()
    last = db.session.query(SignInSession).order_by(SignInSession.created_at.desc()).first()
    last.expires_at = ago(0.01)
    db.session.add_all([SignInFailure(key="a", at=ago(1.01)), SignInFailure(key="b")])
    db.session.commit()
    for days in (401, 399):
        hour = ago(days).replace(minute=0, second=0, microsecond=0)
        factories.make_rollups(hook, hour, delivered=1, causes={("http_500", "a.sa"): 1})
    assert living
    assert sweep() == 5
    rollups = (HookRollup, AccountRollup, FailureRollup)
    kept = [db.session.query(t).count() for t in (SignInSession, SignInFailure, *rollups)]
    assert kept == [1, 1, 1, 1, 1]


def test_beginnings_at_the_door_that_came_to_nothing_go(app: Flask, account: Account) -> None:
    people = [factories.make_person() for _ in range(3)]
    for number, (person, moment) in enumerate(
        zip(people, (ago(1.01), ago(-0.01), ago(-0.01)), strict=True)
    ):
        name = f"{number}"
        common = {"person_id": person.id, "expires_at": moment}
        visit = {"nonce": "n", "verifier": "v", "target": ""}
        db.session.add_all(
            [
                HalfSignIn(token_hash=name, account_id=account.id, **common),
                PasswordLink(token_hash=name, **common),
                PasswordRequest(email=name, asked_at=moment, due_at=moment),
                ProviderVisit(state_hash=name, expires_at=moment, **visit),
                SecondStep(person_id=person.id, secret_sealed="x", begun_at=moment),
            ]
        )
    db.session.get_one(SecondStep, people[1].id).on_since = ago(100)
    db.session.get_one(SecondStep, people[1].id).begun_at = ago(100)
    db.session.commit()
    assert sweep() == 5
    tables = (HalfSignIn, PasswordLink, PasswordRequest, ProviderVisit, SecondStep)
    assert [db.session.query(table).count() for table in tables] == [2] * 5


@crossing
def test_what_somebody_is_just_asking_for_again_is_not_removed(app: Flask) -> None:
    delivery_id, actor = old_delivery("delivered", 31).id, factories.make_actor()
    while_uncommitted(app, lambda: resend(delivery_id, actor).id, sweep)
    assert counts() == (1, 1, 1, 1)
    assert db.session.query(Delivery).one().state == "waiting"
