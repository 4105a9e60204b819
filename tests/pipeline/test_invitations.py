"""Invitations: whom they let in, once, and as what."""

from datetime import timedelta

import pytest
from flask import Flask

from portal.domain.actor import Actor
from portal.domain.problems import Conflict, Refused
from portal.domain.states import Role
from portal.extensions import db, settings
from portal.models import Account, AuditEntry, Invitation, Membership, Person, now
from portal.pipeline.invitations import (
    accept_as_known,
    accept_as_newcomer,
    find_invitation,
    invite,
    make_setup_link,
    withdraw,
)
from portal.pipeline.people import passwords
from tests import factories
from tests.pipeline.racing import at_once, crossing

EMAIL, PEER = "sara@nour.example", "192.0.2.7"


def token_for(account: Account, email: str | None = None, role: Role = Role.SUPPORT) -> str:
    """The token of a fresh invitation to ``account``."""
    _, link = invite(email, role, factories.make_actor(account))
    start = f"{settings().base_url}/invitations/"
    assert link.startswith(start)
    return link.removeprefix(start)


def actor_of(person: Person, account: Account, role: Role = Role.STAFF) -> Actor:
    """``person`` acting in ``account``."""
    return Actor(account.id, person.email, role, person.id, peer=PEER)


def test_a_newcomer_joins_with_the_role_of_the_invitation(account: Account) -> None:
    person = accept_as_newcomer(token_for(account), f" {EMAIL.upper()} ", factories.PASSWORD, PEER)
    member = db.session.query(Membership).one()
    assert (person.email, member.role, person.platform_role) == (EMAIL, "support", None)
    entries = [(e.action, e.actor, e.after) for e in db.session.query(AuditEntry)]
    by = "tests@nour.example"
    assert entries == [
        ("person.invited", by, {"role": "support"}),
        ("person.joined", EMAIL, {"role": "support", "invited_by": by}),
    ]


def test_an_invitation_works_once_and_not_for_ever(account: Account) -> None:
    token = token_for(account)
    accept_as_newcomer(token, EMAIL, factories.PASSWORD, PEER)
    old = token_for(account)
    db.session.query(Invitation).update({"expires_at": now() - timedelta(seconds=1)})
    db.session.commit()
    for dead in (token, old, "invented", "x\0"):
        assert find_invitation(dead) is None
        with pytest.raises(Conflict, match="invitation_spent"):
            accept_as_newcomer(dead, "other@nour.example", factories.PASSWORD, PEER)


def test_one_that_is_withdrawn_opens_nothing(account: Account) -> None:
    token = token_for(account)
    actor = factories.make_actor(account)
    for _ in range(2):
        withdraw(db.session.query(Invitation).one().id, actor)
    assert find_invitation(token) is None
    actions = [entry.action for entry in db.session.query(AuditEntry)]
    assert actions == ["person.invited", "invitation.withdrawn"]


def test_one_that_is_bound_lets_in_nobody_else(account: Account) -> None:
    token = token_for(account, EMAIL)
    with pytest.raises(Refused, match="other_email"):
        accept_as_newcomer(token, "other@nour.example", factories.PASSWORD, PEER)
    other = factories.make_person("other@nour.example", account=factories.make_account("و", "wadi"))
    with pytest.raises(Conflict, match="invitation_of_another"):
        accept_as_known(token, actor_of(other, account))
    assert accept_as_newcomer(token, EMAIL.upper(), factories.PASSWORD, PEER).email == EMAIL


def test_the_newest_for_an_address_stands_in_the_place_of_the_others(account: Account) -> None:
    other = factories.make_account("مكتبة الوادي", "wadi")
    elsewhere, unbound = token_for(other, EMAIL), token_for(account)
    older, newer = token_for(account, EMAIL, Role.ADMIN), token_for(account, EMAIL.upper())
    assert find_invitation(older) is None
    assert all(find_invitation(one) for one in (elsewhere, unbound, newer))


def test_who_has_joined_has_no_other_invitation_left(account: Account) -> None:
    bound, unbound = token_for(account, EMAIL, Role.ADMIN), token_for(account)
    accept_as_newcomer(unbound, EMAIL, factories.PASSWORD, PEER)
    assert find_invitation(bound) is None


def test_a_link_never_signs_in_as_somebody_who_is_known(account: Account) -> None:
    known = factories.make_person(EMAIL, account=factories.make_account("و", "wadi"))
    hashed, token = known.password_hash, token_for(account)
    with pytest.raises(Refused, match="email_taken"):
        accept_as_newcomer(token, EMAIL, "another password", PEER)
    assert passwords.verify(hashed, factories.PASSWORD)
    assert find_invitation(token) is not None


def test_somebody_who_is_known_joins_beside_what_they_have(account: Account) -> None:
    wadi = factories.make_account("مكتبة الوادي", "wadi")
    person = factories.make_person(EMAIL, account=wadi, role=Role.ADMIN)
    assert accept_as_known(token_for(account), actor_of(person, wadi)) == account.id
    roles = {m.account_id: m.role for m in db.session.query(Membership)}
    assert roles == {wadi.id: "admin", account.id: "support"}


def test_no_role_is_changed_by_an_invitation(account: Account) -> None:
    person = factories.make_person(EMAIL, account=account, role=Role.ADMIN)
    token = token_for(account)
    with pytest.raises(Conflict, match="already_member"):
        accept_as_known(token, actor_of(person, account))
    with pytest.raises(Refused, match="already_member"):
        invite(EMAIL, Role.SUPPORT, factories.make_actor(account))
    assert db.session.query(Membership).one().role == "admin"
    assert find_invitation(token) is not None


def test_a_new_setup_link_leaves_invitations_alone(account: Account) -> None:
    token = token_for(account)
    setup = make_setup_link().rpartition("/")[2]
    assert find_invitation(token) is not None
    assert find_invitation(setup) is None
    assert find_invitation(setup, for_setup=True) is not None


def test_what_is_wrong_is_named(account: Account) -> None:
    for email in ("x", "a@b@c", "a\0@b.example"):
        with pytest.raises(Refused, match="bad_email"):
            invite(email, Role.STAFF, factories.make_actor(account))
    with pytest.raises(Refused, match="weak_password"):
        accept_as_newcomer(token_for(account), EMAIL, "short", PEER)


@crossing
def test_of_two_who_follow_one_link_at_once_one_gets_in(app: Flask, account: Account) -> None:
    token = token_for(account)

    def accept(email: str) -> bool:
        try:
            return bool(accept_as_newcomer(token, email, factories.PASSWORD, PEER))
        except Conflict:
            return False

    emails = [f"person{number}@nour.example" for number in range(3)]
    assert sorted(at_once(app, *[lambda e=e: accept(e) for e in emails])) == [False, False, True]


@crossing
def test_of_two_links_for_one_new_address_one_makes_the_person(
    app: Flask, account: Account
) -> None:
    tokens = [token_for(account) for _ in range(2)]

    def accept(token: str, password: str) -> bool:
        try:
            return bool(accept_as_newcomer(token, EMAIL, password, PEER))
        except Refused:
            return False

    tries = [lambda t=t, n=n: accept(t, f"password {n}{n}{n}") for n, t in enumerate(tokens)]
    assert sorted(at_once(app, *tries)) == [False, True]
    db.session.rollback()
    assert db.session.query(Person).filter_by(email=EMAIL).count() == 1


@crossing
def test_of_two_links_for_one_known_person_one_gives_the_role(app: Flask, account: Account) -> None:
    wadi = factories.make_account("مكتبة الوادي", "wadi")
    person = factories.make_person(EMAIL, account=wadi)
    actor = actor_of(person, wadi)
    tokens = [token_for(account, role=role) for role in (Role.ADMIN, Role.SUPPORT)]

    def accept(token: str) -> bool:
        try:
            return bool(accept_as_known(token, actor))
        except Conflict:
            return False

    assert sorted(at_once(app, *[lambda t=t: accept(t) for t in tokens])) == [False, True]
