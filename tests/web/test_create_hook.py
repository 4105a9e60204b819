"""Making a hook, through the API and through the page."""

from typing import Any

import pytest

from portal.extensions import db, vault
from portal.models import Account, Hook, HookSecret
from tests import factories
from tests.clients import Api, Browser
from tests.web.html import HTMX, read

PATH = "/settings/webhooks"
NEW = f"{PATH}/new"
HOOK = {
    "name": "متجر النور",
    "url": "https://hooks.example.com/in",
    "event_types": ["contact.created"],
}

# What may be wrong with a hook, and where that is said.
WRONG = [
    ({"name": "  "}, "/name", "required"),
    ({"name": "ن" * 201}, "/name", "bad_length"),
    ({"name": 7}, "/name", "not_a_text"),
    ({"description": "و" * 2001}, "/description", "bad_length"),
    ({"event_types": []}, "/event_types", "no_event_type"),
    ({"event_types": "contact.created"}, "/event_types", "not_texts"),
    ({"event_types": ["contact.created", "x.y"]}, "/event_types/1", "unknown_event_type"),
    ({"policy": "fast"}, "/policy", "unknown_policy"),
    ({"url": ""}, "/url", "required"),
    ({"url": "hooks.example.com"}, "/url", "invalid_url"),
    ({"url": "https://exa mple.com"}, "/url", "invalid_url"),
    ({"url": "https://user:pw@example.com/"}, "/url", "invalid_url"),
    ({"url": "https://example.com/" + "x" * 2048}, "/url", "bad_length"),
    ({"url": "ftp://example.com/"}, "/url", "blocked_scheme_or_port"),
    ({"url": "javascript:alert(1)"}, "/url", "invalid_url"),
    ({"url": "https://example.com:22/"}, "/url", "blocked_scheme_or_port"),
    ({"url": "http://127.0.0.1:8080/"}, "/url", "blocked_private_address"),
    ({"url": "http://2130706433:8080/"}, "/url", "blocked_private_address"),
    ({"url": "http://[::1]:8080/"}, "/url", "blocked_private_address"),
    ({"url": "http://192.168.1.5/"}, "/url", "blocked_private_address"),
    ({"url": "http://169.254.169.254/latest"}, "/url", "blocked_private_address"),
    ({"url": "http://localhost:8080/"}, "/url", "blocked_private_address"),
    ({"secret": "short"}, "/secret", "weak_secret"),
    ({"secret": "whsec_not base64"}, "/secret", "bad_secret"),
    ({"headers": {"Host": "x"}}, "/headers/Host", "reserved_header"),
    ({"headers": {"webhook-id": "x"}}, "/headers/webhook-id", "reserved_header"),
    ({"headers": {"اسم": "x"}}, "/headers/اسم", "bad_header_name"),
    ({"headers": {"X-A": "سر"}}, "/headers/X-A", "bad_header_value"),
    ({"headers": {"X-A": "a\nX-B: b"}}, "/headers/X-A", "bad_header_value"),
    ({"headers": {"X-A": "1", "x-a": "2"}}, "/headers", "header_twice"),
    ({"headers": {f"X-{n}": "1" for n in range(21)}}, "/headers", "too_many_headers"),
    ({"headers": {"X-A": 1}}, "/headers", "not_a_text_map"),
    ({"signature": "rsa"}, "/signature", "unknown_signature"),
    ({"signature": "ed25519", "secret": "given by hand"}, "/secret", "secret_is_made"),
    ({"enabled": "yes"}, "/enabled", "not_a_flag"),
    ({"filter": []}, "/filter", "not_an_object"),
    (
        {"filter": {"all": [{"left": "body.a", "op": "exists"}]}},
        "/filter/all/0/left",
        "unknown_part",
    ),
    ({"filter": {"all": [{"left": "data.a", "op": "is"}]}}, "/filter/all/0/op", "unknown_choice"),
    (
        {"filter": {"all": [{"left": "data.a", "op": "eq", "right": "x" * 65536}]}},
        "/filter",
        "too_long",
    ),
]

NAMES = [
    "إشعارات المتجر 🛒 — النسخة ٢",
    "日本語 名前 Ελληνικά",
    "ن" * 200,
    "<script>alert(1)</script>",
    "\"quoted\" & 'single'",
    "{{ 7 * 7 }} {% raw %}",
]
URLS = [
    "https://مثال.إختبار/مسار؟س=١",
    "https://例え.テスト/パス",
    "https://example.com/a%20b/%F0%9F%9B%92?q=1&r=%22",
    "https://example.com/<img src=x>".replace(" ", "%20"),
    "https://xn--mgbh0fb.xn--kgbechtv/",
    "https://example.com/" + "x" * (2048 - 20),
]


def hooks() -> int:
    """How many hooks are stored."""
    return db.session.query(Hook).count()


def test_a_hook_is_made_with_what_was_given_and_defaults(api: Api, account: Account) -> None:
    answer = api.post("/hooks", HOOK)
    assert answer.status_code == 201
    made = answer.json
    assert made.pop("id").startswith("hok_")
    assert made.pop("created_at").endswith("Z")
    assert made.pop("secret").startswith("whsec_")
    assert made == {
        **HOOK,
        "description": "",
        "policy": "simple",
        "headers": {},
        "enabled": True,
        "signature": "hmac",
        "filter": None,
        "state": "on",
        "switch_off_at": None,
    }


def test_everything_can_be_given(api: Api) -> None:
    wanted = HOOK | {
        "description": "إلى نظام الـ CRM",
        "event_types": ["contact.created", "message.received"],
        "policy": "ordered",
        "headers": {"Authorization": "Bearer x", "X-Source": "khuttaf"},
        "secret": "a secret of our own",
        "enabled": False,
    }
    made = api.post("/hooks", wanted).json
    assert wanted.items() <= made.items()
    assert made["state"] == "off"


def test_the_secret_is_sealed_and_shown_only_in_the_answer_that_made_it(api: Api) -> None:
    made = api.post("/hooks", HOOK).json
    assert "secret" not in api.get(f"/hooks/{made['id']}").json
    assert "secret" not in api.patch(f"/hooks/{made['id']}", {}).json
    assert "secret" not in api.get("/hooks").json["items"][0]
    sealed = db.session.query(HookSecret).one().sealed
    assert made["secret"] not in sealed
    assert vault().open(sealed) == made["secret"]


def test_an_ed25519_hook_shows_its_public_key(api: Api) -> None:
    made = api.post("/hooks", HOOK | {"signature": "ed25519"}).json
    assert made["secret"].startswith("whsk_")
    assert api.get(f"/hooks/{made['id']}").json["public_key"].startswith("whpk_")


@pytest.mark.settings(PORTAL_ALLOWED_NETWORKS="", PORTAL_ALLOWED_PORTS="80,443,8080")
def test_what_is_wrong_is_named(api: Api) -> None:
    for changes, pointer, code in WRONG:
        answer = api.post("/hooks", HOOK | changes)
        said = [(error["pointer"], error["code"]) for error in answer.json["errors"]]
        assert (answer.status_code, said) == (422, [(pointer, code)]), changes
    assert hooks() == 0


def test_everything_that_is_wrong_is_said_at_once(api: Api) -> None:
    answer = api.post("/hooks", {})
    pointers = [error["pointer"] for error in answer.json["errors"]]
    assert pointers == ["/name", "/event_types", "/url"]


def test_a_body_that_is_no_object_is_refused(api: Api) -> None:
    assert api.post("/hooks", []).status_code == 422
    assert api.post("/hooks", "{").status_code == 400
    assert api.post("/hooks", data="{}", content_type="text/plain").status_code == 415
    assert api.post("/hooks", HOOK | {"description": "x" * 300_000}).status_code == 413


def test_two_living_hooks_never_look_alike(api: Api, outside_api: Api, account: Account) -> None:
    first = api.post("/hooks", HOOK | {"name": "إشعارات المتجر"})
    for name in ("إشعارات المتجر", "  اشعارات   المتجر ", "إشعاراتُ المتجرـ"):
        answer = api.post("/hooks", HOOK | {"name": name})
        assert answer.json["errors"][0]["code"] == "name_taken", name
    assert outside_api.post("/hooks", HOOK | {"name": "إشعارات المتجر"}).status_code == 201
    api.delete(f"/hooks/{first.json['id']}")
    assert api.post("/hooks", HOOK | {"name": "إشعارات المتجر"}).status_code == 201


def test_names_and_urls_of_any_script_survive(api: Api, admin: Browser) -> None:
    for name, url in zip(NAMES, URLS, strict=True):
        made = api.post("/hooks", HOOK | {"name": name, "url": url})
        assert made.status_code == 201, made.text
        read_again = api.get(f"/hooks/{made.json['id']}").json
        assert (read_again["name"], read_again["url"]) == (name, url)
        page = read(admin.get(f"{PATH}/{made.json['id']}").text)
        assert name in page.text
        assert url in page.text
    page = read(admin.get(PATH).text)
    assert all(name in page.text for name in NAMES)
    assert not [script for script in page.all("script") if "src" not in script]
    assert not page.all("img")


def test_marks_that_turn_a_line_around_are_shown_by_name(api: Api, admin: Browser) -> None:
    made = api.post("/hooks", HOOK | {"name": "متجر\u202eevil\u2066", "url": HOOK["url"]}).json
    for path in (PATH, f"{PATH}/{made['id']}", f"{PATH}/{made['id']}/delete"):
        page = admin.get(path).text.partition("<main")[2]
        assert "\\u202E" in page
        assert "\\u2066" in page


def fields(**changes: Any) -> dict[str, Any]:
    """What the page's form sends."""
    return {**HOOK, "policy": "simple", "enabled": "1", **changes}


def test_the_page_makes_a_hook_and_shows_its_secret_once(admin: Browser, api: Api) -> None:
    answer = admin.submit(NEW, fields(headers="X-Source: khuttaf\r\n\r\nX-Two:  2 "))
    assert answer.status_code == 303
    shown = read(admin.get(answer.location).text)
    assert "تم إنشاء الخطاف." in shown.text
    assert "لن نتمكن من عرضه مرة أخرى" in shown.text
    secret = shown.text.partition("whsec_")[2].partition(" ")[0]
    assert len(secret) >= 32
    assert secret not in admin.get(answer.location).text
    [made] = api.get("/hooks").json["items"]
    assert made["headers"] == {"X-Source": "khuttaf", "X-Two": "2"}
    assert made["enabled"] is True


def test_htmx_is_sent_to_the_new_hook(staff: Browser) -> None:
    answer = staff.submit(NEW, fields(), headers=HTMX)
    assert (answer.status_code, answer.text) == (204, "")
    assert staff.get(answer.headers["HX-Redirect"]).status_code == 200


def test_a_hook_may_be_made_switched_off(admin: Browser, api: Api) -> None:
    for n, enabled in enumerate(({}, {"enabled": "0"}, {"enabled": "false"})):
        sent = {**fields(name=f"خطاف {n}"), "enabled": None} | enabled
        answer = admin.submit(NEW, {name: value for name, value in sent.items() if value})
        assert answer.status_code == 303
    assert {hook["enabled"] for hook in api.get("/hooks").json["items"]} == {False}


@pytest.mark.settings(PORTAL_ALLOWED_NETWORKS="")
def test_the_page_says_beside_each_field_what_is_wrong(admin: Browser) -> None:
    factories.make_hook("https://example.com/", name="مأخوذ")
    wrong = {
        "name": ("مأخوذ", "يوجد سجل آخر بهذا الاسم"),
        "event_types": ("no.such", "نوع الحدث no.such غير موجود"),
        "policy": ("fast", "هذه السياسة غير موجودة"),
        "url": ("http://10.0.0.1/", "لا يمكن استخدام عنوان داخلي أو خاص"),
        "secret": ("short", "طول رمز الأمان من 8 أحرف إلى 256 حرفًا"),
        "headers": ("Host: x\nno colon", "لا يمكن تعديل الرأس Host"),
        "description": ("و" * 2001, "الحد الأقصى: 2000"),
    }
    answer = admin.submit(NEW, fields(**{name: value for name, (value, _) in wrong.items()}))
    assert answer.status_code == 422
    page = read(answer.text)
    assert "تعذّر الحفظ: راجع الحقول التالية." in page.text
    for name, (_, sentence) in wrong.items():
        beside = answer.text.partition(f'id="{name}-error"')[2].partition("</p>")[0]
        assert sentence in read(f"<p>{beside}").text, name
    assert page.one("input", name="url")["value"] == "http://10.0.0.1/"
    assert page.one("input", name="url")["aria-invalid"] == "true"
    assert hooks() == 1


def test_htmx_gets_the_form_alone_when_something_is_wrong(admin: Browser) -> None:
    answer = admin.submit(NEW, {}, headers=HTMX)
    assert answer.status_code == 422
    assert "HX-Request" in answer.headers["Vary"]
    assert answer.text.lstrip().startswith('<form id="hook-form"')
    assert "<html" not in answer.text


def test_what_was_typed_is_shown_again_escaped(admin: Browser) -> None:
    typed = fields(name='"><script>x</script>', url="https://<b>/", headers="<i>: </textarea><b>")
    answer = admin.submit(NEW, typed)
    page = read(answer.text)
    assert page.one("input", name="name")["value"] == typed["name"]
    assert not page.all("b")
    assert not [script for script in page.all("script") if "src" not in script]


def test_a_plain_http_hook_is_made_with_a_warning(admin: Browser) -> None:
    answer = admin.submit(NEW, fields(url="http://example.com/in"))
    assert answer.status_code == 303
    assert "هذا الرابط لا يشفّر البيانات." in read(admin.get(answer.location).text).text
    assert "دون تشفير" in read(admin.get(PATH).text).text


def test_the_form_offers_every_event_type_and_policy(admin: Browser, api: Api) -> None:
    page = read(admin.get(NEW).text)
    offered = {box["value"] for box in page.all("input", name="event_types")}
    assert offered == {kind["key"] for kind in api.get("/event-types").json["items"]}
    slugs = [radio["value"] for radio in page.all("input", name="policy")]
    assert slugs == [policy["slug"] for policy in api.get("/policies").json["items"]]
    assert "checked" in page.one("input", name="policy", value="simple")
    assert "checked" in page.one("input", name="enabled")
