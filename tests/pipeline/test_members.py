"""What an admin does to the members of their account."""

import pytest
from flask import Flask

from portal.domain.actor import Actor
from portal.domain.problems import Conflict
from portal.domain.states import Role
from portal.extensions import db
from portal.models import Account, Invitation, Membership, Person, SignInSession, now
from portal.pipeline import members
from portal.pipeline.invitations import find_invitation, invite
from portal.pipeline.sign_in import open_session, role_in
from tests import factories
from tests.pipeline.racing import at_once, crossing

WHY = "ترك العمل"


@pytest.fixture
def sara(account: Account) -> Person:
    """An admin."""
    return factories.make_person("sara@nour.example", account=account, role=Role.ADMIN)


@pytest.fixture
def omar(account: Account) -> Person:
    """A second admin."""
    return factories.make_person("omar@nour.example", account=account, role=Role.ADMIN)


def test_a_role_is_changed_and_on_record(account: Account, sara: Person, omar: Person) -> None:
    actor = factories.make_actor(account)
    for _ in range(2):
        members.change_role(omar.id, Role.SUPPORT, actor)
    assert role_in(omar, account.id) == Role.SUPPORT
    [entry] = factories.acts()
    assert (entry.action, entry.target, entry.target_id) == (
        "person.role_changed",
        omar.email,
        omar.id,
    )
    assert (entry.before, entry.after) == ({"role": "admin"}, {"role": "support"})


def test_off_somebody_is_out_of_this_account_at_once(
    account: Account, sara: Person, omar: Person
) -> None:
    wadi = factories.make_account("مكتبة الوادي", "wadi")
    factories.make_person(omar.email, account=wadi)
    for where in (account, wadi):
        open_session(omar.id, where.id, "192.0.2.1", "")
    members.switch_off(omar.id, WHY, factories.make_actor(account))
    assert (role_in(omar, account.id), role_in(omar, wadi.id)) == (None, Role.STAFF)
    assert [row.account_id for row in db.session.query(SignInSession)] == [wadi.id]
    members.switch_on(omar.id, factories.make_actor(account))
    assert role_in(omar, account.id) == Role.ADMIN
    entries = [(e.action, e.reason) for e in factories.acts()]
    assert entries == [("person.switched_off", WHY), ("person.switched_on", "")]


def test_somebody_who_is_removed_belongs_there_no_more(
    account: Account, sara: Person, omar: Person
) -> None:
    open_session(omar.id, account.id, "192.0.2.1", "")
    members.remove(omar.id, WHY, factories.make_actor(account))
    assert role_in(omar, account.id) is None
    assert db.session.query(SignInSession).count() == 0
    assert db.session.query(Person).count() == 2
    with pytest.raises(Conflict, match="not_found"):
        members.remove(omar.id, WHY, factories.make_actor(account))


def test_the_last_admin_stays(account: Account, sara: Person, omar: Person) -> None:
    actor = factories.make_actor(account)
    factories.make_person("staff@nour.example", account=account)
    members.switch_off(omar.id, WHY, actor)
    acts = (
        lambda: members.change_role(sara.id, Role.STAFF, actor),
        lambda: members.switch_off(sara.id, WHY, actor),
        lambda: members.remove(sara.id, WHY, actor),
    )
    for act in acts:
        with pytest.raises(Conflict, match="last_admin"):
            act()
    assert role_in(sara, account.id) == Role.ADMIN


def test_an_admin_who_is_off_everywhere_is_no_admin_who_stays(
    account: Account, sara: Person, omar: Person
) -> None:
    db.session.query(Person).filter_by(id=omar.id).update({"disabled_at": now()})
    db.session.commit()
    with pytest.raises(Conflict, match="last_admin"):
        members.remove(sara.id, WHY, factories.make_actor(account))


def test_nobody_of_another_account_is_reached(account: Account, sara: Person) -> None:
    wadi = factories.make_account("مكتبة الوادي", "wadi")
    stranger = factories.make_person("x@wadi.example", account=wadi)
    for act in (members.switch_on, lambda *a: members.switch_off(a[0], WHY, a[1])):
        with pytest.raises(Conflict, match="not_found"):
            act(stranger.id, factories.make_actor(account))


@crossing
def test_two_admins_who_remove_each_other_at_once_leave_one(
    app: Flask, account: Account, sara: Person, omar: Person
) -> None:
    actor, ids = factories.make_actor(account), (sara.id, omar.id)

    def demote(person_id: str) -> bool:
        try:
            members.change_role(person_id, Role.STAFF, actor)
            return True
        except Conflict:
            return False

    done = at_once(app, *[lambda i=i: demote(i) for i in ids])
    assert sorted(done) == [False, True]
    db.session.rollback()
    assert db.session.query(Membership).filter_by(role="admin").count() == 1


@pytest.mark.parametrize("how", ["off", "removed", "demoted"])
def test_links_that_somebody_made_end_with_their_being_an_admin(
    account: Account, sara: Person, omar: Person, how: str
) -> None:
    _, link = invite(None, Role.ADMIN, Actor(account.id, omar.email, Role.ADMIN, omar.id))
    _, saras = invite(None, Role.STAFF, Actor(account.id, sara.email, Role.ADMIN, sara.id))
    actor = factories.make_actor(account)
    if how == "off":
        members.switch_off(omar.id, WHY, actor)
    elif how == "removed":
        members.remove(omar.id, WHY, actor)
    else:
        members.change_role(omar.id, Role.STAFF, actor)
    assert not opens(link)
    assert opens(saras)


def test_no_link_from_before_leads_back_who_was_removed(
    account: Account, sara: Person, omar: Person
) -> None:
    wadi = factories.make_account("مكتبة الوادي", "wadi")
    elsewhere = invite(omar.email, Role.ADMIN, factories.make_actor(wadi))[1]
    # As it stood beside the one that was followed.
    link = invite("later@nour.example", Role.ADMIN, factories.make_actor(account))[1]
    db.session.query(Invitation).filter_by(account_id=account.id).update({"email": omar.email})
    db.session.commit()
    members.remove(omar.id, WHY, factories.make_actor(account))
    assert not opens(link)
    assert opens(elsewhere)


def opens(link: str) -> bool:
    """Whether an invitation still lets somebody in."""
    return find_invitation(link.rpartition("/")[2]) is not None
