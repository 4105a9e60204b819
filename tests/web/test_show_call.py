"""One call: what came, which check decided, what was read, tried and answered."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, update

from portal.extensions import db
from portal.models import Call, Event
from tests.clients import Api, Browser
from tests.outsiders import BASIC, GITHUB, SECRET, basic, signed
from tests.web.callers import call, latest, make_trigger, run_all, stripe_signed
from tests.web.html import HTMX, Page, read

Show = Callable[[dict[str, Any]], Page]


@pytest.fixture
def show(api: Api, admin: Browser) -> Show:
    """Reads the page of a trigger's newest call."""

    def shown(trigger: dict[str, Any]) -> Page:
        answer = admin.get(f"/calls/{latest(api, trigger)['id']}")
        assert answer.status_code == 200
        return read(answer.text)

    return shown


def steps(page: Page) -> list[str]:
    """How the steps of a call went, in their order."""
    return [step["data-step"] for step in page.all("li", class_="step")]


def test_an_accepted_call_shows_what_came_and_each_check(
    client: Browser, api: Api, app: Flask, show: Show
) -> None:
    trigger = make_trigger(
        api,
        variables={"body": [{"path": "order.id", "alias": "رقم الطلب"}, {"path": "gone"}]},
        rules=[{"name": "الكل", "publish": [{"type": "order.status", "data": {"id": 1}}]}],
        response={"status": 202, "headers": {"X-Kind": "good"}, "body": "شكرًا"},
    )
    call(client, trigger, {"order": {"id": 17}, "text": "<b>مرحبًا"}, query_string={"a": "1"})
    waiting = show(trigger)
    assert steps(waiting) == ["passed"] * 10 + ["waiting"]
    assert waiting.one("div", id="call")["hx-trigger"] == "every 2s"
    run_all(app)
    page = show(trigger)
    assert steps(page) == ["passed"] * 11
    assert "hx-get" not in page.one("div", id="call")
    for part in ("نفّذنا الاستدعاء بالقاعدة الكل", "<b>مرحبًا", "?a=1", "رددنا بالرمز 202"):
        assert part in page.text
    for part in ("رقم الطلب", "body.order.id", "17", "رقم", "غير موجود"):
        assert part in page.text
    for part in ("X-Kind", "شكرًا", "نُشر: حدث واحد.", "طابقت"):
        assert part in page.text
    assert not page.all("b")


def test_a_reader_of_a_waiting_run_is_answered_when_it_has_ended(
    client: Browser, api: Api, app: Flask, admin: Browser, show: Show
) -> None:
    trigger = make_trigger(api)
    call(client, trigger)
    poll = show(trigger).one("div", id="call")["hx-get"]
    assert admin.get(poll, headers=HTMX).status_code == 204
    run_all(app)
    answer = admin.get(poll, headers=HTMX)
    assert answer.text.lstrip().startswith('<div id="call"')
    assert "hx-trigger" not in read(answer.text).one("div", id="call")


@pytest.mark.parametrize(
    ("auth", "sent", "said", "passed"),
    [
        ({}, {"method": "PUT"}, ("بطريقة PUT", "قبل قراءة نصه", "فريق النظام الخارجي"), 0),
        ({}, {"body": b"x" * 99}, ("نص الطلب أكبر من الحد", "64 بايت", "413"), 1),
        (BASIC, {}, ("بلا اسم مستخدم", "401"), 4),
        (BASIC, {"headers": {"Authorization": "Basic !"}}, ("بيانات المصادقة غير مقروءة",), 4),
        (BASIC, {"headers": basic("نورة", "لا")}, ("كلمة المرور غير صحيح", "أنت"), 4),
        ({}, {"headers": {"Content-Type": "text/xml"}}, ("text/xml", "415"), 5),
        ({}, {"headers": {"Content-Encoding": "gzip"}}, ("مضغوط",), 5),
        ({}, {"body": b""}, ("نص الطلب فارغ", "400"), 6),
        ({}, {"body": b'{\n"a": }'}, ("السطر 2", "العمود 6"), 6),
        ({}, {"body": b'{"a": "\xff"}'}, ("ترميز النص ليس UTF-8", "بايتات لا تُعرض"), 6),
        ({}, {"body": b'{"a": 1, "a": 2}'}, ("مفتاح مكرّر",), 6),
    ],
)
def test_a_refusal_names_the_check_the_reason_and_what_to_do(
    client: Browser,
    api: Api,
    show: Show,
    auth: dict[str, Any],
    sent: dict[str, Any],
    said: tuple[str, ...],
    passed: int,
) -> None:
    trigger = make_trigger(api, auth=auth or {"kind": "none"}, limits={"body_bytes": 64})
    assert call(client, trigger, **sent).status_code >= 400
    page = show(trigger)
    assert steps(page)[: passed + 1] == ["passed"] * passed + ["refused"]
    assert set(steps(page)[passed + 1 : -1]) <= {"unreached"}
    for part in ("رفضنا هذا الاستدعاء", "الخطوة التالية", "من يعالجها:", *said):
        assert part in page.text, part
    assert not page.all("form", action=f"/calls/{latest(api, trigger)['id']}/replay")


def test_strangers_by_address_and_by_number_are_told_apart(
    client: Browser, api: Api, show: Show
) -> None:
    trigger = make_trigger(api, limits={"addresses": ["192.0.2.7"]})
    call(client, trigger)
    page = show(trigger)
    assert steps(page)[:3] == ["passed", "passed", "refused"]
    assert "جاء الطلب من العنوان 127.0.0.1" in page.text
    trigger = make_trigger(api, limits={"per_minute": 1})
    assert [call(client, trigger).status_code for _ in range(2)] == [200, 429]
    page = show(trigger)
    assert steps(page)[3] == "refused"
    assert "الطلبات أكثر من حدّ المعدّل" in page.text


def test_a_call_signed_with_the_secret_before_is_let_in_with_a_warning(
    client: Browser, api: Api, show: Show
) -> None:
    trigger = make_trigger(api, auth=GITHUB | {"secret": "a new secret", "previous_secret": SECRET})
    assert call(client, trigger, b"{}", headers=signed(b"{}")).status_code == 200
    assert "وُقّع الطلب برمز الأمان السابق." in show(trigger).text


def test_a_wrong_signature_is_explained_by_its_likely_cause(
    client: Browser, api: Api, show: Show
) -> None:
    body = b'{"id": 1}'
    trigger = make_trigger(api, auth=GITHUB | {"preset": "stripe"})
    call(client, trigger, body, headers=stripe_signed(body, int(time.time()) - 420))
    page = show(trigger)
    assert "ساعة النظام الخارجي تختلف عن ساعتنا" in page.text
    assert "فرق الساعة: 7 دقائق" in page.text
    call(client, trigger, body, headers={**signed(body), "X-GitHub-Event": "push"})
    assert "التوقيع يطابق إعداد GitHub لا Stripe" in show(trigger).text
    trigger = make_trigger(api, auth=GITHUB)
    call(client, trigger, body, headers=signed(body + b"\n"))
    assert "يطابق التوقيع النص نفسه وفي آخره سطر جديد" in show(trigger).text
    call(client, trigger, body, headers=signed(body, "another"))
    page = show(trigger)
    assert "التوقيع لا يطابق" in page.text
    assert "انسخ رمز الأمان من النظام الخارجي" in page.text
    assert "السبب الأرجح" not in page.text


def test_a_secret_that_has_ended_is_recognised(client: Browser, api: Api, show: Show) -> None:
    trigger = make_trigger(api, auth=GITHUB)
    changed = GITHUB | {"secret": "the secret that followed", "previous_secret": None}
    assert api.patch(f"/triggers/{trigger['id']}", {"auth": changed}).status_code == 200
    assert call(client, trigger, b"{}", headers=signed(b"{}")).status_code == 401
    page = show(trigger)
    assert "السبب الأرجح" in page.text
    assert "وُقّع الطلب برمز الأمان السابق." in page.text


def test_repeats_say_how_often_it_came_and_that_it_ran_once(
    client: Browser, api: Api, admin: Browser, app: Flask, show: Show
) -> None:
    trigger = make_trigger(api, dedupe={"from": "body:id"})
    call(client, trigger, {"id": "o-17"})
    first = latest(api, trigger)["id"]
    run_all(app)
    for _ in range(2):
        call(client, trigger, {"id": "o-17"})
    page = show(trigger)
    assert "وصل 3 مرات، ونُفّذ مرة واحدة." in page.text
    assert f"/calls/{first}" in page.links()
    assert "repeated" in steps(page)
    page = read(admin.get(f"/calls/{first}").text)
    assert "وصل 3 مرات، ونُفّذ مرة واحدة." in page.text
    assert "o-17" in page.text


def test_a_repeat_outlives_the_call_that_it_repeats(client: Browser, api: Api, show: Show) -> None:
    trigger = make_trigger(api, dedupe={"from": "body:id"})
    call(client, trigger, {"id": 1})
    first = latest(api, trigger)["id"]
    call(client, trigger, {"id": 1})
    db.session.delete(db.session.get_one(Call, first))
    db.session.commit()
    assert "انتهت مدة الاحتفاظ بالاستدعاء الأول." in show(trigger).text


def test_a_handshake_of_moyasar_shows_the_code_to_type_there(
    client: Browser, api: Api, show: Show
) -> None:
    trigger = make_trigger(api, auth=GITHUB | {"preset": "moyasar"})
    body = {
        "type": "webhook_verification",
        "secret_token": SECRET,
        "data": {"verification_code": "481516"},
    }
    assert call(client, trigger, body).status_code == 200
    page = show(trigger)
    assert "تحقق ميسر من الرابط." in page.text
    assert page.all("button", data_copy="481516")
    assert SECRET not in page.text
    assert not page.all("form", action=f"/calls/{latest(api, trigger)['id']}/replay")


def test_rules_show_every_value_that_was_compared(client: Browser, api: Api, show: Show) -> None:
    trigger = make_trigger(api)
    call(client, trigger, {"order": {"status": "paid"}})
    seen = {
        "path": "body.order.status", "op": "eq", "left": "paid", "left_type": "text",
        "right": "refunded", "right_type": "text", "coercion": "number", "result": "not_met",
        "code": None,
    }  # fmt: skip
    rules = [
        {"rule": "الأولى", "number": 1, "result": "not_met", "when": {"result": "not_met", "all": [
            {"result": "not_met", "any": [seen, seen | {"result": "not_reached"}]}
        ]}},
        {"rule": "الثانية", "number": 2, "result": "error", "when": {"result": "error", "all": [
            seen | {"op": "gt", "result": "error", "code": "not_comparable", "left": {"a": [1]}}
        ]}},
        {"rule": "الثالثة", "number": 3, "result": "not_reached"},
    ]  # fmt: skip
    explained = json.dumps({"auth": {"kind": "none"}, "rules": rules})
    told(explanation=explained, run_state="failed", reason="condition_error")
    page = show(trigger)
    for part in ("body.order.status", "يساوي", '"refunded"', 'القيمة "paid" (نص)', "وقُرئت رقمًا"):
        assert part in page.text
    for part in ("لم نصل إليها", "أكبر من", "لا تُقارن هذه القيمة", '{ "a": [ 1 ] }', "أيّ مما يلي"):
        assert part in page.text
    assert "تعذّر التنفيذ: تعذّر تقييم شرط في إحدى القواعد." in page.text
    assert steps(page)[-1] == "failed"


def told(**columns: Any) -> None:
    """Change what is kept of the only call."""
    db.session.execute(update(Call).values(columns))
    db.session.commit()


@pytest.mark.parametrize(
    ("run_state", "said"),
    [("done", "واكتمل التنفيذ في الخلفية"), ("waiting", "مستمر"), ("failed", "تعذّر التنفيذ")],
)
def test_an_answer_at_the_deadline_says_that_the_run_went_on(
    client: Browser, api: Api, admin: Browser, show: Show, run_state: str, said: str
) -> None:
    trigger = make_trigger(api, mode="sync", rules=[{"name": "الكل"}])
    call(client, trigger)
    reason = "internal_error" if run_state == "failed" else None
    told(is_late=True, run_state=run_state, status=202, reason=reason)
    page = show(trigger)
    assert "انتهت مهلة الردّ قبل اكتمال القواعد، فرددنا بالرمز 202" in page.text
    assert said in page.text
    listed = admin.get(f"/triggers/{trigger['id']}/calls").text
    assert "رددنا عند انتهاء المهلة" in listed


def test_another_address_that_a_rule_asked_is_told_with_its_answer(
    client: Browser, api: Api, show: Show
) -> None:
    trigger = make_trigger(api)
    call(client, trigger)
    asked = [
        {"result": "answered", "status": 503, "duration_ms": 40},
        {"result": "failed", "error": "dns_failure", "duration_ms": 9},
        {"result": "not_made"},
    ]
    rules = [
        {"rule": f"قاعدة {number}", "number": number, "result": "met", "call": one}
        for number, one in enumerate(asked, start=1)
    ]
    explained = json.dumps({"auth": {"kind": "none"}, "rules": rules})
    told(explanation=explained, run_state="failed", reason="call_failed")
    page = show(trigger)
    for part in (
        "فردّ بالرمز 503 خلال 40 ملي ثانية",
        "ولم يردّ: تعذّر العثور على عنوان الخادم",
        "لم يُسأل العنوان الآخر",
        "لم يردّ العنوان الذي تسأله القاعدة",
    ):
        assert part in page.text


def test_what_was_asked_and_answered_is_shown(client: Browser, api: Api, show: Show) -> None:
    trigger = make_trigger(api)
    call(client, trigger)
    whole = {"as": "check", "url": "https://a.example/ask", "sent": '{"id": 7}'}
    whole |= {"result": "answered", "status": 200, "duration_ms": 4}
    asked = [
        whole | {"said": {"status": 200, "headers": {}, "body": {"known": "نعم"}}},
        whole | {"as": "long", "excerpt": "وهذا أوله"},
    ]
    rules = [
        {"rule": one["as"], "number": number, "result": "met", "call": one}
        for number, one in enumerate(asked, start=1)
    ]
    told(explanation=json.dumps({"rules": rules}), run_state="done")
    page = show(trigger)
    for part in ("https://a.example/ask", '"known"', "نعم", "calls.check.body", "وهذا أوله"):
        assert part in page.text


def test_what_was_published_is_shown_with_its_deliveries(
    client: Browser, api: Api, app: Flask, show: Show
) -> None:
    published = {"type": "order.status", "data": {"id": "{{ body.id }}"}}
    trigger = make_trigger(api, mode="sync", rules=[{"name": "الكل", "publish": [published] * 2}])
    call(client, trigger, {"id": 41})
    page = show(trigger)
    events = [one["data-id"] for one in page.all("div", class_="published")]
    assert len(events) == 2
    assert [f"/events/{event}" in page.links() for event in events] == [True, True]
    assert page.text.count('{ "id": 41 }') == 3
    db.session.execute(delete(Event))
    db.session.commit()
    assert "انتهت مدة الاحتفاظ بهذا الحدث" in show(trigger).text


def test_conditions_are_told_with_the_names_of_variables(
    client: Browser, api: Api, show: Show
) -> None:
    is_paid = {"left": "body.status", "op": "eq", "right": "paid"}
    trigger = make_trigger(
        api,
        mode="sync",
        variables={"body": [{"path": "status", "alias": "حالة الطلب"}]},
        rules=[{"name": "دُفع", "when": {"all": [is_paid]}}],
    )
    call(client, trigger, {"status": "late"})
    assert 'حالة الطلب body.status يساوي "paid"' in show(trigger).text


def test_a_call_that_is_not_answered_yet_says_so(client: Browser, api: Api, show: Show) -> None:
    trigger = make_trigger(api, mode="sync")
    call(client, trigger)
    told(status=None, answer=None, run_state="waiting", variables=None)
    page = show(trigger)
    assert "ننتظر نتيجة القواعد لنردّ." in page.text
    assert steps(page)[-3:] == ["waiting", "passed", "waiting"]


def test_a_query_that_is_too_large_is_refused_in_words(
    client: Browser, api: Api, show: Show
) -> None:
    trigger = make_trigger(api)
    query = "&".join(f"a{number}=1" for number in range(3000))
    assert call(client, trigger, query_string=query).status_code == 400
    assert "معاملات الاستعلام" in show(trigger).text


def test_a_sender_that_signs_nothing_is_let_in_without_talk_of_a_signature(
    client: Browser, api: Api, show: Show
) -> None:
    trigger = make_trigger(api, auth={"kind": "signature", "preset": "zid"})
    call(client, trigger)
    assert "لا يطلب المشغّل مصادقة." in show(trigger).text


def test_a_long_refused_body_says_how_much_of_it_is_kept(
    client: Browser, api: Api, show: Show
) -> None:
    trigger = make_trigger(api, auth=BASIC)
    call(client, trigger, {"text": "x" * 20_000})
    assert "وحفظنا أول 8 كيلوبايت منه" in show(trigger).text


def test_credentials_are_never_shown(client: Browser, api: Api, show: Show) -> None:
    trigger = make_trigger(api, auth=BASIC)
    call(client, trigger, headers=basic(BASIC["username"], BASIC["password"]))
    assert (
        basic(BASIC["username"], BASIC["password"])["Authorization"].split()[1]
        not in show(trigger).text
    )


def test_others_find_no_such_call(
    client: Browser, api: Api, support: Browser, outsider: Browser
) -> None:
    trigger = make_trigger(api)
    call(client, trigger)
    path = f"/calls/{latest(api, trigger)['id']}"
    assert support.get(path).status_code == 200
    for asked in (path, f"{path}/rehearsal", "/calls/cal_nothing"):
        assert outsider.get(asked).status_code == 404
    assert client.get(path).status_code == 303
