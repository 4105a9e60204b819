"""Who may use the API, and the page on which its keys are made and revoked."""

import pytest

from portal.extensions import db
from portal.models import Account, ApiKey
from tests import factories
from tests.clients import Api, Browser
from tests.web.html import HTMX, read

PATH = "/settings/api-keys"
NEW_KEY = "new-key"

# Nothing here depends on the kind of database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def make_key(browser: Browser, name: str = "خادم المتجر") -> str:
    """The text of a key that was made on the page."""
    page = browser.submit(PATH, {"name": name})
    assert page.status_code == 200, page.text
    assert "لن نتمكن من عرضه مرة أخرى" in read(page.text).text
    shown = page.text.partition(f'id="{NEW_KEY}"')[2]
    return shown.partition(">")[2].partition("<")[0]


def test_a_request_without_a_living_key_is_refused(client: Browser, api: Api) -> None:
    headers = [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer khk_wrong"},
        {"Authorization": f"Bearer {api.key[:-1]}"},
        {"Authorization": f"Basic {api.key}"},
        {"Authorization": api.key},
        {"Authorization": "Bearer مفتاح".encode().decode("latin-1")},
    ]
    for one in headers:
        answer = client.get("/api/v1/hooks", headers=one)
        assert (answer.status_code, answer.json["code"]) == (401, "unauthorized"), one
        assert answer.mimetype == "application/problem+json"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_does_not_sign_anybody_in(client: Browser, api: Api) -> None:
    answer = client.get("/deliveries", headers={"Authorization": f"Bearer {api.key}"})
    assert answer.status_code == 303


def test_a_cookie_is_no_key(admin: Browser) -> None:
    assert admin.get("/api/v1/hooks").status_code == 401


def test_the_scheme_is_read_in_any_case(client: Browser, api: Api) -> None:
    answer = client.get("/api/v1/hooks", headers={"Authorization": f"bearer {api.key}"})
    assert answer.status_code == 200


def test_a_key_is_shown_once_and_works_until_it_is_revoked(admin: Browser, client: Browser) -> None:
    text = make_key(admin)
    program = Api(client, text)
    assert program.get("/hooks").status_code == 200
    page = admin.get(PATH)
    assert text not in page.text
    assert f"••••{text[-4:]}" in page.text
    [key_id] = read(page.text).rows
    assert admin.submit(f"{PATH}/{key_id}/revoke", page=PATH).status_code == 303
    assert program.get("/hooks").status_code == 401
    assert read(admin.get(PATH).text).rows == []


def test_only_a_hash_of_a_key_is_kept(admin: Browser) -> None:
    text = make_key(admin)
    key = db.session.query(ApiKey).one()
    columns = [str(getattr(key, column.name)) for column in ApiKey.__table__.columns]
    assert not [value for value in columns if text in value or text[8:24] in value]


def test_the_last_use_of_a_key_is_noted(admin: Browser, client: Browser) -> None:
    text = make_key(admin)
    assert "لم يُستخدم بعد" in admin.get(PATH).text
    Api(client, text).get("/hooks")
    assert "لم يُستخدم بعد" not in admin.get(PATH).text


def test_a_key_needs_a_name_that_fits(admin: Browser) -> None:
    for name, sentence in (("  ", "هذا الحقل مطلوب"), ("ن" * 201, "من 1 إلى 200")):
        page = admin.submit(PATH, {"name": name})
        assert page.status_code == 422
        assert sentence in read(page.text).text
        assert read(page.text).one("input", name="name")["aria-invalid"] == "true"
    part = admin.submit(PATH, {"name": ""}, headers=HTMX)
    assert (part.status_code, "<html" in part.text) == (422, False)
    assert db.session.query(ApiKey).count() == 0


def test_names_of_any_script_are_shown_as_they_are(admin: Browser) -> None:
    for name in ("خادم المتجر 🛒", "<b>محرّك</b> & 'co'", "ن" * 200):
        make_key(admin, name)
        page = read(admin.get(PATH).text)
        assert name in page.text
        assert not page.all("b")


def test_keys_of_others_cannot_be_seen_or_revoked(
    admin: Browser, outsider: Browser, account: Account
) -> None:
    factories.make_key(account, "مفتاح النور")
    [key_id] = read(admin.get(PATH).text).rows
    assert "مفتاح النور" not in outsider.get(PATH).text
    for unreachable in (key_id, "key_nothing"):
        answer = outsider.submit(f"{PATH}/{unreachable}/revoke", page=PATH)
        assert answer.status_code == 404
    assert read(admin.get(PATH).text).rows == [key_id]


def test_only_admins_manage_keys(staff: Browser, support: Browser, admin: Browser) -> None:
    for browser in (staff, support):
        assert browser.get(PATH).status_code == 403
        assert PATH not in read(browser.get("/").text).links()
    assert PATH in read(admin.get("/").text).links()


def test_a_revoked_key_can_be_revoked_again(admin: Browser, account: Account) -> None:
    factories.make_key(account)
    [key_id] = read(admin.get(PATH).text).rows
    for _ in range(2):
        assert admin.submit(f"{PATH}/{key_id}/revoke", page=PATH).status_code == 303
