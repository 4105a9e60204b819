"""حسابي الشخصي: browsers that are signed in, and the password."""

from datetime import timedelta

import pytest
from flask import Flask

from portal.domain.audit import Action
from portal.extensions import db
from portal.models import Account, AuditEntry, SignInFailure, SignInSession, now
from portal.web.door_words import device
from tests import factories
from tests.clients import Browser, sign_in
from tests.web.html import read

PATH, EMAIL = "/profile", "admin@nour.example"
NEW = "كلمة مرور جديدة 2027"


@pytest.fixture
def second(app: Flask, admin: Browser) -> Browser:
    """Another browser of the admin's."""
    browser = app.test_client()
    sign_in(browser, EMAIL, factories.PASSWORD)
    return browser


def rows(browser: Browser) -> list[dict[str, str]]:
    page = read(browser.get(PATH).text)
    return [row for row in page.all("tr") if "data-id" in row]


def actions() -> list[str]:
    db.session.rollback()
    return [row.action for row in db.session.query(AuditEntry).order_by(AuditEntry.id)]


def test_every_browser_is_listed_this_one_first(
    admin: Browser, second: Browser, outsider: Browser
) -> None:
    for browser in (admin, second):
        assert [row["data-state"] for row in rows(browser)] == ["this", "other"]
    assert rows(admin)[0]["data-id"] == rows(second)[1]["data-id"]
    hashes = [row.token_hash for row in db.session.query(SignInSession)]
    page = admin.get(PATH).text
    assert not [one for one in hashes if one in page]


def test_ending_one_signs_it_out_at_once(admin: Browser, second: Browser) -> None:
    answer = admin.submit(f"{PATH}/sessions/{rows(admin)[1]['data-id']}/end", page=PATH)
    assert (answer.status_code, answer.location) == (303, PATH)
    assert second.get("/").status_code == 303
    assert admin.get("/").status_code == 200
    entry = db.session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
    assert entry
    assert (entry.action, entry.actor) == (Action.SESSION_ENDED, EMAIL)


def test_ending_all_others_leaves_this_one(admin: Browser, second: Browser, app: Flask) -> None:
    third = app.test_client()
    sign_in(third, EMAIL, factories.PASSWORD)
    admin.submit(f"{PATH}/sessions/end-others", page=PATH)
    assert [b.get("/").status_code for b in (admin, second, third)] == [200, 303, 303]
    assert actions().count(Action.SESSION_ENDED) == 2


def test_nobody_ends_a_session_of_somebody_else(admin: Browser, staff: Browser) -> None:
    address = f"{PATH}/sessions/{rows(staff)[0]['data-id']}/end"
    assert admin.submit(address, page=PATH).status_code == 404
    assert staff.get("/").status_code == 200


def test_a_browser_that_rests_too_long_is_signed_out(admin: Browser) -> None:
    week = {"last_seen_at": now() - timedelta(days=7, minutes=1)}
    db.session.query(SignInSession).update(week)
    db.session.commit()
    assert admin.get("/").status_code == 303


def test_a_browser_that_is_used_is_seen(admin: Browser) -> None:
    earlier = now() - timedelta(days=2)
    db.session.query(SignInSession).update({"last_seen_at": earlier})
    db.session.commit()
    assert admin.get("/").status_code == 200
    assert now() - db.session.query(SignInSession).one().last_seen_at < timedelta(minutes=1)


def test_another_password_signs_out_every_other_browser(admin: Browser, second: Browser) -> None:
    fields = {"old": factories.PASSWORD, "new": NEW}
    answer = admin.submit(f"{PATH}/password", fields, page=PATH)
    assert (answer.status_code, answer.location) == (303, PATH)
    assert [b.get("/").status_code for b in (admin, second)] == [200, 303]
    for password, status in ((factories.PASSWORD, 422), (NEW, 303)):
        fields = {"email": EMAIL, "password": password}
        assert second.submit("/login", fields).status_code == status
    assert Action.PASSWORD_CHANGED in actions()
    assert NEW not in str([row.after for row in db.session.query(AuditEntry)])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("wrong", NEW, "كلمة المرور غير صحيحة"),
        ("", NEW, "كلمة المرور غير صحيحة"),
        (factories.PASSWORD, "short", "لا يقل عدد أحرفها عن 8"),
        (factories.PASSWORD, "x" * 1025, "لا يقل عدد أحرفها عن 8"),
    ],
)
def test_it_takes_the_old_password_and_a_new_one_of_some_length(
    admin: Browser, second: Browser, old: str, new: str, words: str
) -> None:
    answer = admin.submit(f"{PATH}/password", {"old": old, "new": new}, page=PATH)
    assert answer.status_code == 422
    assert words in read(answer.text).text
    assert second.get("/").status_code == 200


def test_guessing_the_old_password_is_held_up(admin: Browser, account: Account) -> None:
    db.session.add_all(SignInFailure(key=f"email:{EMAIL}") for _ in range(10))
    db.session.commit()
    answer = admin.submit(f"{PATH}/password", {"old": "wrong", "new": NEW}, page=PATH)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


AGENTS = [
    ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130 Safari/537.36", "Chrome Windows"),
    ("Mozilla/5.0 (Windows NT 10.0) Chrome/130 Safari/537.36 Edg/130", "Edge Windows"),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Safari/604",
        "Safari iPhone",
    ),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14) Gecko/20100101 Firefox/132.0", "Firefox macOS"),
    ("Mozilla/5.0 (Linux; Android 14) SamsungBrowser/25 Chrome/121", "Samsung Internet Android"),
    ("<script>alert(1)</script>", "متصفح غير معروف"),
    ("", "متصفح غير معروف"),
]


@pytest.mark.parametrize(("agent", "name"), AGENTS)
def test_a_browser_is_called_by_its_name(agent: str, name: str) -> None:
    assert read(str(device(agent))).text.replace(" على ", " ") == name
