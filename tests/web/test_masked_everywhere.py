"""Masked values are nowhere: they are planted wherever a payload is kept, and every page and every
answer is asked for by those from whom they are hidden, and by those from whom they are not."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

from portal.domain.folding import latin_digits
from portal.domain.masking import MaskDraft, MaskKind
from portal.domain.states import Role
from portal.extensions import db
from portal.models import Account, Attempt, Call, Delivery, Event, PayloadMask
from portal.pipeline.masks import create_masks
from portal.pipeline.triggers import url_of
from portal.queries.masks import masks_for
from portal.web import seeing
from tests import factories
from tests.clients import Api, Browser
from tests.receiver import Answer, Receiver
from tests.web.everything import Ids
from tests.web.html import HTMX, read
from tests.web.sent import sent
from tests.web.test_access import path_of, routes

# Nothing here depends on the kind of database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PHONE, EMAIL, CARD = "+966555123456", "noura.canary@shop.example", "4222 3333 4444 5555"
CANARIES = ("5551234", "noura.canary", "4222333344")
PAYLOAD = {
    "customer": {"phone": PHONE, "email": EMAIL},
    "card": CARD,
    "text": f"جوالي ٠٥٥٥١٢٣٤٥٦ وبريدي {EMAIL}",
}
ECHOES = (
    Answer(
        500, {"content-type": "application/json", "x-echo": PHONE}, json.dumps(PAYLOAD).encode()
    ),
    Answer(200, {}, f"<p>0555 123 456, {EMAIL.replace('@', '%40')}, {CARD}</p>".encode()),
)
MASKS = tuple(
    MaskDraft(pattern, MaskKind(kind), (Role.SUPPORT, Role.STAFF))
    for pattern, kind in (
        ("customer.phone", "phone"),
        ("email", "email"),
        ("card", "card"),
        ("headers.X-Phone", "whole"),
        ("query.phone", "phone"),
        ("id", "whole"),
    )
)
RULE = {
    "name": "المعروف",
    "when": {
        "all": [
            {"left": "body.customer.phone", "op": "eq", "right": PHONE},
            {"left": "headers.X-Phone", "op": "contains", "right": "555"},
        ]
    },
    "publish": [{"type": "order.status", "data": {"id": "{{ body.customer.phone }}"}}],
    "response": {"status": 200, "headers": {"X-To": "{{ body.customer.phone }}"}},
}
VARIABLES = {
    "headers": [{"name": "X-Phone"}],
    "query": [{"path": "phone"}],
    "body": [{"path": "customer.phone"}, {"path": "customer"}, {"path": "text"}, {"path": "card"}],
}
OTHER_FILTER = {"all": [{"left": "data.customer.phone", "op": "eq", "right": "no"}]}


def leaks(text: str) -> list[str]:
    """The planted values that ``text`` holds, however they are written."""
    plain = re.sub(r"[\s().+-]|%20|%2B", "", latin_digits(text))
    return [canary for canary in CANARIES if canary in plain]


@pytest.fixture
def planted(
    ids: Ids,  # noqa: F811
    account: Account,
    api: Api,
    client: Browser,
    receiver: Receiver,
    drain: Callable[[], int],
) -> Ids:
    """What :func:`ids` has, with the values in all of it; masks hide them from all but admins."""
    hook = factories.make_hook(f"{receiver.url}/echo", ["message.received"])
    kept = factories.make_hook(f"{receiver.url}/kept", ["message.received"], filter=OTHER_FILTER)
    for place, echo in enumerate(reversed(ECHOES)):
        receiver.answer(echo)
        body = {"type": "message.received", "data": PAYLOAD, "id": f"order-966555123456-{place}"}
        event_id = api.post("/events", body).json["id"]
        drain()
    delivery = db.session.query(Delivery).filter_by(event_id=event_id, hook_id=hook.id).one()
    attempt = db.session.query(Attempt).filter_by(delivery_id=delivery.id).one()
    trigger = called(account, client, {"ok": "{{ body }}"})
    text = called(account, client, "<p>إلى {{ body.customer.phone }}</p>")
    token = ids["token"]
    client.post(f"/sandbox/{token}", data=json.dumps({"type": "x", "data": PAYLOAD}))
    create_masks(MASKS, factories.make_actor(account))
    return ids | {
        "hook_id": hook.id,
        "filtered_id": kept.id,
        "event_id": event_id,
        "delivery_id": delivery.id,
        "attempt_id": attempt.id,
        "trigger_id": trigger,
        "call_id": call_of(trigger),
        "text_call": call_of(text),
        "mask_id": db.session.query(PayloadMask).first().id,
        "key": "message.received",
    }


def called(account: Account, client: Browser, body: Any) -> str:
    """The id of a trigger with a rule that echoes ``body``, called once."""
    rule = {**RULE, "response": {**RULE["response"], "body": body}}
    trigger = factories.make_trigger(
        account,
        mode="sync",
        rules=[rule],
        variables=VARIABLES,
        dedupe={"from": "header:X-Phone"},
    )
    headers = {"X-Phone": PHONE, "Content-Type": "application/json"}
    path = urlsplit(url_of(trigger)).path
    answer = client.post(
        f"{path}?phone=%2B966555123456&q=1", data=json.dumps(PAYLOAD), headers=headers
    )
    assert answer.status_code == 200
    assert leaks(answer.text)
    return trigger.id


def call_of(trigger_id: str) -> str:
    """The id of the call of a trigger."""
    db.session.rollback()
    return db.session.query(Call).filter_by(trigger_id=trigger_id).one().id


def pages(app: Flask, known: Ids) -> Iterator[str]:
    """The address of every page, and of those that show more when they are asked to."""
    for rule, method in routes(app, api=False):
        if method == "GET":
            yield path_of(rule, known)
    yield f"/calls/{known['text_call']}"
    yield f"/calls/{known['text_call']}/rehearsal"
    yield f"/triggers/{known['trigger_id']}/try?call={known['call_id']}"
    yield f"/triggers/{known['trigger_id']}/calls/replay?rehearse=1"
    yield f"/settings/webhooks/{known['hook_id']}/test?source={known['event_id']}"
    yield from (f"/deliveries/{one.id}" for one in db.session.query(Delivery))
    yield from (f"/events/{one.id}" for one in db.session.query(Event))


SHOW_ALL = (
    "/deliveries/{delivery_id}",
    "/events/{event_id}",
    "/events/{event_id}/data",
    "/events",
    "/deliveries/{delivery_id}/attempts/{attempt_id}/request",
    "/deliveries/{delivery_id}/attempts/{attempt_id}/response",
    "/deliveries/export.csv",
    "/deliveries/export.ndjson",
    "/calls/{call_id}",
    "/calls/{text_call}",
    "/calls/{call_id}/rehearsal",
    "/sandbox/{token}",
    "/triggers/{trigger_id}/try?call={call_id}",
    "/settings/webhooks/{hook_id}/test?source={event_id}",
)


@pytest.mark.parametrize("role", ["support", "staff"])
def test_no_page_shows_a_masked_value(
    app: Flask, planted: Ids, signed_in: Callable[..., Browser], account: Account, role: str
) -> None:
    browser = signed_in(role, account)
    for path in list(pages(app, planted)):
        for headers in ({}, HTMX):
            answer = browser.get(path, headers=headers)
            assert answer.status_code < 500, path
            # What the rule itself says is no payload.
            assert leaks(without_rules(path, answer.text)) == [], path


def test_no_button_that_only_shows_something_shows_a_masked_value(
    planted: Ids, staff: Browser, admin: Browser
) -> None:
    trigger = f"/triggers/{planted['trigger_id']}"
    # A mask on an "id" would hide the form's own, were a whole page masked and not its payloads.
    buttons = [
        (f"{trigger}/edit", "trigger-form", {"action": "take:call"}),
        (f"{trigger}/rules/1/edit", "rule-form", {"action": "take"}),
        (f"{trigger}/rules/1/edit", "rule-form", {"action": "preview", "status": "201"}),
        (f"{trigger}/try", "rehearsal-form", {"action": "take", "call": planted["call_id"]}),
        (f"/settings/webhooks/{planted['filtered_id']}/filter", "filter-form", {"action": "try"}),
    ]
    for path, form, pressed in buttons:
        for browser, is_seen in ((staff, False), (admin, True)):
            page = browser.get(path).text
            given = {**sent(page, form), **pressed}
            answer = browser.post(path, data=given)
            assert answer.status_code == 200, (path, pressed)
            if not is_seen:
                assert leaks(without_rules(path, answer.text)) == [], (path, pressed)


def without_rules(path: str, text: str) -> str:
    """The page at ``path`` without the configuration of rules, which holds a number as well."""
    is_rule = re.search(r"/triggers/\w+(/rules|/versions|/edit|$)", path)
    return text.replace(PHONE, "").replace("555123456", "") if is_rule else text


def test_an_admin_sees_all_of_it(planted: Ids, admin: Browser) -> None:
    for path in SHOW_ALL:
        path = path.format(**planted)
        assert leaks(admin.get(path).text), path
        assert "masked" not in admin.get(path).text, path


@pytest.fixture
def masked_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys see no more than support does."""
    monkeypatch.setattr(seeing, "masks_for", lambda of, _role: masks_for(of, Role.SUPPORT))


def calls_of_api(known: Ids) -> Iterator[tuple[str, str, Any]]:
    """What answers with parts of payloads without being asked by GET."""
    trigger, call = known["trigger_id"], known["call_id"]
    yield "POST", f"/calls/{call}/replay", {"rehearse": True}
    yield "POST", f"/triggers/{trigger}/replay", {"filter": {}, "rehearse": True}
    changed = [{**RULE, "response": {"body": "{{ body.customer.phone }}"}}]
    yield "POST", f"/triggers/{trigger}/preview", {"rules": changed}


def test_no_answer_of_the_api_shows_a_masked_value(
    app: Flask, planted: Ids, api: Api, masked_key: None
) -> None:
    gets = [path_of(rule, planted) for rule, method in routes(app, api=True) if method == "GET"]
    asked = [("GET", path.removeprefix("/api/v1"), None) for path in gets]
    for method, path, body in [*asked, *calls_of_api(planted)]:
        answer = api.post(path, body) if method == "POST" else api.get(path)
        assert answer.status_code < 300, path
        shown = re.sub(r'"right": "[^"]*"', "", answer.text) if "/triggers" in path else answer.text
        assert leaks(shown) == [], path
        if re.search("/(events|deliveries|calls)/|replay|preview", path):
            assert answer.headers["Masked"] == "true", path


def test_a_key_of_an_admin_gets_all_of_it(planted: Ids, api: Api) -> None:
    for path in ("/deliveries/{delivery_id}", "/events/{event_id}", "/calls/{call_id}"):
        answer = api.get(path.format(**planted))
        assert leaks(answer.text), path
        assert "Masked" not in answer.headers


@pytest.mark.parametrize("q", [PHONE, "0555123456"[1:], "5551234", "noura.canary", "4222 3333"])
def test_nobody_finds_by_what_is_hidden_from_them(
    planted: Ids, support: Browser, admin: Browser, q: str
) -> None:
    found = admin.get("/deliveries", query_string={"q": q}).text
    assert planted["delivery_id"] in found
    assert read(support.get("/deliveries", query_string={"q": q}).text).rows == []
    for path in ("/deliveries/export.csv", "/deliveries/export.ndjson"):
        answer = support.get(path, query_string={"q": q}).text
        assert planted["delivery_id"] not in answer, path
    calls = f"/triggers/{planted['trigger_id']}/calls"
    assert planted["call_id"] not in support.get(calls, query_string={"q": q}).text
    fresh = support.get("/deliveries/fresh", query_string={"q": q, "after": "dlv_0"}, headers=HTMX)
    assert "ظهرت" not in fresh.text
    resend = support.get("/resends/new", query_string={"q": q})
    assert resend.status_code == 303


def test_what_is_seen_is_found(planted: Ids, support: Browser) -> None:
    # The last digits are shown, and so is the word before them.
    for q in ("جوالي", "3456"):
        found = support.get("/deliveries", query_string={"q": q}).text
        assert planted["delivery_id"] in found
        calls = f"/triggers/{planted['trigger_id']}/calls"
        assert planted["call_id"] in support.get(calls, query_string={"q": q}).text


def test_a_dedupe_key_that_holds_a_masked_value_leads_nowhere(
    planted: Ids, support: Browser, admin: Browser
) -> None:
    for path in ("/events", "/deliveries"):
        asked = {"q": "order-966555123456-1"}
        assert planted["event_id"] not in str(support.get(path, query_string=asked).location)
        assert planted["event_id"] not in support.get("/deliveries", query_string=asked).text
    assert planted["event_id"] in admin.get("/events", query_string=asked).location


def test_the_api_finds_nothing_by_what_is_hidden(planted: Ids, api: Api, masked_key: None) -> None:
    assert api.get("/deliveries", q="5551234").json["items"] == []
    assert api.get(f"/triggers/{planted['trigger_id']}/calls", q="5551234").json["items"] == []
    refused = api.post("/deliveries/resend", {"filter": {"q": "5551234"}})
    assert refused.json["errors"][0]["code"] == "masked_search"
    started = api.post("/deliveries/resend", {"filter": {"q": planted["delivery_id"]}})
    assert started.status_code == 202


def test_dots_are_never_sent_in_place_of_a_value(planted: Ids, staff: Browser) -> None:
    page = staff.get(
        f"/settings/webhooks/{planted['hook_id']}/test?source={planted['event_id']}"
    ).text
    assert "ملأنا الحقل بالمثال" in page
    assert "•" not in page


def test_what_is_sent_again_is_whole(
    planted: Ids, support: Browser, receiver: Receiver, drain: Callable[[], int]
) -> None:
    support.submit(f"/deliveries/{planted['delivery_id']}/resend", page="/deliveries")
    drain()
    assert json.loads(receiver.arrivals[-1].body)["data"] == PAYLOAD


def test_masked_values_are_told_from_data(planted: Ids, support: Browser) -> None:
    page = support.get(f"/deliveries/{planted['delivery_id']}").text
    assert '<span class="masked" title="محجوب عن دورك">•••••</span>3456' in page
