"""سجل التدقيق: what it tells, how it is narrowed, taken away as a file and read by programs."""

import csv
import io
import json
from datetime import timedelta

import pytest

from portal.domain.audit import HIDDEN, Action
from portal.domain.audit_filter import SUBJECTS
from portal.domain.masking import MaskDraft, MaskKind
from portal.domain.states import Role
from portal.extensions import db
from portal.models import Account, AuditEntry, Hook, PayloadMask, now
from portal.pipeline.audit import note_alone
from portal.pipeline.hooks import delete_hook
from portal.pipeline.masks import change_mask, create_masks, delete_mask
from portal.pipeline.transactions import writing
from portal.web import audit_terms
from tests import factories
from tests.clients import Api, Browser
from tests.web.html import HTMX, read

PATH = "/settings/audit"


@pytest.fixture
def hook(account: Account) -> Hook:
    """A hook with something to change."""
    return factories.make_hook(name="طلبات", headers={"X-Key": "s3cret-header"})


def put(account: Account, number: int, **facts: object) -> None:
    """Put so many entries on record."""
    for _ in range(number):
        note_alone(factories.make_actor(account), Action.HOOK_EDITED, **facts)


def texts(page: str) -> list[str]:
    """The heads of the entries that a page shows."""
    return [part.partition("</p>")[0] for part in page.split('class="audit-head">')[1:]]


def test_every_act_and_every_subject_has_its_words() -> None:
    assert set(audit_terms.ACTIONS) == set(Action)
    assert set(audit_terms.SUBJECTS) == set(SUBJECTS)


def test_a_change_tells_who_what_from_where_and_what_was_before(
    staff: Browser, admin: Browser, hook: Hook
) -> None:
    path = f"/settings/webhooks/{hook.id}/edit"
    page = read(staff.get(path).text)
    fields = {
        "name": "طلبات جديدة",
        "url": "https://example.com/new",
        "event_types": hook.event_types,
        "policy": "simple",
        "enabled": "1",
        "headers": "X-Key: another-s3cret",
        "signature": "hmac",
    }
    refused = staff.submit(path, fields)
    assert (refused.status_code, 'id="reason-error"' in refused.text) == (422, True)
    assert staff.submit(path, fields | {"reason": "انتقل النظام"}).status_code == 303
    assert page
    text = admin.get(PATH).text
    for part in (
        *("تغيير رابط خطاف", "تعديل خطاف", "staff@nour.example", "127.0.0.1", "انتقل النظام"),
        *("http://127.0.0.1:9/hook", "https://example.com/new", "طلبات جديدة", "X-Key"),
    ):
        assert part in read(text).text
    assert "s3cret" not in text
    assert f'href="/settings/webhooks/{hook.id}"' in text


def test_what_became_of_what_was_held_is_on_record_however_a_hook_is_switched_on(
    admin: Browser, api: Api, hook: Hook
) -> None:
    for held, word in (("skip", "تُتخطّى"), ("send", "تُرسل")):
        api.patch(f"/hooks/{hook.id}", {"enabled": False})
        api.patch(f"/hooks/{hook.id}", {"enabled": True, "held": held})
        newest = read(admin.get(PATH).text).text.partition("إيقاف خطاف")[0]
        assert "تفعيل خطاف" in newest
        assert word in newest


def test_hiding_a_field_and_showing_it_again_are_told_apart(
    admin: Browser, account: Account
) -> None:
    actor = factories.make_actor(account)
    create_masks((MaskDraft("phone", MaskKind.PHONE, (Role.SUPPORT, Role.STAFF)),), actor)
    [mask] = db.session.query(PayloadMask)
    change_mask(mask.id, MaskDraft("mobile", MaskKind.PHONE, (Role.SUPPORT,)), actor)
    delete_mask(mask.id, actor)
    page = admin.get(PATH).text
    for head, word in zip(
        texts(page), ("إلغاء حجب حقل", "تعديل حقل محجوب", "حجب حقل"), strict=False
    ):
        assert f"<strong>{word}</strong>" in head
    for part in ("رقم جوال", "محجوب عن", "موظف الدعم، مدير التكاملات"):
        assert part in read(page).text


def test_everything_on_record_has_a_name_in_words(admin: Browser, account: Account) -> None:
    names = ("peer", "user_agent", "password")
    put(account, 1, after=dict.fromkeys(names, "x"))
    text = read(admin.get(f"{PATH}?subject=hook").text).text
    assert all(f"{word}بعد: x" in text for word in ("العنوان", "المتصفح", "كلمة المرور"))
    assert not [name for name in names if name in text]


def test_it_is_narrowed_by_who_what_when_and_words(
    admin: Browser, account: Account, hook: Hook
) -> None:
    put(account, 1, target="دفعات", reason="طلب العميل سارة")
    cases = [
        ({"q": "سارة"}, 1),
        ({"q": "طلبات"}, 1),
        ({"q": "%"}, 0),
        ({"subject": "hook"}, 2),
        ({"subject": "trigger"}, 0),
        ({"actor": "tests@nour.example"}, 2),
        ({"actor": "nobody"}, 0),
        ({"target": hook.id}, 1),
        ({"until": "2020-01-01T00:00"}, 0),
        ({"since": "2020-01-01T00:00", "q": "سارة"}, 1),
        ({"since": "nonsense", "subject": "nonsense", "q": "سارة"}, 1),
    ]
    for fields, number in cases:
        part = admin.get(PATH, query_string=fields, headers=HTMX).text
        assert ("<html" in part, len(texts(part))) == (False, number), fields
    assert "لا قيود مطابقة." in admin.get(f"{PATH}?q=zzz").text


def test_older_entries_are_a_page_away(admin: Browser, account: Account) -> None:
    put(account, 60)
    first = read(admin.get(f"{PATH}?subject=hook").text)
    older = next(link["href"] for link in first.all("a") if link.get("id") == "older")
    assert len(texts(admin.get(older).text)) == 10


def test_what_is_gone_leads_nowhere_and_stays_on_record(
    admin: Browser, account: Account, hook: Hook
) -> None:
    delete_hook(hook.id, factories.make_actor(account), "انتهى العقد")
    text = admin.get(PATH).text
    assert ("حذف خطاف" in text, "انتهى العقد" in text) == (True, True)
    assert f'href="/settings/webhooks/{hook.id}"' not in text


def test_it_is_taken_away_as_a_table_without_formulas(admin: Browser, account: Account) -> None:
    put(account, 2, target="=1+1", reason="طلب")
    answer = admin.get(f"{PATH}/export.csv?subject=hook")
    assert answer.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert (len(rows), rows[1][1], rows[1][3]) == (3, "تعديل خطاف", "'=1+1")
    exported = db.session.query(AuditEntry).filter_by(action="audit.exported").one()
    assert (exported.actor, exported.after) == ("admin@nour.example", {"subject": "hook"})


def test_programs_read_it_line_by_line_and_page_by_page(
    admin: Browser, account: Account, api: Api, outside_api: Api
) -> None:
    put(account, 3, target_id="hok_1")
    lines = admin.get(f"{PATH}/export.ndjson?target=hok_1").text.splitlines()
    assert [json.loads(one)["action"] for one in lines] == ["hook.edited"] * 3
    first = api.get("/audit", target="hok_1", limit=2).json
    rest = api.get("/audit", target="hok_1", cursor=first["next"]).json
    assert [len(first["items"]), len(rest["items"]), rest["next"]] == [2, 1, None]
    late = (now() + timedelta(hours=1)).isoformat()
    assert api.get("/audit", since=late).json["items"] == []
    beyond = ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00")
    for wrong in ({"since": "x"}, {"subject": "x"}, *({"until": one} for one in beyond)):
        assert api.get("/audit", **wrong).status_code == 422, wrong
        assert admin.get(PATH, query_string=wrong).status_code == 200
    assert outside_api.get("/audit", target="hok_1").json["items"] == []


def test_a_program_says_why_in_a_header(api: Api, hook: Hook) -> None:
    headers = {"Audit-Reason": "%D8%B7%D9%84%D8%A8 client\x7f"}
    answer = api._send("DELETE", f"/hooks/{hook.id}", headers=headers)
    assert answer.status_code == 204
    entry = db.session.query(AuditEntry).filter_by(action="hook.deleted").one()
    assert (entry.reason, entry.actor, entry.key_id is None) == ("طلب client", "المنصة", False)


def test_a_change_that_changes_nothing_is_none(api: Api, hook: Hook) -> None:
    api.post("/policies", {"name": "ليلي", "slug": "night"})
    before = db.session.query(AuditEntry).count()
    api.patch("/policies/night", {"name": "ليلي"})
    api.patch(f"/hooks/{hook.id}", {"name": hook.name})
    assert db.session.query(AuditEntry).count() == before


def test_every_change_through_the_api_leaves_an_entry(api: Api) -> None:
    made = api.post("/hooks", {"name": "أ", "url": "https://a.example", "event_types": ["a.b"]})
    assert made.status_code == 422
    hook = factories.make_hook(name="أ")
    trigger = factories.make_trigger()
    api.post("/policies", {"name": "ليلي", "slug": "night"})
    api.post("/event-types", {"key": "own.type", "label": "نوع"})
    acts = [
        ("PATCH", f"/hooks/{hook.id}", {"enabled": False}, "hook.switched_off"),
        ("PATCH", f"/hooks/{hook.id}", {"headers": {"A": "b"}}, "hook.edited"),
        ("POST", f"/hooks/{hook.id}/secret/rotate", {}, "secret.rotated"),
        ("PATCH", f"/triggers/{trigger.id}", {"enabled": False}, "trigger.switched_off"),
        ("PATCH", f"/triggers/{trigger.id}", {"mode": "sync"}, "trigger.changed"),
        ("POST", f"/triggers/{trigger.id}/token/replace", {}, "trigger.address_replaced"),
        ("PATCH", "/policies/night", {"in_flight": 3}, "policy.edited"),
        ("PATCH", "/event-types/own.type", {"label": "آخر"}, "event_type.edited"),
        ("POST", "/deliveries/resend", {"filter": {}}, "resend.started"),
        ("DELETE", f"/hooks/{hook.id}", None, "hook.deleted"),
        ("DELETE", f"/triggers/{trigger.id}", None, "trigger.deleted"),
        ("DELETE", "/policies/night", None, "policy.deleted"),
        ("DELETE", "/event-types/own.type", None, "event_type.deleted"),
    ]
    for method, path, body, action in acts:
        answer = api._send(method, path, **({} if body is None else {"json": body}))
        assert answer.status_code < 300, (path, answer.text)
        newest = db.session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
        assert newest.action == action, path


def test_a_key_that_is_called_as_a_person_is_shown_as_a_key(
    admin: Browser, client: Browser, account: Account, hook: Hook
) -> None:
    posing = Api(client, factories.make_key(account, "admin@nour.example"))
    assert posing.patch(f"/hooks/{hook.id}", {"enabled": False}).status_code == 200
    by_key = db.session.query(AuditEntry).filter_by(action="hook.switched_off").one()
    by_person = db.session.query(AuditEntry).filter_by(action="session.signed_in").one()
    page = admin.get(PATH).text
    heads = {entry: page.partition(f'id="{entry}"')[2] for entry in (by_key.id, by_person.id)}
    lines = [head.partition('<p class="second-line">')[2][:9] for head in heads.values()]
    assert (lines[0], lines[1] == lines[0]) == ("المفتاح «", False)
    rows = list(csv.reader(io.StringIO(admin.get(f"{PATH}/export.csv").text)))
    names = {row[2]: row[5] for row in rows}
    assert names["hook.switched_off"] == "المفتاح «admin@nour.example»"
    assert names["session.signed_in"] == "admin@nour.example"
    for doer, action in ((by_key.key_id, by_key.action), (by_person.person_id, by_person.action)):
        assert f'<option value="{doer}">' in page
        part = admin.get(PATH, query_string={"actor": doer}).text
        states = [one.action for one in (by_key, by_person) if f'"{one.action}"' in part]
        assert states == [action]


def test_what_is_deleted_stands_on_record_as_it_was(
    admin: Browser, account: Account, api: Api, hook: Hook
) -> None:
    trigger = factories.make_trigger()
    api.post("/policies", {"name": "ليلي", "slug": "night", "in_flight": 3})
    api.post("/event-types", {"key": "own.type", "label": "نوع", "example": {"a": 1}})
    before = {}
    for path in (f"hooks/{hook.id}", f"triggers/{trigger.id}", "policies/night"):
        assert api.delete(f"/{path}").status_code == 204
        before[path[:4]] = db.session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
    assert api.delete("/event-types/own.type").status_code == 204
    kind = db.session.query(AuditEntry).filter_by(action="event_type.deleted").one().before
    hooks, triggers, policy = (entry.before for entry in before.values())
    assert (hooks["url"], hooks["enabled"]) == ("http://127.0.0.1:9/hook", True)
    assert hooks["headers"] == {"X-Key": HIDDEN}
    assert (triggers["name"], triggers["enabled"], triggers["mode"]) == (
        trigger.name,
        True,
        "async",
    )
    made = db.session.query(AuditEntry).filter_by(action="trigger.created").one()
    assert made.after == triggers
    assert (policy["name"], policy["in_flight"]) == ("ليلي", 3)
    assert (kind["label"], kind["example"]) == ("نوع", {"a": 1})
    text = admin.get(PATH).text
    assert ("طريقة الرد" in text, "غير متزامن" in text, "s3cret" in text) == (True, True, False)


def test_a_hook_whose_headers_no_key_opens_is_deleted_and_on_record(
    account: Account, hook: Hook
) -> None:
    with writing() as session:
        session.get_one(Hook, hook.id).headers_sealed = "not sealed by any key"
    delete_hook(hook.id, factories.make_actor(account))
    entry = db.session.query(AuditEntry).filter_by(action="hook.deleted").one()
    assert (entry.before["name"], entry.before["headers"]) == ("طلبات", {})
