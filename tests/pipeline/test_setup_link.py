"""The one-time link with which the first admin makes themselves known."""

from datetime import timedelta

import pytest
from flask import Flask

from portal.domain.problems import Conflict, Refused
from portal.domain.states import Role
from portal.extensions import db, settings
from portal.models import Account, AuditEntry, Invitation, Person, now
from portal.pipeline.invitations import accept_setup, find_invitation, make_setup_link
from portal.pipeline.sign_in import role_in
from tests.factories import PASSWORD
from tests.pipeline.racing import at_once, crossing

EMAIL, PEER = "sara@nour.example", "192.0.2.7"


def token_of_link() -> str:
    link = make_setup_link()
    start = f"{settings().base_url}/setup/"
    assert link.startswith(start)
    return link.removeprefix(start)


def test_the_setup_link_lets_the_first_admin_in_once(app: Flask) -> None:
    token = token_of_link()
    person = accept_setup(token, EMAIL, PASSWORD, " متجر النور ", PEER)
    account = db.session.query(Account).one()
    assert (account.name, role_in(person, account.id)) == ("متجر النور", Role.ADMIN)
    assert find_invitation(token, for_setup=True) is None
    with pytest.raises(Conflict, match="invitation_spent"):
        accept_setup(token, "other@nour.example", PASSWORD, "", PEER)
    assert db.session.query(Person).count() == 1
    assert db.session.query(Person).one().platform_role == "operator"
    entry = db.session.query(AuditEntry).one()
    assert (entry.action, entry.actor, entry.peer) == ("person.joined", EMAIL, PEER)


def test_a_newer_link_replaces_the_older(app: Flask) -> None:
    older, newer = token_of_link(), token_of_link()
    assert find_invitation(older, for_setup=True) is None
    assert find_invitation(newer, for_setup=True) is not None


def test_a_link_is_kept_as_a_hash_and_ends_after_a_week(app: Flask) -> None:
    token = token_of_link()
    assert token not in str(db.session.query(Invitation).one().__dict__)
    late = now() - timedelta(seconds=1)
    db.session.query(Invitation).update({"expires_at": late})
    db.session.commit()
    assert find_invitation(token, for_setup=True) is None
    with pytest.raises(Conflict, match="invitation_spent"):
        accept_setup(token, EMAIL, PASSWORD, "", PEER)


def test_a_refused_password_does_not_spend_the_link(app: Flask) -> None:
    token = token_of_link()
    with pytest.raises(Refused):
        accept_setup(token, EMAIL, "short", "", PEER)
    assert accept_setup(token, EMAIL, PASSWORD, "", PEER).email == EMAIL


@crossing
def test_of_two_who_follow_a_link_at_once_one_gets_in(app: Flask) -> None:
    token = token_of_link()

    def accept(email: str) -> bool:
        try:
            return bool(accept_setup(token, email, PASSWORD, "", PEER))
        except Conflict:
            return False

    emails = [f"person{number}@nour.example" for number in range(3)]
    assert sorted(at_once(app, *[lambda e=e: accept(e) for e in emails])) == [False, False, True]
    assert db.session.query(Person).count() == 1
