"""Who may use the API, and the page on which its keys are made and revoked."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from portal.domain.scopes import Scope
from portal.domain.states import Role
from portal.extensions import db
from portal.models import Account, ApiKey, AuditEntry, Event, now
from portal.web.api import openapi
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
    assert "مُلغى" in admin.get(PATH).text


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


SCOPED = {
    Scope.READ: ("GET", "/hooks", 200),
    Scope.PUBLISH: ("POST", "/events", 422),
    Scope.RESEND: ("POST", "/deliveries/resend", 422),
    Scope.HOOKS: ("POST", "/hooks", 422),
    Scope.TRIGGERS: ("POST", "/triggers", 422),
    Scope.CATALOGUE: ("POST", "/policies", 422),
    Scope.AUDIT: ("GET", "/audit", 200),
}


def test_a_key_does_what_its_scopes_say_and_no_more(client: Browser, account: Account) -> None:
    for own in Scope:
        key = factories.make_key(account, scopes=(own,))
        for scope, (method, path, status) in SCOPED.items():
            headers = {"Authorization": f"Bearer {key}"}
            answer = client.open(f"/api/v1{path}", method=method, headers=headers, json={})
            if scope == own:
                assert answer.status_code == status, (own, path, answer.text)
                continue
            told = answer.json
            found = (answer.status_code, told["code"], told["scope"])
            assert found == (403, "scope_missing", scope.value)
            assert answer.mimetype == "application/problem+json"


def test_a_key_whose_role_forbids_it_is_not_sent_to_add_a_scope(
    client: Browser, account: Account
) -> None:
    key = factories.make_key(account, role=Role.SUPPORT)
    answer = Api(client, key).post("/policies", {"name": "x"})
    assert answer.status_code == 403
    assert (answer.json["code"], answer.json["scope"]) == ("role_forbids", "catalogue:write")
    assert "لا يسمح دور هذا المفتاح" in answer.json["detail"]
    assert "أضفها" not in answer.json["detail"]


def test_every_route_of_the_api_asks_for_the_scope_that_the_document_names(app: Flask) -> None:
    document = json.loads(Path(openapi.__file__).with_name("openapi.json").read_text("utf-8"))
    for rule in app.url_map.iter_rules():
        template = re.sub(r"<(\w+)>", r"{\1}", rule.rule).removeprefix("/api/v1")
        for method in {"GET", "POST", "PATCH", "DELETE"} & set(rule.methods or ()):
            operation = document["paths"].get(template, {}).get(method.lower())
            if not rule.rule.startswith("/api/v1/") or template == "/health":
                continue
            scope = app.view_functions[rule.endpoint].scope
            assert operation["security"] == [{"key": [scope.value]}], (method, template)


def test_a_role_limits_what_its_key_may_do(client: Browser, account: Account) -> None:
    program = Api(client, factories.make_key(account, role=Role.SUPPORT))
    assert program.get("/hooks").status_code == 200
    assert program.post("/deliveries/resend", {}).status_code == 422
    assert program.post("/hooks", {}).status_code == 403


def test_a_key_ends_when_it_expires(client: Browser, account: Account) -> None:
    program = Api(client, factories.make_key(account, expires_at=now() + timedelta(hours=1)))
    assert program.get("/hooks").status_code == 200
    db.session.query(ApiKey).update({"expires_at": now() - timedelta(seconds=1)})
    db.session.commit()
    answer = program.get("/hooks")
    assert (answer.status_code, answer.json["code"]) == (401, "unauthorized")


def test_a_key_sends_no_more_than_it_may(client: Browser, account: Account) -> None:
    program = Api(client, factories.make_key(account, per_minute=2))
    statuses = [program.get("/hooks").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    answer = program.post("/events", {"type": "message.received", "data": {}})
    assert (answer.status_code, answer.json["code"]) == (429, "key_throttled")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert db.session.query(Event).count() == 0


def test_scopes_end_and_pace_are_chosen_on_the_page(admin: Browser, client: Browser) -> None:
    fields = {"name": "تقارير", "access": "chosen", "scopes": ["read", "deliveries:resend"]}
    made = admin.submit(PATH, fields | {"life": "30", "per_minute": "٦٠", "role": "support"})
    assert made.status_code == 200
    key = db.session.query(ApiKey).one()
    assert (key.scopes, key.role, key.per_minute) == (["read", "deliveries:resend"], "support", 60)
    assert timedelta(days=29) < key.expires_at - now() <= timedelta(days=30)
    page = read(admin.get(PATH).text).text
    for part in ("قراءة", "إعادة الإرسال", "بصفة موظف الدعم", "في الدقيقة"):
        assert part in page
    edit = f"{PATH}/{key.id}/edit"
    shown = read(admin.get(edit).text)
    assert shown.one("input", name="per_minute")["value"] == "60"
    admin.submit(edit, {"name": "تقارير", "access": "publish", "life": "keep", "role": "admin"})
    db.session.expire_all()
    assert (key.scopes, key.per_minute, key.expires_at is None) == (["events:publish"], None, False)


def test_what_is_wrong_with_a_key_stands_beside_its_field(admin: Browser) -> None:
    wrong = {
        "scopes": {"access": "chosen"},
        "per_minute": {"per_minute": "كثير"},
        "role": {"role": "king"},
        "life": {"life": "forever"},
    }
    for field, fields in wrong.items():
        answer = admin.submit(PATH, {"name": "x", **fields}, headers=HTMX)
        assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True), field
    assert admin.submit(PATH, {"name": "x", "access": "king"}).status_code == 422
    assert db.session.query(ApiKey).count() == 0


def test_a_key_that_ends_soon_and_one_that_has_ended_are_told_apart(
    admin: Browser, account: Account
) -> None:
    factories.make_key(account, "قريب", expires_at=now() + timedelta(days=3))
    factories.make_key(account, "منتهٍ", expires_at=now() - timedelta(days=3))
    factories.make_key(account, "قديم", expires_at=now() - timedelta(days=100))
    page = read(admin.get(PATH).text).text
    for part in ("ينتهي قريبًا", "منتهي الصلاحية"):
        assert part in page
    assert "قديم" not in page
    ended = db.session.query(ApiKey).filter_by(name="منتهٍ").one()
    admin.submit(f"{PATH}/{ended.id}/revoke", {"reason": "انتهى المشروع"}, page=PATH)
    assert db.session.query(AuditEntry).filter_by(reason="انتهى المشروع").count() == 1
    assert admin.submit(f"{PATH}/{ended.id}/edit", {"name": "x"}).location == PATH
    assert "مُلغى ولا يمكن تعديله" in admin.get(PATH).text
