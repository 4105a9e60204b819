"""Single events that come at the same time share a transaction, and nothing else."""

from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask
from psycopg.errors import DeadlockDetected
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portal.domain.event_types import EventTypeDraft
from portal.domain.events import EventDraft
from portal.domain.problems import Problem
from portal.extensions import db
from portal.models import Account, Delivery, Event
from portal.pipeline import together
from portal.pipeline.catalogue import create_event_type
from portal.pipeline.publish import Published
from portal.pipeline.together import publish_one
from tests import factories
from tests.pipeline.racing import at_once
from tests.waiting import until

TYPE = "message.received"
CROWD = 12


def draft(dedupe_key: str | None = None, type: str = TYPE) -> EventDraft:
    return EventDraft(type, "{}", dedupe_key)


def publish_all(app: Flask, asked: Sequence[tuple[str, EventDraft]]) -> list[Any]:
    """What each gets who publishes one event for an account, all at the same moment."""

    def one(account_id: str, given: EventDraft) -> Any:
        try:
            return publish_one(account_id, given)
        except Exception as error:
            return error

    return at_once(app, *[lambda pair=pair: one(*pair) for pair in asked])


def stored() -> tuple[int, int]:
    """How many events and deliveries there are."""
    db.session.rollback()
    return db.session.query(Event).count(), db.session.query(Delivery).count()


def test_each_gets_its_own_event_and_everything_is_committed(app: Flask, account: Account) -> None:
    factories.make_hook()
    asked = [(account.id, draft(str(number))) for number in range(CROWD)]
    answers = publish_all(app, asked)
    assert stored() == (CROWD, CROWD)
    for (_, given), answer in zip(asked, answers, strict=True):
        assert answer == Published(answer.id, 1)
        assert db.session.get_one(Event, answer.id).dedupe_key == given.dedupe_key


def test_those_who_come_during_a_commit_share_the_next(
    app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = []

    def publish(account_id: str, drafts: Sequence[EventDraft]) -> Any:
        until(lambda: turns or sum(map(len, together._gathering._queues.values())) == CROWD - 1)
        turns.append(len(drafts))
        return together_publish(account_id, drafts)

    together_publish = together.publish
    monkeypatch.setattr(together, "publish", publish)
    publish_all(app, [(account.id, draft())] * CROWD)
    assert turns == [1, CROWD - 1]
    assert stored() == (CROWD, 0)


def test_accounts_are_never_mixed_up(app: Flask, account: Account, other_account: Account) -> None:
    factories.make_hook()
    create_event_type(EventTypeDraft("own.type", "نوع"), factories.make_actor(account))
    ids = [account.id, other_account.id]
    asked = [(ids[n % 2], draft(str(n // 2), ("own.type", TYPE)[n // 2 % 2])) for n in range(CROWD)]
    answers = publish_all(app, asked)
    for (account_id, given), answer in zip(asked, answers, strict=True):
        if account_id == ids[1] and given.type == "own.type":
            assert answer == Problem("/type", "unknown_event_type", {"key": "own.type"})
            continue
        kept = db.session.get_one(Event, answer.id)
        assert (kept.account_id, kept.dedupe_key) == (account_id, given.dedupe_key)
        assert answer.deliveries == (account_id == ids[0] and given.type == TYPE)


def test_the_same_id_in_a_crowd_is_one_event_and_one_answer(app: Flask, account: Account) -> None:
    factories.make_hook()
    answers = publish_all(app, [(account.id, draft("a"))] * CROWD)
    assert {(answer.id, answer.deliveries) for answer in answers} == {(answers[0].id, 1)}
    assert [answer.duplicate for answer in answers].count(False) == 1
    assert stored() == (1, 1)


def test_what_is_wrong_with_one_event_is_no_affair_of_the_others(
    app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def publish(account_id: str, drafts: Sequence[EventDraft]) -> Any:
        if any(one.dedupe_key == "bad" for one in drafts):
            raise IntegrityError("INSERT", None, Exception("mine"))
        return together_publish(account_id, drafts)

    together_publish = together.publish
    monkeypatch.setattr(together, "publish", publish)
    keys = [*map(str, range(CROWD)), "bad"]
    answers = publish_all(app, [(account.id, draft(key)) for key in keys])
    assert all(isinstance(answer, Published) for answer in answers[:-1])
    assert isinstance(answers[-1], IntegrityError)
    assert stored() == (CROWD, 0)


@pytest.mark.parametrize(
    ("error", "is_everybodys"),
    [
        (OperationalError("", None, Exception()), True),
        (PoolTimeout(), True),
        (DBAPIError("", None, Exception(), connection_invalidated=True), True),
        (OperationalError("", None, DeadlockDetected()), False),
        (IntegrityError("", None, Exception()), False),
        (ValueError(), False),
    ],
)
def test_a_database_that_is_away_is_not_asked_again_by_each(
    error: Exception, is_everybodys: bool
) -> None:
    assert together.is_away(error) is is_everybodys
