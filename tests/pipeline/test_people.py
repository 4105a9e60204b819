"""Accounts, people and the invitations with which they join."""

from datetime import timedelta

import pytest
from flask import Flask

from portal.domain.problems import Conflict, Refused
from portal.domain.states import Role
from portal.extensions import db, settings
from portal.models import Account, Invitation, Membership, Person, now
from portal.pipeline.people import (
    accept_invitation,
    find_invitation,
    first_admin,
    make_account,
    make_person,
    make_setup_link,
    passwords,
    people_exist,
    plain_email,
)
from portal.pipeline.sign_in import role_in
from tests.factories import PASSWORD
from tests.pipeline.racing import at_once, crossing

EMAIL = "sara@nour.example"


def token_of_link() -> str:
    link = make_setup_link()
    start = f"{settings().base_url}/setup/"
    assert link.startswith(start)
    return link.removeprefix(start)


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


def test_the_setup_link_lets_the_first_admin_in_once(app: Flask) -> None:
    token = token_of_link()
    person = accept_invitation(token, EMAIL, PASSWORD, " متجر النور ")
    account = db.session.query(Account).one()
    assert (account.name, role_in(person, account.id)) == ("متجر النور", Role.ADMIN)
    assert find_invitation(token) is None
    with pytest.raises(Conflict, match="invitation_spent"):
        accept_invitation(token, "other@nour.example", PASSWORD, "")
    assert db.session.query(Person).count() == 1


def test_a_newer_link_replaces_the_older(app: Flask) -> None:
    older, newer = token_of_link(), token_of_link()
    assert find_invitation(older) is None
    assert find_invitation(newer) is not None


def test_a_link_is_kept_as_a_hash_and_ends_after_a_week(app: Flask) -> None:
    token = token_of_link()
    assert token not in str(db.session.query(Invitation).one().__dict__)
    late = now() - timedelta(seconds=1)
    db.session.query(Invitation).update({"expires_at": late})
    db.session.commit()
    assert find_invitation(token) is None
    with pytest.raises(Conflict, match="invitation_spent"):
        accept_invitation(token, EMAIL, PASSWORD, "")


def test_a_refused_password_does_not_spend_the_link(app: Flask) -> None:
    token = token_of_link()
    with pytest.raises(Refused):
        accept_invitation(token, EMAIL, "short", "")
    assert accept_invitation(token, EMAIL, PASSWORD, "").email == EMAIL


@crossing
def test_of_two_who_follow_a_link_at_once_one_gets_in(app: Flask) -> None:
    token = token_of_link()

    def accept(email: str) -> bool:
        try:
            return bool(accept_invitation(token, email, PASSWORD, ""))
        except Conflict:
            return False

    emails = [f"person{number}@nour.example" for number in range(3)]
    assert sorted(at_once(app, *[lambda e=e: accept(e) for e in emails])) == [False, False, True]
    assert db.session.query(Person).count() == 1
