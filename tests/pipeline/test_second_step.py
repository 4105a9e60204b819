"""The second step: set up with a code, asked for after the password, replaced by recovery codes."""

from datetime import timedelta

import pyotp
import pytest
from flask import Flask

from portal.domain.actor import Actor
from portal.domain.audit import Action
from portal.domain.problems import Conflict, Refused
from portal.domain.states import Role
from portal.extensions import db, vault
from portal.models import (
    AuditEntry,
    HalfSignIn,
    Person,
    RecoveryCode,
    SecondStep,
    SignInFailure,
    SignInSession,
    now,
)
from portal.pipeline import second_step as verbs
from portal.pipeline.sign_in import Entry, sign_in
from tests import factories
from tests.pipeline.racing import at_once

EMAIL, PEER = "sara@nour.example", "192.0.2.1"


@pytest.fixture
def sara(app: Flask, young_step: None) -> Actor:
    person = factories.make_person(EMAIL, Role.STAFF)
    account_id = person.memberships[0].account_id
    return Actor(account_id, EMAIL, Role.STAFF, person.id, peer=PEER)


def code_of(actor: Actor, steps: int = 0) -> str:
    """The code of ``actor``'s authenticator so many steps from now."""
    sealed = db.session.get_one(SecondStep, actor.person_id).secret_sealed
    db.session.rollback()
    return pyotp.TOTP(vault().open(sealed)).at(verbs.now() + timedelta(seconds=30 * steps))


def turn_on(actor: Actor) -> list[str]:
    verbs.begin_setup(actor)
    # The one before, so that a test may use the present one.
    return verbs.turn_on(actor, code_of(actor, -1))


def enter(password: str = factories.PASSWORD) -> Entry:
    return sign_in(EMAIL, password, PEER, "a browser")


def refusal(half: str, code: str, peer: str = PEER) -> str:
    with pytest.raises(Conflict) as conflict:
        verbs.finish_sign_in(half, code, peer, "a browser")
    return conflict.value.code


def actions() -> list[str]:
    db.session.rollback()
    return [row.action for row in db.session.query(AuditEntry).order_by(AuditEntry.id)]


def test_nothing_is_asked_for_before_the_first_right_code(sara: Actor) -> None:
    verbs.begin_setup(sara)
    assert verbs.secret_in_setup(sara.person_id)
    assert not enter().awaits_code
    with pytest.raises(Refused):
        verbs.turn_on(sara, "000000" if code_of(sara) != "000000" else "111111")
    assert not enter().awaits_code
    assert db.session.query(RecoveryCode).count() == 0


def test_the_password_alone_opens_no_session_any_more(sara: Actor) -> None:
    codes = turn_on(sara)
    assert len(set(codes)) == 10
    entry = enter()
    assert entry.awaits_code
    assert db.session.query(SignInSession).count() == 0
    token = verbs.finish_sign_in(entry.token, code_of(sara), PEER, "a browser")
    assert token != entry.token
    assert db.session.query(SignInSession).one().person_id == sara.person_id
    assert db.session.query(HalfSignIn).count() == 0
    assert actions() == [Action.SECOND_STEP_ON, Action.SIGNED_IN]


def test_the_secret_is_sealed_and_shown_only_until_it_has_proved_itself(sara: Actor) -> None:
    verbs.begin_setup(sara)
    secret = verbs.secret_in_setup(sara.person_id)
    assert secret
    assert secret not in db.session.get_one(SecondStep, sara.person_id).secret_sealed
    verbs.turn_on(sara, code_of(sara))
    assert verbs.secret_in_setup(sara.person_id) is None
    with pytest.raises(Conflict):
        verbs.begin_setup(sara)
    assert all(secret not in str(row.after) for row in db.session.query(AuditEntry))


def test_a_code_works_once(sara: Actor) -> None:
    turn_on(sara)
    code = code_of(sara)
    verbs.finish_sign_in(enter().token, code, PEER, "a browser")
    assert refusal(enter().token, code) == "wrong_code"


def test_the_code_that_turned_it_on_is_used_up(sara: Actor) -> None:
    verbs.begin_setup(sara)
    code = code_of(sara)
    verbs.turn_on(sara, code)
    assert refusal(enter().token, code) == "wrong_code"


def test_of_a_code_that_comes_many_times_at_once_one_is_taken(app: Flask, sara: Actor) -> None:
    turn_on(sara)
    code, halves = code_of(sara), [enter().token for _ in range(4)]

    def finish(half: str) -> bool:
        try:
            return bool(verbs.finish_sign_in(half, code, PEER, "a browser"))
        except Conflict:
            return False

    done = at_once(app, *(lambda half=half: finish(half) for half in halves))
    assert sorted(done) == [False, False, False, True]


def test_half_a_sign_in_works_once_and_not_for_long(sara: Actor) -> None:
    turn_on(sara)
    half = enter().token
    verbs.finish_sign_in(half, code_of(sara), PEER, "a browser")
    assert refusal(half, code_of(sara, 1)) == "sign_in_expired"
    half = enter().token
    db.session.query(HalfSignIn).update({"expires_at": verbs.now()})
    db.session.commit()
    assert refusal(half, code_of(sara, 1)) == "sign_in_expired"
    assert refusal("made up", code_of(sara, 1)) == "sign_in_expired"


def test_codes_are_guessed_at_no_more_often_than_passwords(sara: Actor) -> None:
    turn_on(sara)
    half = enter().token
    refusals = [refusal(half, "000000", f"192.0.2.{place}") for place in range(11)]
    assert refusals == ["wrong_code"] * 10 + ["throttled"]
    assert refusal(half, code_of(sara)) == "throttled"
    # The right password forgives no wrong code.
    assert refusal(enter().token, code_of(sara)) == "throttled"


def test_a_right_code_is_not_counted_among_the_wrong_ones(sara: Actor) -> None:
    turn_on(sara)
    verbs.finish_sign_in(enter().token, code_of(sara), PEER, "a browser")
    assert db.session.query(SignInFailure).count() == 0


def test_a_recovery_code_stands_in_once(sara: Actor) -> None:
    codes = turn_on(sara)
    typed = codes[3].upper().replace("-", " ")
    verbs.finish_sign_in(enter().token, typed, PEER, "a browser")
    assert refusal(enter().token, codes[3]) == "wrong_code"
    verbs.finish_sign_in(enter().token, codes[4], PEER, "a browser")
    kept = db.session.query(RecoveryCode).all()
    assert sum(row.used_at is None for row in kept) == 8
    assert not {code for code in codes if any(code in row.code_hash for row in kept)}
    last = db.session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
    assert last
    assert (last.action, last.after) == (Action.RECOVERY_CODE_USED, {"left": 8})


def test_new_recovery_codes_end_the_old_ones(sara: Actor) -> None:
    old = turn_on(sara)
    new = verbs.renew_recovery_codes(sara)
    assert refusal(enter().token, old[0]) == "wrong_code"
    assert verbs.finish_sign_in(enter().token, new[0], PEER, "a browser")
    assert Action.RECOVERY_CODES_MADE in actions()


def test_the_codes_of_one_person_are_of_no_use_to_another(sara: Actor) -> None:
    codes = turn_on(sara)
    other = factories.make_person("omar@nour.example", Role.STAFF)
    omar = Actor(sara.account_id, other.email, Role.STAFF, other.id, peer=PEER)
    turn_on(omar)
    half = sign_in(other.email, factories.PASSWORD, PEER, "a browser").token
    assert refusal(half, codes[0]) == "wrong_code"


def test_it_is_switched_off_with_the_password_only(sara: Actor) -> None:
    turn_on(sara)
    with pytest.raises(Conflict, match="wrong_password"):
        verbs.turn_off(sara, "wrong")
    assert enter().awaits_code
    verbs.turn_off(sara, factories.PASSWORD)
    assert not enter().awaits_code
    assert db.session.query(RecoveryCode).count() == 0
    assert Action.SECOND_STEP_OFF in actions()
    with pytest.raises(Conflict, match="second_step_is_off"):
        verbs.renew_recovery_codes(sara)


def test_somebody_who_was_switched_off_meanwhile_stays_outside(sara: Actor) -> None:
    turn_on(sara)
    half = enter().token
    db.session.get_one(Person, sara.person_id).disabled_at = now()
    db.session.commit()
    assert refusal(half, code_of(sara)) == "sign_in_expired"
