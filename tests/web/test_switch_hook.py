"""Switching a hook off and on, and what becomes of what was held."""

from collections.abc import Callable

import pytest

from portal.extensions import db
from portal.models import Account, Delivery, Hook
from tests import factories
from tests.clients import Api, Browser
from tests.receiver import Receiver
from tests.web.html import HTMX, read

PATH = "/settings/webhooks"
EVENT = {"type": "message.received", "data": {}}


@pytest.fixture
def hook(account: Account, receiver: Receiver) -> Hook:
    """A hook that is on."""
    return factories.make_hook(receiver.url, name="متجر النور")


@pytest.fixture
def held(api: Api, hook: Hook) -> Hook:
    """A hook that is off and for which two deliveries are held."""
    api.patch(f"/hooks/{hook.id}", {"enabled": False})
    for _ in range(2):
        api.post("/events", EVENT)
    return hook


def states() -> list[str]:
    """The states of all deliveries."""
    return [delivery.state for delivery in db.session.query(Delivery)]


def test_off_holds_what_comes_and_on_sends_it(
    api: Api, held: Hook, receiver: Receiver, drain: Callable[[], int]
) -> None:
    assert drain() == 0
    assert states() == ["held"] * 2
    assert api.patch(f"/hooks/{held.id}", {"enabled": True}).json["state"] == "on"
    drain()
    assert len(receiver.wait_for(2)) == 2
    assert states() == ["delivered"] * 2


def test_what_was_held_may_be_skipped(
    api: Api, held: Hook, receiver: Receiver, drain: Callable[[], int]
) -> None:
    api.patch(f"/hooks/{held.id}", {"enabled": True, "held": "skip"})
    assert drain() == 0
    assert states() == ["skipped"] * 2
    assert receiver.arrivals == []


def test_switching_off_twice_is_switching_off_once(api: Api, held: Hook) -> None:
    answer = api.patch(f"/hooks/{held.id}", {"enabled": False, "held": "skip"})
    assert answer.json["state"] == "off"
    assert states() == ["held"] * 2


def test_what_waits_when_the_hook_goes_off_is_held(
    api: Api, hook: Hook, drain: Callable[[], int]
) -> None:
    api.post("/events", EVENT)
    api.patch(f"/hooks/{hook.id}", {"enabled": False})
    assert drain() == 0
    assert states() == ["held"]


def test_a_hook_that_was_disabled_starts_afresh(
    api: Api, hook: Hook, receiver: Receiver, drain: Callable[[], int], admin: Browser
) -> None:
    receiver.answer(410, 200)
    api.post("/events", EVENT)
    drain()
    assert api.get(f"/hooks/{hook.id}").json["state"] == "disabled"
    assert "نقطة النهاية أُلغيت نهائيًا" in admin.get(f"{PATH}/{hook.id}").text
    assert api.patch(f"/hooks/{hook.id}", {"enabled": True}).json["state"] == "on"


def test_the_switch_works_in_place_and_without_javascript(admin: Browser, hook: Hook) -> None:
    row = admin.submit(f"{PATH}/{hook.id}/switch", {"enabled": "0"}, page=PATH, headers=HTMX)
    assert row.status_code == 200
    assert row.text.lstrip().startswith("<tr")
    assert read(row.text).one("button", id=f"switch-{hook.id}")["aria-checked"] == "false"
    assert read(row.text).one("tr")["data-state"] == "off"
    whole = admin.submit(f"{PATH}/{hook.id}/switch", {"enabled": "1"}, page=PATH)
    assert (whole.status_code, whole.location) == (303, PATH)
    page = read(admin.get(PATH).text)
    assert "تم تفعيل الخطاف." in page.text
    assert page.one("button", id=f"switch-{hook.id}")["aria-checked"] == "true"


def test_the_switch_on_a_hooks_own_page_returns_there(admin: Browser, hook: Hook) -> None:
    here = f"{PATH}/{hook.id}"
    answer = admin.submit(f"{here}/switch", {"enabled": "0", "from": "show"}, page=here)
    assert answer.location == here
    assert "تُحفظ الأحداث الجديدة حتى تفعيله." in admin.get(here).text


@pytest.mark.parametrize(
    ("choice", "state", "notice"),
    [("send", "waiting", "وبدأ إرسال العمليات المحفوظة"), ("skip", "skipped", "وتخطّينا")],
    ids=["send", "skip"],
)
def test_whoever_switches_on_chooses_what_becomes_of_what_is_held(
    staff: Browser, held: Hook, choice: str, state: str, notice: str
) -> None:
    ask = f"{PATH}/{held.id}/switch"
    assert "محفوظ: عمليتا تسليم" in read(staff.get(PATH).text).text
    assert "العدد: عمليتا تسليم." in read(staff.get(ask).text).text
    part = staff.get(ask, headers=HTMX).text
    assert part.lstrip().startswith('<section id="switch-on"')
    assert staff.submit(ask, {"enabled": "1", "held": choice}).status_code == 303
    assert states() == [state] * 2
    assert notice in staff.get(PATH).text


@pytest.mark.parametrize("choice", [{}, {"held": "later"}], ids=["none", "unknown"])
def test_a_tab_that_knows_of_nothing_held_is_asked_before_anything_is_sent(
    staff: Browser, held: Hook, choice: dict[str, str]
) -> None:
    path = f"{PATH}/{held.id}/switch"
    fields = {"enabled": "1", **choice}
    part = staff.submit(path, fields, page=PATH, headers=HTMX)
    assert part.status_code == 200
    assert part.text.lstrip().startswith('<section id="switch-on"')
    assert "العدد: عمليتا تسليم." in read(part.text).text
    assert part.headers["HX-Retarget"] == "#dialog-body"
    assert part.headers["HX-Reswap"] == "innerHTML"
    whole = staff.submit(path, fields, page=PATH)
    assert (whole.status_code, whole.location) == (303, path)
    assert not db.session.get_one(Hook, held.id).enabled
    assert states() == ["held"] * 2


def test_switching_on_what_is_on_asks_nothing(
    staff: Browser, held: Hook, drain: Callable[[], int], api: Api
) -> None:
    api.patch(f"/hooks/{held.id}", {"enabled": True})
    row = staff.submit(f"{PATH}/{held.id}/switch", {"enabled": "1"}, page=PATH, headers=HTMX)
    assert row.text.lstrip().startswith("<tr")
    assert "HX-Retarget" not in row.headers


def test_a_switch_without_a_position_is_refused(admin: Browser, hook: Hook) -> None:
    for fields in ({}, {"enabled": "maybe"}):
        assert admin.submit(f"{PATH}/{hook.id}/switch", fields, page=PATH).status_code == 400
    assert db.session.get_one(Hook, hook.id).enabled


def test_unknown_deleted_and_foreign_hooks_have_no_switch(
    admin: Browser, outsider: Browser, hook: Hook, api: Api
) -> None:
    gone = factories.make_hook()
    api.delete(f"/hooks/{gone.id}")
    for browser, hook_id in ((outsider, hook.id), (admin, gone.id), (admin, "hok_nothing")):
        path = f"{PATH}/{hook_id}/switch"
        assert browser.get(path).status_code == 404
        assert browser.submit(path, {"enabled": "0"}, page=PATH + "/new").status_code == 404
    assert db.session.get_one(Hook, hook.id).enabled
