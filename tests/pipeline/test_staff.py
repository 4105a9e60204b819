"""The portal's own people."""

import pytest
from flask import Flask

from portal.domain.actor import Actor
from portal.domain.audit import HIDDEN
from portal.domain.members import PlatformRole
from portal.domain.problems import Conflict, Refused
from portal.domain.states import Role
from portal.extensions import db
from portal.models import Account, Person, SignInSession, now
from portal.pipeline import staff
from portal.pipeline.accounts import edit_account
from portal.pipeline.people import make_user
from portal.pipeline.sign_in import open_session, role_in, standing_in
from tests import factories


@pytest.fixture
def operator(account: Account) -> Person:
    """Whoever runs the portal: the first person of all."""
    return make_user("sara@nour.example", factories.PASSWORD, Role.ADMIN, account.slug, None)


def test_the_first_admin_of_all_runs_the_portal(operator: Person, account: Account) -> None:
    assert operator.platform_role == PlatformRole.OPERATOR
    other = make_user("omar@nour.example", factories.PASSWORD, Role.ADMIN, account.slug, None)
    assert other.platform_role is None


def test_support_has_that_role_in_accounts_of_others(operator: Person, account: Account) -> None:
    person = factories.make_person("help@wadi.example", account=factories.make_account("و", "wadi"))
    assert role_in(person, account.id) is None
    staff.appoint(" Help@Wadi.example", PlatformRole.SUPPORT, factories.make_actor(account))
    assert standing_in(person, account.id) == (Role.SUPPORT, True)
    assert standing_in(operator, factories.make_account("و", "wadi").id) == (Role.SUPPORT, True)
    assert standing_in(operator, account.id) == (Role.ADMIN, False)
    staff.dismiss(person.id, factories.make_actor(account))
    assert role_in(person, account.id) is None
    changes = [e.after for e in factories.acts() if e.action == "person.role_changed"]
    assert changes == [{"platform_role": "support"}, {"platform_role": None}]


def test_off_somebody_is_out_everywhere_at_once(operator: Person, account: Account) -> None:
    person = factories.make_person("omar@nour.example", account=account)
    open_session(person.id, account.id, "192.0.2.1", "")
    actor = factories.make_actor(account)
    staff.switch_person(person.id, False, "جهاز مفقود", actor)
    assert db.session.query(SignInSession).count() == 0
    assert person.disabled_at is not None
    staff.switch_person(person.id, True, "", actor)
    assert person.disabled_at is None
    entries = [(e.action, e.reason) for e in factories.acts() if e.action != "person.joined"]
    assert entries == [("person.switched_off", "جهاز مفقود"), ("person.switched_on", "")]


def test_every_account_of_somebody_learns_that_they_are_off_everywhere(
    operator: Person, account: Account
) -> None:
    places = [factories.make_account(slug, slug) for slug in ("wadi", "rimal")]
    for place in places:
        person = factories.make_person("omar@wadi.example", account=place)
    actor = Actor(account.id, operator.email, Role.ADMIN, operator.id)
    staff.switch_person(person.id, False, "جهاز مفقود", actor)
    staff.switch_person(person.id, True, "عاد الجهاز", actor)
    for place in (account, *places):
        here = [e for e in factories.acts() if e.account_id == place.id]
        entries = [e for e in here if e.target == person.email]
        assert [(e.action, e.reason, e.actor) for e in entries] == [
            ("person.switched_off", "جهاز مفقود", operator.email),
            ("person.switched_on", "عاد الجهاز", operator.email),
        ]


def test_whoever_runs_the_portal_last_stays(operator: Person, account: Account) -> None:
    actor = factories.make_actor(account)
    acts = (
        lambda: staff.dismiss(operator.id, actor),
        lambda: staff.appoint(operator.email, PlatformRole.SUPPORT, actor),
        lambda: staff.switch_person(operator.id, False, "سبب", actor),
    )
    for act in acts:
        with pytest.raises(Conflict, match="last_operator"):
            act()
    assert operator.platform_role == PlatformRole.OPERATOR


def test_nobody_unknown_is_appointed(app: Flask, account: Account) -> None:
    with pytest.raises(Refused, match="unknown_person"):
        staff.appoint("no@body.example", PlatformRole.SUPPORT, factories.make_actor(account))


def test_what_concerns_the_portal_stands_in_no_account_that_is_visited(
    operator: Person, account: Account
) -> None:
    wadi = factories.make_account("و", "wadi")
    person = factories.make_person("help@wadi.example", account=wadi)
    visiting = Actor(wadi.id, operator.email, Role.SUPPORT, operator.id)
    staff.appoint(person.email, PlatformRole.SUPPORT, visiting)
    edit_account(account.id, "اسم آخر", "Asia/Riyadh", visiting)
    places = {entry.action: entry.account_id for entry in factories.acts()}
    assert places["person.role_changed"] == account.id
    assert places["account.edited"] == account.id


def test_a_person_made_on_the_command_line_is_on_record(operator: Person, account: Account) -> None:
    make_user(operator.email, factories.PASSWORD, Role.SUPPORT, account.slug, None)
    [*_, entry] = factories.acts()
    assert (entry.actor, entry.target, entry.after["role"]) == (
        "flask users",
        operator.email,
        "support",
    )


def test_what_the_command_line_changes_of_somebody_known_is_on_record(
    operator: Person, account: Account
) -> None:
    person = factories.make_person("omar@nour.example", Role.STAFF, account)
    person.memberships[0].disabled_at = now()
    db.session.commit()
    known = len(factories.acts())
    make_user(person.email, "another password", Role.ADMIN, account.slug, PlatformRole.SUPPORT)
    make_user(person.email, "another password", Role.ADMIN, account.slug, None)
    entries = [(e.action, e.before, e.after) for e in factories.acts()[known:]]
    reset = ("password.reset", {}, {"password": HIDDEN})
    role = (
        {"role": "staff", "platform_role": None},
        {"role": "admin", "platform_role": "support"},
    )
    assert entries == [
        reset,
        ("person.switched_on", {}, {}),
        ("person.role_changed", *role),
        reset,
    ]
    assert {e.target for e in factories.acts()[known:]} == {person.email}


def test_who_is_no_member_gets_no_account_from_the_command_line(
    operator: Person, account: Account
) -> None:
    helper = make_user(
        "h@own.example", factories.PASSWORD, None, account.slug, PlatformRole.SUPPORT
    )
    assert helper.memberships == []
    [*_, entry] = factories.acts()
    assert (entry.action, entry.before, entry.after) == (
        "person.role_changed",
        {},
        {"platform_role": "support"},
    )
    make_user(helper.email, factories.PASSWORD, Role.STAFF, account.slug, None)
    [*_, entry] = factories.acts()
    assert (entry.action, entry.before, entry.after) == ("person.joined", {}, {"role": "staff"})
