"""The one-time link with which the first admin makes themselves known."""

from datetime import timedelta

import pytest

from portal.extensions import db
from portal.models import Account, Invitation, Membership, Person, now
from portal.pipeline.invitations import make_setup_link
from tests import factories
from tests.clients import Browser
from tests.web.html import read

FIELDS = {
    "account": "متجر النور 🛒",
    "email": "Sara@Nour.example",
    "password": factories.PASSWORD,
}


@pytest.fixture
def link(client: Browser) -> str:
    """The path of a fresh link."""
    url = make_setup_link()
    return "/setup/" + url.rpartition("/")[2]


def test_the_link_makes_the_first_admin_and_signs_them_in(client: Browser, link: str) -> None:
    answer = client.submit(link, FIELDS)
    assert (answer.status_code, answer.location) == (303, "/")
    page = read(client.get("/").text)
    for part in ("أُنشئ حسابك.", "متجر النور 🛒", "sara@nour.example", "مدير النظام"):
        assert part in page.text
    assert db.session.query(Membership).one().role == "admin"


def test_the_link_works_once(client: Browser, link: str) -> None:
    client.submit(link, FIELDS)
    other = client.application.test_client()
    assert other.get(link).location == "/login"
    assert "رابط الإعداد مستخدم أو منتهي الصلاحية." in other.get("/login").text
    answer = other.submit(link, FIELDS | {"email": "evil@x.example"}, page="/login")
    assert answer.location == "/login"
    assert db.session.query(Person).count() == 1


def test_an_old_or_replaced_or_invented_link_opens_nothing(client: Browser, link: str) -> None:
    fresh = "/setup/" + make_setup_link().rpartition("/")[2]
    for path in (link, "/setup/invented", "/setup/%D9%85"):
        assert client.get(path).status_code == 303
    assert client.get(fresh).status_code == 200
    db.session.query(Invitation).update({"expires_at": now() - timedelta(seconds=1)})
    db.session.commit()
    assert client.get(fresh).status_code == 303


def test_what_is_wrong_stands_beside_its_field(client: Browser, link: str) -> None:
    answer = client.submit(link, {"account": "x", "email": "no address", "password": "short"})
    assert answer.status_code == 422
    assert "أدخل بريدًا إلكترونيًا صحيحًا" in answer.text.partition('id="email-error"')[2]
    assert "لا يقل عدد أحرفها عن 8" in answer.text.partition('id="password-error"')[2]
    assert read(answer.text).one("input", name="password")["value"] == ""
    assert client.submit(link, FIELDS).status_code == 303


def test_the_link_never_signs_in_as_somebody_who_is_known(
    client: Browser, link: str, account: Account
) -> None:
    factories.make_person("sara@nour.example", account=account)
    answer = client.submit(link, FIELDS | {"password": "some other password"})
    assert answer.status_code == 422
    assert "هذا البريد الإلكتروني مستخدم." in answer.text
    assert client.get("/").status_code == 303


def test_only_a_hash_of_the_link_is_kept(client: Browser, link: str) -> None:
    token = link.rpartition("/")[2]
    assert token not in db.session.query(Invitation).one().token_hash


def test_odd_names_are_kept(client: Browser, link: str) -> None:
    odd = {"account": "a\0b <b>" + "ن" * 300, "email": "a\0b@x.example"}
    assert client.submit(link, FIELDS | odd).status_code == 303
    assert not read(client.get("/").text).all("b")
