"""Runs: what an asynchronous call owes is done once, whoever dies or comes late."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from portal.domain.event_types import EventTypeDraft
from portal.domain.triggers.running import decide
from portal.extensions import db
from portal.models import Account, Call, Delivery, Event, Trigger, now
from portal.pipeline import finishing, runs, triggers
from portal.pipeline.catalogue import create_event_type, delete_event_type
from portal.pipeline.finishing import Finished
from portal.pipeline.work import anything_due, work
from tests import factories
from tests.pipeline.racing import at_once
from tests.receiver import Receiver

PUBLISH = {"type": "order.status", "data": {"n": "{{ body.n }}"}}
RULES = [{"name": "نشر", "publish": [PUBLISH]}]


@pytest.fixture
def trigger(account: Account) -> Trigger:
    """An asynchronous trigger that publishes what it is called with."""
    return factories.make_trigger(account, rules=RULES)


def owe(trigger: Trigger, count: int = 1, **columns: Any) -> list[str]:
    """Calls whose runs are owed; their ids, oldest first."""
    waiting = {"run_state": "waiting", "due_at": now() - timedelta(seconds=1)} | columns
    bodies = [json.dumps({"n": number}).encode() for number in range(count)]
    made = [{"body": body} | waiting for body in bodies]
    return [factories.make_call(trigger, **one).id for one in made]


def run_all() -> int:
    """Do every run that is due; returns how many were taken."""
    db.session.rollback()
    return runs.run_due(lambda: False)


def state(call_id: str) -> tuple[str | None, str | None, int]:
    """The state of a run, its reason, and how many workers took it."""
    db.session.rollback()
    call = db.session.get_one(Call, call_id, populate_existing=True)
    return call.run_state, call.reason, call.attempt_count


def numbers() -> list[int]:
    """What the events carry, sorted."""
    db.session.rollback()
    return sorted(json.loads(event.data)["n"] for event in db.session.query(Event))


def let_leases_end() -> None:
    """Make every lease run out, as when its worker is dead."""
    db.session.rollback()
    waiting = db.session.query(Call).filter_by(run_state="waiting")
    waiting.update({"due_at": now() - timedelta(seconds=1)})
    db.session.commit()


def test_what_is_owed_is_done_oldest_first_and_recorded(app: Flask, trigger: Trigger) -> None:
    ids = owe(trigger, 3)
    assert runs.anything_due()
    assert run_all() == 3
    assert not runs.anything_due()
    assert {state(one) for one in ids} == {("done", None, 1)}
    assert numbers() == [0, 1, 2]
    call = db.session.get_one(Call, ids[0])
    assert (call.rule, call.lease_token) == ("نشر", None)
    told = json.loads(call.explanation or "")
    assert (told["events"], told["rules"][0]["result"]) == (1, "met")


def test_what_is_not_due_yet_is_left_alone(app: Flask, trigger: Trigger) -> None:
    [later] = owe(trigger, due_at=now() + timedelta(minutes=1))
    factories.make_call(trigger, run_state=None)
    assert not runs.anything_due()
    assert run_all() == 0
    assert state(later) == ("waiting", None, 0)


def test_nothing_is_begun_once_a_worker_shall_stop(app: Flask, trigger: Trigger) -> None:
    owe(trigger)
    db.session.rollback()
    assert runs.run_due(lambda: True) == 0
    assert runs.anything_due()


def test_what_a_worker_holds_nobody_else_takes_until_its_lease_ends(
    app: Flask, trigger: Trigger
) -> None:
    [call_id] = owe(trigger)
    db.session.rollback()
    assert [call.id for call in runs._take("mine")] == [call_id]
    assert (runs._take("other"), runs.anything_due(), run_all()) == ([], False, 0)
    db.session.rollback()
    left = db.session.get_one(Call, call_id, populate_existing=True).due_at - now()
    assert timedelta(seconds=5) < left <= runs.LEASE
    let_leases_end()
    assert run_all() == 1
    assert (state(call_id), numbers()) == (("done", None, 2), [0])


def test_one_that_comes_too_late_changes_nothing_and_publishes_nothing(
    app: Flask, trigger: Trigger
) -> None:
    [call_id, other_id] = owe(trigger, 2)
    db.session.rollback()
    held = [runs.run_of(call) for call in runs._take("late")]
    late = [Finished(run, decide(run.plan, run.inputs)) for run in held]
    db.session.query(Call).filter_by(id=call_id).update({"due_at": now() - timedelta(seconds=1)})
    db.session.commit()
    assert run_all() == 1
    finishing.finish("late", late)
    assert state(call_id) == ("done", None, 2)
    # What it still holds, it finishes.
    assert state(other_id) == ("done", None, 1)
    assert numbers() == [0, 1]
    finishing.finish("late", late)
    assert numbers() == [0, 1]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_that_dies_around_the_commit_publishes_exactly_once(
    app: Flask, trigger: Trigger, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    factories.make_hook(event_types=["order.status"])
    [call_id] = owe(trigger)

    class Died(BaseException):
        """A power cut."""

    def die(*_: Any) -> None:
        raise Died

    with monkeypatch.context() as patch:
        if moment == "before":
            stored = finishing._store
            patch.setattr(finishing, "_store", lambda *given: (stored(*given), die()))
        else:
            patch.setattr(finishing, "announce", die)
        with pytest.raises(Died):
            run_all()
    assert numbers() == ([] if moment == "before" else [0])
    let_leases_end()
    assert run_all() == (1 if moment == "before" else 0)
    assert (state(call_id)[:2], numbers()) == (("done", None), [0])
    assert db.session.query(Delivery).count() == 1


def test_a_run_that_ends_its_workers_is_given_up_and_publishes_nothing(
    app: Flask, trigger: Trigger
) -> None:
    [call_id, last_id] = [
        *owe(trigger, attempt_count=runs.MAX_ATTEMPTS),
        *owe(trigger, attempt_count=runs.MAX_ATTEMPTS - 1),
    ]
    run_all()
    assert state(call_id)[:2] == ("failed", "run_interrupted")
    assert state(last_id)[:2] == ("done", None)
    assert numbers() == [0]


def test_a_run_that_breaks_on_our_side_breaks_no_other_and_is_given_up_in_the_end(
    app: Flask, trigger: Trigger, caplog: pytest.LogCaptureFixture
) -> None:
    [bad_id] = owe(trigger, version_id="trv_nobody")
    [good_id] = owe(trigger)
    for attempt in range(1, runs.MAX_ATTEMPTS + 1):
        assert run_all() == (2 if attempt == 1 else 1)
        assert state(bad_id)[2] == attempt
        let_leases_end()
    assert state(bad_id)[:2] == ("failed", "internal_error")
    assert (state(good_id), run_all()) == (("done", None, 1), 0)
    assert bad_id in caplog.text


def test_workers_at_once_share_no_run(app: Flask, trigger: Trigger) -> None:
    ids = owe(trigger, 60)
    taken = at_once(app, *[run_all] * 4)
    assert sum(taken) == len(ids)
    assert numbers() == list(range(60))
    assert {state(one) for one in ids} == {("done", None, 1)}


def test_a_type_that_is_gone_fails_the_run_and_no_other(app: Flask, account: Account) -> None:
    actor = factories.make_actor(account)
    create_event_type(EventTypeDraft("own.type", "نوع"), actor)
    both = [{"publish": [PUBLISH, {"type": "own.type", "data": {"n": 99}}]}]
    bad, good = factories.make_trigger(account, rules=both), factories.make_trigger(rules=RULES)
    delete_event_type("own.type", actor)
    [bad_id], [good_id] = owe(bad), owe(good)
    assert run_all() == 2
    assert state(bad_id)[:2] == ("failed", "unknown_event_type")
    assert state(good_id)[:2] == ("done", None)
    assert numbers() == [0]


def test_an_error_of_a_rule_fails_the_run(app: Flask, account: Account) -> None:
    rules = [{"name": "خطأ", "publish": [{"type": "order.status", "data": "{{ body.n }}"}]}]
    [call_id] = owe(factories.make_trigger(account, rules=rules))
    run_all()
    assert state(call_id)[:2] == ("failed", "event_not_an_object")
    assert (db.session.get_one(Call, call_id).rule, numbers()) == ("خطأ", [])


def test_what_was_promised_is_done_after_the_trigger_was_changed_or_deleted(
    app: Flask, account: Account
) -> None:
    auth = {"kind": "basic", "username": "x", "password": "سر"}
    changed, deleted = (factories.make_trigger(account, rules=RULES, auth=auth) for _ in "ab")
    ids = owe(changed) + owe(deleted)
    draft = triggers.draft_of(changed)
    draft.configuration["rules"] = []
    triggers.change_trigger(changed.id, lambda _base: draft, factories.make_actor(account))
    triggers.delete_trigger(deleted.id, actor=factories.make_actor())
    assert run_all() == 2
    assert {state(one) for one in ids} == {("done", None, 1)}
    assert numbers() == [0, 0]


def test_runs_of_several_accounts_keep_apart(
    app: Flask, account: Account, other_account: Account
) -> None:
    for one in (account, other_account):
        factories.make_hook(account=one, event_types=["order.status"])
        owe(factories.make_trigger(one, rules=RULES), 2)
    assert run_all() == 4
    db.session.rollback()
    owners = [event.account_id for event in db.session.query(Event)]
    assert sorted(owners) == sorted([account.id, other_account.id] * 2)
    deliveries = db.session.query(Delivery).join(Event, Event.id == Delivery.event_id)
    assert deliveries.filter(Event.account_id == Delivery.account_id).count() == 4


def test_work_does_runs_and_sends_what_they_published(
    app: Flask, trigger: Trigger, receiver: Receiver, drain: Callable[[], int]
) -> None:
    factories.make_hook(receiver.url, event_types=["order.status"])
    ids = owe(trigger, 3)
    db.session.rollback()
    assert anything_due()
    done = work(lambda: False, lambda: None)
    done += drain()
    assert done == 6
    assert {state(one)[0] for one in ids} == {"done"}
    assert sorted(arrival.json["data"]["n"] for arrival in receiver.wait_for(3)) == [0, 1, 2]
    assert not anything_due()
