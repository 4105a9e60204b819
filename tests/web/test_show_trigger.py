"""The page of one trigger: its address, its facts, drift, and the first call."""

from typing import Any

import pytest

from portal.models import Account
from tests.clients import Api, Browser
from tests.web.callers import call, make_trigger
from tests.web.html import HTMX, read

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def path_of(trigger: dict[str, Any]) -> str:
    """Where the page of ``trigger`` is."""
    return f"/triggers/{trigger['id']}"


def test_the_address_stands_there_to_be_copied_with_an_example(
    staff: Browser, api: Api, account: Account
) -> None:
    made = make_trigger(api)
    page = read(staff.get(path_of(made)).text)
    copied = [button["data-copy"] for button in page.all("button") if "data-copy" in button]
    [curl] = [text for text in copied if text.startswith("curl")]
    assert made["url"] in copied
    assert curl.splitlines() == [
        f"curl -X POST {made['url']} \\",
        "  -H 'Content-Type: application/json' \\",
        "  -d '{\"example\": true}'",
    ]


def test_basic_shows_the_address_that_carries_credentials(
    staff: Browser, api: Api, account: Account
) -> None:
    made = make_trigger(api, auth={"kind": "basic", "username": "u", "password": "p"})
    page = read(staff.get(path_of(made)).text)
    assert made["url"].replace("://", "://USER:PASSWORD@") in page.text
    assert "-u USER:PASSWORD" in page.text
    assert "USER:PASSWORD" not in staff.get(path_of(make_trigger(api))).text


@pytest.mark.parametrize(
    ("preset", "header"),
    [
        ("github", "X-Hub-Signature-256: sha256=SIGNATURE"),
        ("stripe", "Stripe-Signature: t=TIMESTAMP,v1=SIGNATURE"),
        ("gitlab", "X-Gitlab-Token: SECRET"),
        ("slack", "X-Slack-Request-Timestamp: TIMESTAMP"),
        ("paymob", "?hmac=SIGNATURE"),
        ("moyasar", '"secret_token": "SECRET"'),
    ],
)
def test_the_example_has_the_headers_of_the_sender(
    staff: Browser, api: Api, account: Account, preset: str, header: str
) -> None:
    made = make_trigger(api, auth={"kind": "signature", "preset": preset, "secret": "s" * 32})
    assert header in read(staff.get(path_of(made)).text).text


def test_facts_are_told_in_words(staff: Browser, api: Api, account: Account) -> None:
    made = make_trigger(
        api,
        mode="sync",
        auth={"kind": "signature", "preset": "github", "secret": "s", "previous_secret": "t"},
        limits={"body_bytes": 2048, "per_minute": 60, "addresses": ["203.0.113.0/24"]},
        dedupe={"from": "header:X-GitHub-Delivery"},
        variables={"headers": [{"name": "X-Id", "alias": "الرقم"}], "body": [{"path": "a.b"}]},
        accepted=None,
    )
    text = read(staff.get(path_of(made)).text).text
    for words in (
        "ينتظر اكتمال التنفيذ ثم يردّ",
        "توقيع GitHub",
        "ويُقبل الرمز السابق أيضًا",
        "نص الطلب حتى 2 كيلوبايت",
        "في الدقيقة: 60 طلبًا",
        "203.0.113.0/24",
        "رأس الطلب X-GitHub-Delivery",
        "10 ثوانٍ، ثم نردّ بالرمز 408",
        "الرقم",
        "a.b",
    ):
        assert words in text


def test_the_page_waits_for_the_first_call_and_then_stops(
    staff: Browser, api: Api, account: Account
) -> None:
    made = make_trigger(api)
    waiting = read(staff.get(path_of(made)).text)
    assert waiting.one("section", id="trigger-calls")["hx-trigger"] == "every 3s"
    assert "لم يُستدعَ هذا المشغّل بعد." in waiting.text
    assert staff.get(path_of(made), headers=HTMX).status_code == 204
    call(staff, made)
    part = staff.get(path_of(made), headers=HTMX)
    assert "<html" not in part.text
    assert "hx-trigger" not in read(part.text).one("section", id="trigger-calls")
    assert "لم يُستدعَ هذا المشغّل بعد." not in staff.get(path_of(made)).text


def test_a_trigger_that_is_off_does_not_wait(staff: Browser, api: Api, account: Account) -> None:
    made = make_trigger(api, enabled=False)
    page = read(staff.get(path_of(made)).text)
    assert "hx-trigger" not in page.one("section", id="trigger-calls")
    assert "المشغّل موقوف" in page.text


def test_drift_is_told_with_since_when_and_how_often(
    staff: Browser, api: Api, account: Account
) -> None:
    sample = [{"path": "a", "type": "number"}, {"path": "b", "type": "text"}]
    made = make_trigger(
        api, variables={"body": [{"path": "a"}, {"path": "b"}], "sample": {"body": sample}}
    )
    call(staff, made, {"a": 1, "b": "x"})
    assert not read(staff.get(path_of(made)).text).all("section", id="drift")
    call(staff, made, {"a": "1", "c": True})
    page = read(staff.get(path_of(made)).text)
    told = {item["data-path"]: item["data-kind"] for item in page.all("li") if "data-kind" in item}
    assert told == {"body.a": "type", "body.b": "missing", "body.c": "new"}
    assert "كان: رقم، وصار: نص." in page.text
    assert "في 1 من آخر 2 من الاستدعاءات، أولها الآن." in page.text
    assert f"{path_of(made)}/edit?open=variables#fold-variables" in page.links()


def test_a_link_to_the_variables_opens_their_section(
    staff: Browser, api: Api, account: Account
) -> None:
    made = make_trigger(api)
    page = read(staff.get(f"{path_of(made)}/edit?open=variables").text)
    assert "open" in page.one("details", id="fold-variables")


def test_the_address_is_replaced_after_a_question(
    staff: Browser, api: Api, account: Account
) -> None:
    made = make_trigger(api)
    path = f"{path_of(made)}/address"
    assert "يتوقف الرابط الحالي فورًا" in read(staff.get(path).text).text
    part = staff.get(path, headers=HTMX).text
    assert "<html" not in part
    assert 'id="replace-address"' in part
    answer = staff.submit(path)
    assert answer.location == path_of(made)
    after = api.get(path_of(made)).json
    assert after["url"] != made["url"]
    page = staff.get(answer.location).text
    assert after["url"] in page
    assert made["url"] not in page
    assert call(staff, made).status_code == 404
    assert call(staff, after).status_code == 200


def test_unknown_triggers_are_not_found(staff: Browser, account: Account) -> None:
    for end in ("", "/edit", "/delete", "/address"):
        assert staff.get(f"/triggers/trg_nothing{end}").status_code == 404
