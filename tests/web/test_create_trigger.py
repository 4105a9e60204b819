"""Making a trigger on its page."""

from typing import Any

import pytest

from portal.models import Account
from tests.clients import Api, Browser
from tests.web.html import HTMX, read
from tests.web.sent import Fields, sent

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PATH = "/triggers"
NEW = f"{PATH}/new"


def filled(browser: Browser, **changes: Any) -> Fields:
    """What the page would send if only ``changes`` were typed into it."""
    return {**sent(browser.get(NEW).text, "trigger-form"), **changes}


def saved(browser: Browser, api: Api, **typed: Any) -> dict[str, Any]:
    """The trigger that the page makes of what was typed."""
    answer = browser.post(NEW, data=filled(browser, **{"name": "دفع"} | typed))
    assert answer.status_code == 303, answer.text
    [made] = api.get("/triggers").json["items"]
    return made


def test_a_name_and_a_mode_are_enough(staff: Browser, api: Api, account: Account) -> None:
    answer = staff.post(NEW, data=filled(staff, name="إشعارات الدفع"))
    assert answer.status_code == 303
    by_api = api.post("/triggers", {"name": "إشعارات الدفع"}).json
    [_, made] = api.get("/triggers").json["items"]
    assert answer.location == f"{PATH}/{made['id']}"
    apart = {"id", "url", "created_at", "updated_at"}
    assert {k: v for k, v in made.items() if k not in apart} == {
        k: v for k, v in by_api.items() if k not in apart
    }
    page = staff.get(answer.location).text
    assert "تم إنشاء المشغّل." in page
    assert made["url"] in page


def test_the_modes_are_explained_as_the_seed_does(staff: Browser, account: Account) -> None:
    text = read(staff.get(NEW).text).text
    assert "ينتظر اكتمال التنفيذ ثم يردّ" in text
    assert "يردّ فورًا ثم ينفّذ في الخلفية" in text


def test_mode_credentials_and_answers_can_be_chosen(
    staff: Browser, api: Api, account: Account
) -> None:
    made = saved(
        staff,
        api,
        mode="sync",
        enabled=[],
        auth="basic",
        username="khuttaf",
        password="سر طويل",
        response_status="٢٠١",
        response_headers="X-Source: khuttaf",
        response_body='{"id": "{{ body.order.id }}"}',
        on_error_status="502",
        has_accepted=[],
        deadline_seconds="٥",
    )
    assert (made["mode"], made["enabled"]) == ("sync", False)
    assert made["auth"] == {"kind": "basic", "username": "khuttaf", "has_password": True}
    assert made["response"] == {
        "status": 201,
        "headers": {"X-Source": "khuttaf"},
        "body": {"id": "{{ body.order.id }}"},
    }
    assert (made["on_error"]["status"], made["accepted"]) == (502, None)
    assert made["deadline_seconds"] == 5


def test_limits_can_be_chosen_in_arabic_digits(staff: Browser, api: Api, account: Account) -> None:
    made = saved(
        staff,
        api,
        body_kib="٠٫٥",
        per_minute="٦٠",
        addresses="203.0.113.0/24\n\n198.51.100.7",
        dedupe="body",
        dedupe_name="order.id",
    )
    assert made["limits"] == {
        "body_bytes": 512,
        "per_minute": 60,
        "addresses": ["203.0.113.0/24", "198.51.100.7/32"],
    }
    assert made["dedupe"] == {"from": "body:order.id"}


def test_variables_can_be_published_with_every_call(
    staff: Browser, api: Api, account: Account
) -> None:
    made = saved(
        staff,
        api,
        mode="sync",
        response_status="202",
        variables_headers_path=["X-Request-Id"],
        variables_headers_alias=["رقم الطلب"],
        variables_body_path=["order.id", ""],
        variables_body_alias=["الطلب", ""],
        publish="order.status",
        publish_data="variables",
    )
    assert made["variables"]["headers"] == [{"name": "X-Request-Id", "alias": "رقم الطلب"}]
    assert made["variables"]["body"] == [{"path": "order.id", "alias": "الطلب"}]
    [rule] = made["rules"]
    # The answer is what it would be without the rule.
    assert (rule["when"], rule["response"]) == (None, made["response"])
    data = {"رقم الطلب": "{{ headers.X-Request-Id }}", "الطلب": "{{ body.order.id }}"}
    assert rule["publish"] == [{"type": "order.status", "data": data}]


@pytest.mark.parametrize(
    ("typed", "is_json", "body"),
    [
        ('{"a": 1}', True, {"a": 1}),
        ("[1, 2]", True, [1, 2]),
        ("12", True, 12),
        ('"ok"', True, '"ok"'),
        ("ok", True, "ok"),
        ("", True, ""),
        ("{{ body.a }}", True, "{{ body.a }}"),
        ('{"a": 1}', False, '{"a": 1}'),
        ("سطر\r\nآخر", True, "سطر\nآخر"),
    ],
)
def test_a_body_that_is_json_is_sent_as_json_unless_told_otherwise(
    staff: Browser, api: Api, account: Account, typed: str, is_json: bool, body: Any
) -> None:
    box = {"response_json": ["1"] if is_json else []}
    made = saved(staff, api, response_body=typed, **box)
    assert made["response"]["body"] == body


# What may be typed wrong, and the field beside which that is said.
WRONG = [
    ({"name": " "}, "name", "هذا الحقل مطلوب."),
    ({"mode": "later"}, "mode", "اختر إحدى هذه القيم"),
    ({"auth": "basic", "password": "x"}, "username", "هذا الحقل مطلوب."),
    ({"auth": "basic", "username": "a:b", "password": "x"}, "username", "لا يُقبل الرمز (:)"),
    ({"auth": "basic", "username": "a"}, "password", "هذا الحقل مطلوب."),
    ({"auth": "signature", "preset": "github"}, "secret", "هذا الحقل مطلوب."),
    ({"auth": "signature", "preset": "custom", "secret": "x"}, "custom_header", "مطلوب"),
    (
        {"auth": "signature", "preset": "custom", "secret": "x", "custom_header": "X-S",
         "custom_signed": "{timestamp}", "custom_timestamp_header": "X-T"},
        "custom_signed",
        "يجب أن يشمل التوقيع نص الطلب.",
    ),
    (
        {"auth": "signature", "preset": "custom", "secret": "x", "custom_header": "X-S",
         "custom_timestamp_header": "X-T"},
        "custom_timestamp_header",
        "{timestamp}",
    ),
    ({"response_status": "كثير"}, "response_status", "من 200 إلى 599"),
    ({"response_status": "204"}, "response_body", "الاستجابة بالرمز 204 لا تحمل نصًا."),
    ({"response_headers": "بلا نقطتين"}, "response_headers", "Name: value"),
    ({"response_headers": "Set-Cookie: a=b"}, "response_headers", "لا يمكن إرسال الرأس Set-Cookie"),
    ({"response_headers": "Content-Type: text/html"}, "response_headers", "نوع المحتوى غير مقبول."),
    ({"response_body": '{"a": }'}, "response_body", "السطر 1، العمود 7"),
    ({"mode": "sync", "deadline_seconds": "121"}, "deadline_seconds", "من 1 إلى 120"),
    ({"mode": "sync", "accepted_status": "99"}, "accepted_status", "من 200 إلى 599"),
    ({"body_kib": "كبير"}, "body_kib", "من 1 إلى 10240"),
    ({"per_minute": "0"}, "per_minute", "من 1 إلى 100000"),
    ({"addresses": "203.0.113.0/24\nهنا"}, "addresses", "203.0.113.0/24"),
    ({"dedupe": "header"}, "dedupe_name", "حدّد ما يميّز التكرار"),
    ({"publish": "no.such"}, "publish", "نوع الحدث no.such غير موجود."),
    (
        {"variables_body_path": ["a..b"], "variables_body_alias": ["س"]},
        "variables_body-0",
        "المسار غير صحيح.",
    ),
    (
        {"variables_headers_path": ["X-A", "x-a"], "variables_headers_alias": ["", ""]},
        "variables_headers-1",
        "هذا المتغيّر مكرّر: x-a.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "field", "words"), WRONG)
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(
    staff: Browser, api: Api, account: Account, typed: dict[str, Any], field: str, words: str
) -> None:
    given = filled(staff, **{"name": "س"} | typed)
    for headers in ({}, HTMX):
        answer = staff.post(NEW, data=given, headers=headers)
        assert answer.status_code == 422
        assert ("<html" in answer.text) is (headers == {})
        page = read(answer.text)
        assert page.all("p", id=f"{field}-error")
        assert words in page.text
        assert "تعذّر الحفظ: راجع الحقول التالية." in page.text
        again = sent(answer.text, "trigger-form")
        unseen = {"csrf_token", "password", "secret", "mode", "publish"}
        for name in given.keys() & again.keys() - unseen:
            expected = given[name] if isinstance(given[name], list) else [given[name]]
            assert again[name] == expected, name
    assert api.get("/triggers").json["items"] == []


def test_a_section_with_something_wrong_stands_open(staff: Browser, account: Account) -> None:
    page = read(staff.post(NEW, data=filled(staff, name="س", per_minute="0")).text)
    assert "open" in page.one("details", id="fold-limits")
    assert "open" not in page.one("details", id="fold-auth")


def test_secrets_that_were_refused_are_not_sent_back(staff: Browser, account: Account) -> None:
    basic = filled(staff, name="", auth="basic", username="u", password="s3cret-word")
    signed = filled(staff, name="", auth="signature", preset="github", secret="s3cret-word")
    for given in (basic, signed, signed | {"previous_secret": "s3cret-word"}):
        answer = staff.post(NEW, data=given)
        assert answer.status_code == 422
        assert "s3cret-word" not in answer.text
        assert "فاكتبه من جديد" in answer.text


def test_zid_signs_nothing_and_the_page_says_what_to_do(
    staff: Browser, api: Api, account: Account
) -> None:
    assert "لا يوقّع زد استدعاءاته" in staff.get(NEW).text
    made = saved(staff, api, auth="signature", preset="zid")
    assert made["auth"]["preset"] == "zid"


def test_a_sender_brings_its_dedupe_and_its_deadline(
    staff: Browser, api: Api, account: Account
) -> None:
    made = saved(staff, api, mode="sync", auth="signature", preset="slack", secret="x" * 32)
    assert made["dedupe"] == {"from": "body:event_id"}
    assert made["deadline_seconds"] == 3


def test_support_makes_no_trigger(support: Browser, account: Account) -> None:
    assert support.get(NEW).status_code == 403
    token = sent(support.get("/").text, "none")
    assert support.submit(NEW, {"name": "س", **token}, page="/").status_code == 403
    assert NEW not in read(support.get(PATH).text).links()
