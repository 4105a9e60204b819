"""Receiving: what many callers bring at the same moment is committed together and kept apart."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError, OperationalError

from portal.domain.event_types import EventTypeDraft
from portal.domain.triggers.answering import Answer
from portal.extensions import db
from portal.models import Account, Call, Delivery, Event, Trigger
from portal.pipeline import calls
from portal.pipeline.catalogue import create_event_type, delete_event_type
from portal.pipeline.receive import Arrival, receive
from portal.pipeline.triggers import url_of
from tests import factories
from tests.pipeline.racing import at_once

CROWD = 12
PUBLISH = {"type": "order.status", "data": {"n": "{{ body.n }}"}}
RULES = [{"name": "نشر", "publish": [PUBLISH], "response": {"body": {"n": "{{ body.n }}"}}}]


def arrival(trigger: Trigger, **members: Any) -> Arrival:
    """A call of ``trigger`` with ``members`` as its body."""
    body = json.dumps(members).encode()
    path = urlsplit(url_of(trigger)).path
    return Arrival(
        token=path.rpartition("/")[2],
        method="POST",
        peer="127.0.0.1",
        headers=[("Content-Type", "application/json")],
        query="",
        url=f"http://127.0.0.1{path}",
        read=lambda _most: body,
    )


def receive_all(app: Flask, arrivals: Sequence[Arrival]) -> list[Any]:
    """What each is answered who calls, all at the same moment."""

    def one(given: Arrival) -> Any:
        try:
            return receive(given)
        except Exception as error:
            return error

    return at_once(app, *[lambda given=given: one(given) for given in arrivals])


def stored() -> tuple[int, int, int]:
    """How many calls, events and deliveries there are."""
    db.session.rollback()
    return tuple(db.session.query(model).count() for model in (Call, Event, Delivery))


@pytest.mark.parametrize("mode", ["async", "sync"])
def test_each_gets_its_own_answer_and_everything_is_committed(
    app: Flask, account: Account, mode: str
) -> None:
    factories.make_hook(event_types=["order.status"])
    response = {"body": {"n": "{{ body.n }}"}}
    trigger = factories.make_trigger(account, mode=mode, rules=RULES, response=response)
    answers = receive_all(app, [arrival(trigger, n=n) for n in range(CROWD)])
    assert [json.loads(answer.body)["n"] for answer in answers] == list(range(CROWD))
    published = CROWD if mode == "sync" else 0
    assert stored() == (CROWD, published, published)
    states = {call.run_state for call in db.session.query(Call)}
    assert states == {"done" if mode == "sync" else "waiting"}


@pytest.mark.parametrize("mode", ["async", "sync"])
def test_repeats_in_a_crowd_are_one_call_and_one_answer(
    app: Flask, account: Account, mode: str
) -> None:
    response = {"body": {"n": "{{ body.n }}"}}
    trigger = factories.make_trigger(
        account, mode=mode, rules=RULES, response=response, dedupe={"from": "body:id"}
    )
    other = factories.make_trigger(account, mode=mode, dedupe={"from": "body:id"})
    asked = [arrival(trigger, id=n % 2, n=n) for n in range(CROWD)] + [arrival(other, id=0)]
    answers = receive_all(app, asked)
    assert len({answer.body for answer in answers[:CROWD:2]}) == 1
    assert len({answer.body for answer in answers[1:CROWD:2]}) == 1
    assert stored()[:2] == (CROWD + 1, 2 if mode == "sync" else 0)
    firsts = {call.id: call for call in db.session.query(Call).filter_by(verdict="accepted")}
    repeats = db.session.query(Call).filter_by(verdict="duplicate").all()
    assert (len(firsts), len(repeats)) == (3, CROWD - 2)
    for call in repeats:
        assert call.first_id in firsts
        assert (call.run_state, call.dedupe_key, call.status) == (None, None, 200)


def test_calls_that_share_a_commit_really_do(
    app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    trigger, turns = factories.make_trigger(account), []
    keep_together = calls._gathering._carry_out

    def keep(key: Any, entries: Sequence[Any]) -> Any:
        turns.append(len(entries))
        return keep_together(key, entries)

    monkeypatch.setattr(calls._gathering, "_carry_out", keep)
    receive_all(app, [arrival(trigger, n=n) for n in range(CROWD)])
    assert sum(turns) == stored()[0] == CROWD
    assert len(turns) <= CROWD


def test_a_synchronous_call_and_what_it_publishes_are_both_there_or_neither(
    app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    trigger = factories.make_trigger(account, mode="sync", rules=RULES)
    away = OperationalError("INSERT", None, Exception("away"))

    def fail(*_: Any) -> None:
        raise away

    with monkeypatch.context() as patch:
        patch.setattr(calls, "store", fail)
        assert receive_all(app, [arrival(trigger, n=1)]) == [away]
    assert stored() == (0, 0, 0)
    with monkeypatch.context() as patch:
        patch.setattr(calls, "_insert", fail)
        assert receive_all(app, [arrival(trigger, n=1)] * 3) == [away] * 3
    assert stored() == (0, 0, 0)
    assert isinstance(receive(arrival(trigger, n=1)), Answer)
    assert stored() == (1, 1, 0)


def test_nobody_fails_for_the_fault_of_another(
    app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    trigger = factories.make_trigger(account)
    keep_together = calls._gathering._carry_out

    def keep(key: Any, entries: Sequence[Any]) -> Any:
        if any(b"bad" in entry.row["body"] for entry in entries):
            raise IntegrityError("INSERT", None, Exception("mine"))
        return keep_together(key, entries)

    monkeypatch.setattr(calls._gathering, "_carry_out", keep)
    asked = [arrival(trigger, n=n) for n in range(CROWD)] + [arrival(trigger, n="bad")]
    answers = receive_all(app, asked)
    assert all(isinstance(answer, Answer) for answer in answers[:-1])
    assert isinstance(answers[-1], IntegrityError)
    assert stored()[0] == CROWD


def test_a_type_that_is_gone_fails_its_own_call_and_publishes_nothing_of_it(
    app: Flask, account: Account
) -> None:
    actor = factories.make_actor(account)
    create_event_type(EventTypeDraft("own.type", "نوع"), actor)
    both = [{"name": "معًا", "publish": [PUBLISH, {"type": "own.type", "data": {}}]}]
    on_error = {"status": 503, "body": "لا"}
    dedupe = {"from": "body:n"}
    bad = factories.make_trigger(account, mode="sync", rules=both, on_error=on_error, dedupe=dedupe)
    good = factories.make_trigger(account, mode="sync", rules=RULES)
    delete_event_type("own.type", actor)
    asked = [arrival(bad, n=1), arrival(bad, n=1)]
    asked += [arrival(good, n=n) for n in range(CROWD - 2)]
    answers = receive_all(app, asked)
    assert [answer.status for answer in answers] == [503] * 2 + [200] * (CROWD - 2)
    assert stored()[:2] == (CROWD, CROWD - 2)
    failed = db.session.query(Call).filter_by(trigger_id=bad.id, verdict="accepted").one()
    assert (failed.run_state, failed.reason, failed.status, failed.rule) == (
        "failed", "unknown_event_type", 503, "معًا",
    )  # fmt: skip


def test_a_token_that_leads_nowhere_is_none_in_a_crowd_too(app: Flask, account: Account) -> None:
    trigger = factories.make_trigger(account)
    nowhere = Arrival("nobody", "POST", "::1", [], "", "", lambda _most: b"")
    answers = receive_all(app, [arrival(trigger, n=1), nowhere] * (CROWD // 2))
    assert [answer is None for answer in answers] == [False, True] * (CROWD // 2)
    assert stored()[0] == CROWD // 2
