"""Accounts, people and the invitations with which they join."""

import pytest
from flask import Flask

from portal.domain.problems import Conflict, Refused
from portal.domain.states import Role
from portal.extensions import db
from portal.models import Account, Membership, Person, now
from portal.pipeline.accounts import make_account
from portal.pipeline.people import (
    first_admin,
    make_person,
    passwords,
    people_exist,
    plain_email,
)
from portal.pipeline.sign_in import role_in
from tests.factories import PASSWORD

EMAIL = "sara@nour.example"


def test_a_person_joins_an_account_that_is_made_when_it_is_missing(app: Flask) -> None:
    person = make_person("  Sara@Nour.Example ", PASSWORD, Role.STAFF, "nour")
    assert person.email == EMAIL
    account = db.session.query(Account).one()
    assert (account.slug, account.time_zone) == ("nour", "Asia/Riyadh")
    assert role_in(person, account.id) == Role.STAFF


def test_a_password_is_kept_as_an_argon2id_hash(app: Flask) -> None:
    person = make_person(EMAIL, PASSWORD, Role.STAFF, "nour")
    assert person.password_hash.startswith("$argon2id$")
    assert PASSWORD not in person.password_hash
    assert passwords.verify(person.password_hash, PASSWORD)


def test_somebody_who_is_known_keeps_the_password_and_gets_a_membership(app: Flask) -> None:
    first = make_person(EMAIL, PASSWORD, Role.ADMIN, "nour")
    again = make_person(EMAIL.upper(), "another password", Role.SUPPORT, "wadi")
    assert first.id == again.id
    assert passwords.verify(again.password_hash, PASSWORD)
    assert [member.role for member in again.memberships] == ["admin", "support"]
    make_person(EMAIL, PASSWORD, Role.STAFF, "nour")
    assert db.session.query(Membership).count() == 2
    db.session.expire_all()
    assert [member.role for member in again.memberships] == ["staff", "support"]


FAULTS = [
    ("", PASSWORD, [("/email", "bad_email")]),
    ("sara", PASSWORD, [("/email", "bad_email")]),
    ("sara@", PASSWORD, [("/email", "bad_email")]),
    ("a@b@c", PASSWORD, [("/email", "bad_email")]),
    ("sa ra@nour.example", PASSWORD, [("/email", "bad_email")]),
    ("sa\0ra@nour.example", PASSWORD, [("/email", "bad_email")]),
    ("sa\u202era@nour.example", PASSWORD, [("/email", "bad_email")]),
    (f"{'a' * 250}@b.example", PASSWORD, [("/email", "bad_email")]),
    (EMAIL, "7 chars", [("/password", "weak_password")]),
    (EMAIL, "x" * 1025, [("/password", "weak_password")]),
    ("", "", [("/email", "bad_email"), ("/password", "weak_password")]),
]


def test_what_cannot_be_used_is_refused(app: Flask) -> None:
    for email, password, faults in FAULTS:
        with pytest.raises(Refused) as refused:
            make_person(email, password, Role.STAFF, "nour")
        assert [(p.pointer, p.code) for p in refused.value.problems] == faults
    assert (db.session.query(Person).count(), db.session.query(Account).count()) == (0, 0)


def test_any_text_can_be_looked_up_as_an_address(app: Flask) -> None:
    for email in (" A@B.example\n", "a\0@b.example", "\ud800@b.example"):
        assert db.session.query(Person).filter_by(email=plain_email(email)).count() == 0


def test_an_account_is_made_once(app: Flask) -> None:
    assert make_account("متجر النور", "nour").name == "متجر النور"
    with pytest.raises(Conflict, match="account_exists"):
        make_account("آخر", "nour")


def test_the_first_admin_is_made_only_when_there_is_nobody(app: Flask) -> None:
    assert not people_exist()
    first_admin(EMAIL, PASSWORD)
    first_admin("other@nour.example", PASSWORD)
    assert people_exist()
    assert [person.email for person in db.session.query(Person)] == [EMAIL]
    assert db.session.query(Membership).one().role == "admin"


def test_somebody_who_is_disabled_does_not_count(app: Flask) -> None:
    make_person(EMAIL, PASSWORD, Role.ADMIN, "main").disabled_at = now()
    db.session.commit()
    assert not people_exist()
