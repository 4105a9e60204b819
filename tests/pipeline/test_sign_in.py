"""Signing in and out: passwords, the throttle, and sessions that live in a table."""

from datetime import timedelta
from functools import partial
from time import thread_time

import pytest
from argon2 import PasswordHasher
from flask import Flask

from portal.domain.audit import Action
from portal.domain.problems import Conflict
from portal.domain.states import Role
from portal.domain.tokens import hash_of
from portal.extensions import db
from portal.models import Account, AuditEntry, Person, SignInFailure, SignInSession, now
from portal.pipeline.sign_in import (
    SESSION_LIFE,
    end_session,
    role_in,
    sign_in,
)
from portal.pipeline.throttle import FAILURES_PER_PEER, FAILURES_PER_PERSON
from portal.queries.sign_in import find_session
from tests import factories
from tests.pipeline.racing import at_once

EMAIL, PEER = "sara@nour.example", "192.0.2.1"


@pytest.fixture
def sara(app: Flask) -> Person:
    return factories.make_person(EMAIL, Role.STAFF)


def enter(email: str = EMAIL, password: str = factories.PASSWORD, peer: str = PEER) -> str:
    return sign_in(email, password, peer, "a browser").token


def refusal(email: str = EMAIL, password: str = "wrong password", peer: str = PEER) -> str:
    with pytest.raises(Conflict) as conflict:
        enter(email, password, peer)
    return conflict.value.code


def fail(key: str, times: int, ago: timedelta = timedelta(0)) -> None:
    db.session.rollback()
    db.session.add_all(SignInFailure(key=key, at=now() - ago) for _ in range(times))
    db.session.commit()


def test_the_right_password_opens_a_session(sara: Person, account: Account) -> None:
    token = enter(f" {EMAIL.upper()}\n")
    row = db.session.query(SignInSession).one()
    assert (row.token_hash, row.person_id, row.account_id) == (hash_of(token), sara.id, account.id)
    assert (row.peer, row.user_agent) == (PEER, "a browser")
    assert abs(row.expires_at - now() - SESSION_LIFE) < timedelta(minutes=1)
    assert token not in str(row.__dict__)
    found = find_session(token)
    assert found is not None
    assert found.person.email == EMAIL


WRONG = [
    (EMAIL, "wrong password"),
    (EMAIL, ""),
    (EMAIL, factories.PASSWORD + " "),
    ("nobody@nour.example", factories.PASSWORD),
    ("", ""),
    ("sara\0@nour.example", "x"),
    ("س" * 10_000, "x"),
]


def test_anything_else_is_refused_in_the_same_words(sara: Person) -> None:
    assert {refusal(email, password) for email, password in WRONG} == {"wrong_credentials"}
    assert db.session.query(SignInSession).count() == 0


def test_somebody_who_was_disabled_is_refused_and_their_session_is_over(sara: Person) -> None:
    token = enter()
    sara.disabled_at = now()
    db.session.commit()
    assert refusal(password=factories.PASSWORD) == "wrong_credentials"
    assert find_session(token) is None


def test_an_unknown_address_costs_the_same_work(sara: Person) -> None:
    def cost(email: str) -> float:
        began = thread_time()
        refusal(email)
        return thread_time() - began

    known, unknown = (min(cost(email) for _ in range(3)) for email in (EMAIL, "no@nour.example"))
    assert 0.5 < unknown / known < 2


def test_a_session_ends_when_it_is_signed_out(sara: Person) -> None:
    token, other = enter(), enter()
    end_session(token)
    end_session(token)
    assert find_session(token) is None
    assert find_session(other) is not None


def test_a_session_ends_by_itself(sara: Person) -> None:
    token = enter()
    db.session.query(SignInSession).update({"expires_at": now()})
    db.session.commit()
    assert find_session(token) is None


@pytest.mark.parametrize(
    ("key", "limit"),
    [(f"email:{EMAIL}", FAILURES_PER_PERSON), (f"peer:{PEER}", FAILURES_PER_PEER)],
    ids=["address", "peer"],
)
def test_too_many_failures_close_the_door_for_a_while(sara: Person, key: str, limit: int) -> None:
    fail(key, limit - 1)
    assert enter()
    fail(key, 1)
    assert refusal(password=factories.PASSWORD) == "throttled"
    with pytest.raises(Conflict) as conflict:
        enter()
    assert conflict.value.params["minutes"] == 15
    assert 800 < conflict.value.params["seconds"] <= 900
    past = now() - timedelta(minutes=16)
    db.session.query(SignInFailure).update({"at": past})
    db.session.commit()
    assert enter()


def test_failures_are_counted_for_the_address_and_for_the_peer(sara: Person) -> None:
    refusal()
    refusal(EMAIL.upper(), peer="192.0.2.2")
    keys = sorted(row.key for row in db.session.query(SignInFailure))
    assert keys == [f"email:{EMAIL}"] * 2 + [f"peer:{PEER}", "peer:192.0.2.2"]


def test_of_many_guesses_at_once_no_more_are_looked_at_than_there_is_room_for(
    app: Flask, sara: Person
) -> None:
    fail(f"email:{EMAIL}", FAILURES_PER_PERSON - 2)

    def guess(place: int) -> str:
        try:
            enter(password="wrong", peer=f"192.0.2.{place}")
        except Conflict as conflict:
            return conflict.code
        return ""

    codes = at_once(app, *(partial(guess, place) for place in range(6)))
    assert sorted(codes) == ["throttled"] * 4 + ["wrong_credentials"] * 2


def test_the_right_password_forgives_no_wrong_one(sara: Person) -> None:
    for _ in range(3):
        refusal()
        enter(peer="192.0.2.7")
    assert db.session.query(SignInFailure).filter_by(key=f"peer:{PEER}").count() == 3
    assert db.session.query(SignInFailure).filter_by(key=f"email:{EMAIL}").count() == 3


def test_people_whom_nobody_knows_are_guessed_at_no_more_often(app: Flask) -> None:
    codes = [refusal("no@nour.example", peer=f"192.0.2.{place}") for place in range(11)]
    assert codes == ["wrong_credentials"] * 10 + ["throttled"]


def test_one_peer_cannot_move_about_in_its_network(sara: Person) -> None:
    fail("peer:2001:db8:1:2::/64", FAILURES_PER_PEER)
    assert refusal(peer="2001:db8:1:2:aaaa::1") == "throttled"
    assert refusal(peer="2001:db8:1:3::1") == "wrong_credentials"


def test_a_hash_of_less_effort_is_made_anew(sara: Person) -> None:
    weak = PasswordHasher(1, 8, 1).hash(factories.PASSWORD)
    db.session.get_one(Person, sara.id).password_hash = weak
    db.session.commit()
    refusal()
    assert db.session.get_one(Person, sara.id).password_hash == weak
    enter()
    db.session.expire_all()
    stronger = db.session.get_one(Person, sara.id).password_hash
    assert stronger.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert enter()


@pytest.mark.parametrize("hashed", ["", "!", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv"])
def test_who_has_no_password_costs_the_same_work(sara: Person, hashed: str) -> None:
    def cost() -> float:
        began = thread_time()
        assert refusal(password=factories.PASSWORD) == "wrong_credentials"
        return thread_time() - began

    usual = min(cost_of_a_wrong_one() for _ in range(3))
    db.session.get_one(Person, sara.id).password_hash = hashed
    db.session.commit()
    assert 0.5 < usual / min(cost() for _ in range(3)) < 2


def cost_of_a_wrong_one() -> float:
    began = thread_time()
    refusal()
    return thread_time() - began


def test_every_entry_and_exit_is_on_record(sara: Person, account: Account) -> None:
    end_session(enter(), PEER)
    entries = db.session.query(AuditEntry).order_by(AuditEntry.id).all()
    assert [entry.action for entry in entries] == [Action.SIGNED_IN, Action.SIGNED_OUT]
    for entry in entries:
        assert (entry.account_id, entry.actor, entry.peer) == (account.id, EMAIL, PEER)


def test_an_account_learns_of_the_platforms_people_who_land_in_it(
    sara: Person, account: Account
) -> None:
    db.session.delete(sara.memberships[0])
    sara.platform_role = "support"
    db.session.commit()
    assert enter()
    signed_in, entered = db.session.query(AuditEntry).order_by(AuditEntry.id)
    assert (signed_in.action, entered.action) == (Action.SIGNED_IN, Action.ACCOUNT_ENTERED)
    assert (entered.account_id, entered.target_id, entered.target) == (
        account.id,
        account.id,
        account.name,
    )
    assert (entered.actor, entered.person_id, entered.peer) == (EMAIL, sara.id, PEER)


def test_the_failures_of_others_close_nobodys_door(sara: Person) -> None:
    fail("email:other@nour.example", FAILURES_PER_PERSON)
    fail("peer:192.0.2.9", FAILURES_PER_PEER)
    assert enter()


def test_support_of_the_platform_is_at_home_in_every_account(
    app: Flask, account: Account, other_account: Account
) -> None:
    person = factories.make_person(EMAIL, Role.ADMIN)
    assert role_in(person, other_account.id) is None
    person.platform_role = "support"
    db.session.commit()
    assert role_in(person, account.id) == Role.ADMIN
    assert role_in(person, other_account.id) == Role.SUPPORT
