"""Doors that closed after too many wrong guesses, on record for who is known."""

from datetime import timedelta

import pytest
from flask import Flask

from portal.domain.actor import PORTAL
from portal.domain.audit import Action
from portal.domain.problems import Conflict
from portal.domain.states import Role
from portal.extensions import db
from portal.models import Account, AuditEntry, Person, SignInFailure, now
from portal.pipeline.lockouts import SETTLED, note_lockouts
from portal.pipeline.sign_in import sign_in
from portal.pipeline.throttle import FAILURES_PER_PERSON, WINDOW
from tests import factories
from tests.pipeline.racing import at_once

EMAIL, PEER = "sara@nour.example", "192.0.2.1"


@pytest.fixture
def sara(account: Account) -> Person:
    return factories.make_person(EMAIL, Role.STAFF, account)


def fail(key: str, times: int = FAILURES_PER_PERSON, ago: timedelta = 2 * SETTLED) -> None:
    """Put so many wrong guesses at ``key`` on record."""
    db.session.rollback()
    db.session.add_all(SignInFailure(key=key, at=now() - ago) for _ in range(times))
    db.session.commit()


def locked() -> list[AuditEntry]:
    """What is on record of doors that closed."""
    db.session.rollback()
    return db.session.query(AuditEntry).filter_by(action=Action.SIGN_IN_LOCKED).all()


def test_a_door_that_closed_is_on_record_once_where_its_person_belongs(
    sara: Person, account: Account
) -> None:
    for _ in range(FAILURES_PER_PERSON):
        with pytest.raises(Conflict):
            sign_in(EMAIL, "wrong password", PEER, "a browser")
    # The last guess may still turn out to be right.
    assert note_lockouts() == 0
    for row in db.session.query(SignInFailure):
        row.at -= 2 * SETTLED
    db.session.commit()
    assert (note_lockouts(), note_lockouts()) == (1, 0)
    (entry,) = locked()
    assert (entry.account_id, entry.target_id, entry.target) == (account.id, sara.id, EMAIL)
    assert (entry.actor, entry.peer) == (PORTAL, PEER)
    assert entry.after == {"guessed": "password"}


def test_guesses_at_a_code_close_a_door_too(sara: Person) -> None:
    fail(f"code:{sara.id}")
    assert note_lockouts() == 1
    assert [(entry.peer, entry.after) for entry in locked()] == [(None, {"guessed": "code"})]


def test_what_closed_no_door_is_not_on_record(sara: Person) -> None:
    fail(f"email:{EMAIL}", FAILURES_PER_PERSON - 1)
    fail(f"email:{EMAIL}", ago=2 * SETTLED + WINDOW)
    fail(f"link:{EMAIL}")
    assert note_lockouts() == 0


def test_of_people_whom_nobody_knows_nothing_is_on_record(app: Flask, account: Account) -> None:
    fail("email:no@nour.example")
    fail("code:per_nobody")
    assert (note_lockouts(), locked()) == (0, [])


def test_two_who_look_at_once_put_a_door_on_record_once(app: Flask, sara: Person) -> None:
    fail(f"email:{EMAIL}")
    assert sorted(at_once(app, note_lockouts, note_lockouts)) == [0, 1]
    assert len(locked()) == 1
