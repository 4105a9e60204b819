"""Sending many deliveries again, through the API and through its pages."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from portal.domain.resends import Choice
from portal.models import Account, Hook, now
from portal.pipeline import resends
from tests import factories
from tests.clients import Api, Browser
from tests.receiver import Receiver
from tests.web.html import HTMX, Page, read

Drain = Callable[[], int]


@pytest.fixture
def hook(account: Account, receiver: Receiver) -> Hook:
    """A hook that is on."""
    return factories.make_hook(receiver.url, name="متجر النور")


def lose(hook: Hook, number: int) -> list[str]:
    """The ids of so many deliveries that were given up."""
    columns = {"state": "undelivered", "attempt_count": 9, "retry_step": 9, "finished_at": now()}
    return [factories.make_delivery(hook, **columns).id for _ in range(number)]


def begin(api: Api, **wanted: str) -> str:
    """The id of a new resend of what ``wanted`` means."""
    answer = api.post("/deliveries/resend", {"filter": wanted})
    assert answer.status_code == 202, answer.text
    return answer.json["id"]


def look(api: Api, resend_id: str) -> tuple[str, int, int, int]:
    """State, count, sent and failed, as the API says them."""
    said = api.get(f"/resends/{resend_id}").json
    return said["state"], said["count"], said["sent"], said["failed"]


def finish(drain: Drain) -> None:
    """Send and advance until nothing moves."""
    drain()
    while resends.advance():
        drain()


def hidden(page: Page, name: str) -> list[str]:
    """The values of the hidden fields called ``name``."""
    return [field["value"] for field in page.all("input", type="hidden", name=name)]


def test_what_matches_a_filter_is_sent_again(
    api: Api, hook: Hook, receiver: Receiver, drain: Drain
) -> None:
    lose(hook, 5)
    lose(factories.make_hook(receiver.url), 1)
    answer = api.post("/deliveries/resend", {"filter": {"hook": hook.id, "state": "undelivered"}})
    assert answer.status_code == 202
    assert answer.json["id"].startswith("rsd_")
    assert answer.json["count"] == 5
    assert look(api, answer.json["id"]) == ("probing", 5, 0, 0)
    finish(drain)
    assert look(api, answer.json["id"]) == ("done", 5, 5, 0)
    assert len(receiver.arrivals) == 5
    [delivery] = api.get("/deliveries", hook=hook.id, limit="1").json["items"]
    attempts = api.get(f"/deliveries/{delivery['id']}").json["attempts"]
    assert [attempt["asked_by"] for attempt in attempts] == ["المنصة"]


def test_a_list_of_ids_is_sent_again(api: Api, hook: Hook, drain: Drain) -> None:
    ids = lose(hook, 3)
    answer = api.post("/deliveries/resend", {"deliveries": ids[:2]})
    assert (answer.status_code, answer.json["count"]) == (202, 2)
    finish(drain)
    assert len(api.get("/deliveries", state="undelivered").json["items"]) == 1


def test_the_api_says_why_it_stopped_and_how_many_are_left(
    api: Api, hook: Hook, receiver: Receiver, drain: Drain
) -> None:
    receiver.answer(500)
    lose(hook, 4)
    resend_id = begin(api)
    finish(drain)
    said = api.get(f"/resends/{resend_id}").json
    assert (said["state"], said["reason"], said["left"]) == ("stopped", "http_500", 3)
    receiver.answer(200)
    resumed = api.post(f"/resends/{resend_id}/resume")
    assert (resumed.status_code, resumed.json["state"]) == (200, "probing")
    finish(drain)
    assert look(api, resend_id) == ("done", 4, 3, 1)


def test_a_turn_that_its_state_does_not_allow_is_a_conflict(
    api: Api, hook: Hook, drain: Drain
) -> None:
    lose(hook, 3)
    resend_id = begin(api)

    def turn(verb: str) -> tuple[int, str]:
        answer = api.post(f"/resends/{resend_id}/{verb}")
        return answer.status_code, answer.json.get("state") or answer.json["code"]

    assert turn("resume") == (409, "resend_not_resting")
    assert turn("pause") == (200, "paused")
    assert turn("pause") == (409, "resend_not_moving")
    assert turn("resume") == (200, "probing")
    assert turn("cancel") == (200, "cancelled")
    for verb in ("pause", "resume", "cancel"):
        assert turn(verb)[0] == 409
    assert api.post(f"/resends/{resend_id}/explode").status_code == 404


def test_a_filter_that_makes_no_sense_sends_nothing(api: Api, hook: Hook, drain: Drain) -> None:
    lose(hook, 1)
    for body, pointer, code in (
        ({}, "/filter", "required"),
        ({"filter": {"hok": "x"}}, "/filter/hok", "unknown_member"),
        ({"filter": {"state": "lost"}}, "/filter/state", "unknown_choice"),
        ({"deliveries": []}, "/deliveries", "bad_selection"),
    ):
        refused = api.post("/deliveries/resend", body)
        errors = refused.json["errors"]
        assert refused.status_code == 422
        assert [(error["pointer"], error["code"]) for error in errors] == [(pointer, code)]
    assert api.post("/deliveries/resend", "{").status_code == 400
    assert drain() == 0


def test_the_log_leads_to_a_question_with_the_count(
    staff: Browser, hook: Hook, receiver: Receiver, drain: Drain
) -> None:
    lose(hook, 3)
    factories.make_delivery(hook, state="delivered")
    log = read(staff.get("/deliveries", query_string={"state": "undelivered"}).text)
    link = next(link for link in log.links() if link.startswith("/resends/new"))
    asked = staff.get(link)
    assert "إعادة الإرسال: 3 عمليات تسليم" in read(asked.text).text
    assert drain() == 0
    page = read(asked.text)
    fields = {name: hidden(page, name)[0] for name in ("state", "upto")}
    lose(hook, 1)
    begun = staff.submit("/resends", fields, page=link)
    assert begun.status_code == 303
    finish(drain)
    shown = read(staff.get(begun.location).text)
    assert shown.one("div", id="resend")["data-state"] == "done"
    assert "اكتملت إعادة الإرسال." in shown.text
    assert len(receiver.arrivals) == 3
    assert "/deliveries?state=undelivered" in shown.links()


def test_what_is_chosen_in_the_log_is_asked_about_and_sent(
    support: Browser, hook: Hook, receiver: Receiver, drain: Drain
) -> None:
    ids = lose(hook, 3)
    waiting = factories.make_delivery(hook, due_at=now().replace(year=2099)).id
    log = read(support.get("/deliveries").text)
    boxes = [box["value"] for box in log.all("input", type="checkbox", name="delivery")]
    assert boxes == ids[::-1]
    assert waiting in log.rows
    form = log.one("form", id="selection")
    assert (form["method"], form["action"]) == ("get", "/resends/new")
    query = {"selection": "1", "delivery": [*ids[:2], waiting]}
    asked = read(support.get(form["action"], query_string=query).text)
    assert "إعادة الإرسال: عمليتا تسليم" in asked.text
    fields = {"selection": "1", "delivery": hidden(asked, "delivery")}
    begun = support.submit("/resends", fields, page="/resends/new")
    finish(drain)
    assert len(receiver.arrivals) == 2
    assert "المحدد من السجل: 3 عمليات تسليم" in read(support.get(begun.location).text).text


def test_nothing_chosen_is_not_everything(staff: Browser, hook: Hook) -> None:
    lose(hook, 2)
    page = read(staff.get("/resends/new?selection=1").text)
    assert "لم تحدد أي عملية." in page.text
    assert not page.all("form", action="/resends")
    answer = staff.submit("/resends", {"selection": "1"}, page="/resends/new")
    assert (answer.status_code, answer.location) == (303, "/resends/new?selection=1")


def test_the_question_warns_of_repeats_and_of_hooks_that_are_off(
    staff: Browser, api: Api, hook: Hook, receiver: Receiver
) -> None:
    factories.make_delivery(hook, state="delivered")
    off = factories.make_hook(receiver.url)
    lose(off, 2)
    api.patch(f"/hooks/{off.id}", {"enabled": False})
    page = read(staff.get("/resends/new").text)
    assert "سُلّمت من قبل: عملية تسليم واحدة" in page.text
    assert "لن تُرسل عمليتا تسليم لأن خطافاتها موقوفة" in page.text
    page = read(staff.get(f"/resends/new?hook={off.id}").text)
    assert "كل ما اخترته لخطافات موقوفة" in page.text
    assert not page.all("form", action="/resends")


def test_the_question_warns_of_what_may_have_been_worked_on_without_an_answer(
    staff: Browser, api: Api, hook: Hook, receiver: Receiver
) -> None:
    for error in ("read_timeout", "http_504", "http_500", None):
        factories.make_delivery(hook, state="undelivered", last_error=error, finished_at=now())
    off = factories.make_hook(receiver.url, enabled=False)
    factories.make_delivery(off, state="undelivered", last_error="read_timeout")
    scope = resends.size_up(hook.account_id, Choice())
    assert (scope.count, scope.unsure, scope.delivered, scope.off) == (4, 2, 0, 1)
    page = read(staff.get("/resends/new").text)
    assert "تأخر الردّ عنها، وربما عولجت رغم ذلك: عمليتا تسليم." in page.text
    assert "سُلّمت من قبل" not in page.text
    assert "تأكد أن النظام المستقبِل لا يكرّر العملية." in page.text


def test_the_question_warns_of_no_repeats_where_there_are_none(staff: Browser, hook: Hook) -> None:
    lose(hook, 1)
    page = read(staff.get("/resends/new").text)
    assert not page.all("div", class_="note")
    assert "لا يكرّر العملية" not in page.text


def test_the_page_follows_it_until_it_is_over(
    staff: Browser, api: Api, hook: Hook, receiver: Receiver, drain: Drain
) -> None:
    lose(hook, 4)
    path = f"/resends/{begin(api, hook=hook.id)}"
    shown = read(staff.get(path).text)
    assert "الخطاف: متجر النور" in shown.text
    poll = shown.one("div", id="resend")["hx-get"]
    assert staff.get(poll, headers=HTMX).status_code == 204
    drain()
    resends.advance()
    part = staff.get(poll, headers=HTMX)
    assert part.text.lstrip().startswith('<div id="resend"')
    bar = read(part.text).one("div", role="progressbar")
    assert (bar["aria-valuenow"], bar["aria-valuemax"]) == ("1", "4")
    assert bar["aria-valuetext"] == "وصل 1 وفشل 0 من 4"
    assert "اكتمل 25% حتى الآن." in read(part.text).text
    assert parse_qs(urlsplit(poll).query) == {"seen": ["probing-0-0-1"]}
    finish(drain)
    assert "hx-get" not in read(staff.get(path).text).one("div", id="resend")


def test_its_buttons_are_those_its_state_allows(
    staff: Browser, api: Api, hook: Hook, receiver: Receiver, drain: Drain
) -> None:
    receiver.answer(500, 200)
    lose(hook, 9)
    path = f"/resends/{begin(api)}"

    def buttons() -> set[str]:
        actions = [form["action"] for form in read(staff.get(path).text).all("form")]
        return {one.rpartition("/")[2] for one in actions if one.startswith(path)}

    assert buttons() == {"pause", "cancel"}
    finish(drain)
    text = read(staff.get(path).text).text
    assert "توقفت إعادة الإرسال تلقائيًا: " in text
    assert "بقيت 8 عمليات تسليم." in text
    assert buttons() == {"resume", "cancel"}
    assert staff.submit(f"{path}/resume", page=path).location == path
    assert "استؤنفت إعادة الإرسال" in staff.get(path).text
    staff.submit(f"{path}/pause", page=path)
    assert buttons() == {"resume", "cancel"}
    assert staff.submit(f"{path}/cancel", page=path, headers=HTMX).status_code == 204
    assert buttons() == set()
    assert staff.submit(f"{path}/pause", page="/deliveries").status_code == 303
    assert "إعادة الإرسال ليست جارية الآن" in staff.get(path).text


def test_the_log_points_to_what_is_not_over(staff: Browser, api: Api, hook: Hook) -> None:
    lose(hook, 2)
    path = f"/resends/{begin(api)}"
    assert path in read(staff.get("/deliveries").text).links()
    api.post(f"{path}/cancel")
    assert path not in read(staff.get("/deliveries").text).links()


def test_one_of_another_account_is_not_found(
    api: Api, outside_api: Api, outsider: Browser, hook: Hook
) -> None:
    lose(hook, 1)
    resend_id = begin(api)
    assert begin(outside_api, hook=hook.id) != resend_id
    assert outside_api.get(f"/resends/{resend_id}").status_code == 404
    assert outsider.get(f"/resends/{resend_id}").status_code == 404
    assert api.get("/resends/rsd_nothing").status_code == 404
    for verb in ("pause", "resume", "cancel"):
        path = f"/resends/{resend_id}/{verb}"
        assert outside_api.post(path).status_code == 404
        assert outsider.submit(path, page="/deliveries").status_code == 404
    assert look(api, resend_id) == ("probing", 1, 0, 0)


def test_no_byte_of_a_form_breaks_the_start(staff: Browser, hook: Hook) -> None:
    lose(hook, 1)
    for fields in (
        {"q": "a\0"},
        {"state": "lost"},
        {"selection": "1", "delivery": ["\0", "'\";--"]},
        {"upto": "\0", "hook": "hok_nothing"},
    ):
        answer = staff.submit("/resends", fields, page="/resends/new")
        assert answer.status_code in (303, 422), fields
