"""شروط الإرسال: a hook's filter on its page, tried on the latest events before it is saved."""

from typing import Any

import pytest

from portal.extensions import db
from portal.models import Account, Hook
from portal.web.routes import hook_filters as routes
from tests import factories
from tests.clients import Api, Browser
from tests.web.html import HTMX, Page, read
from tests.web.sent import sent

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

BIG = {"all": [{"left": "data.total", "op": "gt", "right": 100}]}
TYPE = "order.status"


@pytest.fixture
def hook(account: Account) -> Hook:
    """A hook for one type of event, with no filter."""
    return factories.make_hook(event_types=[TYPE])


def path_of(hook: Hook) -> str:
    return f"/settings/webhooks/{hook.id}/filter"


def typed(browser: Browser, hook: Hook, **changes: str) -> Any:
    """The answer to the form with ``changes``; names have underscores for dashes."""
    fields: dict[str, Any] = dict(sent(browser.get(path_of(hook)).text, "filter-form"))
    named = {name.replace("_", "-"): text for name, text in changes.items()}
    return browser.post(path_of(hook), data={**fields, **named}, headers=HTMX)


def kept(hook: Hook) -> Any:
    """The filter as it is saved."""
    db.session.expire_all()
    return db.session.get(Hook, hook.id).filter


def publish(api: Api, *totals: object) -> None:
    for total in totals:
        answer = api.post("/events", {"type": TYPE, "data": {"total": total}})
        assert answer.status_code == 202


def states(page: Page) -> list[str]:
    """Which events would be sent, as they are listed."""
    return [one["data-state"] for one in page.all("li") if "judged" in one.get("class", "")]


def test_a_filter_is_made_of_conditions_and_events_follow_it(
    staff: Browser, api: Api, hook: Hook
) -> None:
    publish(api, 7)
    made = {"c_0_left": "data.total", "c_0_op": "gt", "c_0_right": "100"}
    answer = typed(staff, hook, **made, action="save")
    assert answer.headers["HX-Redirect"] == f"/settings/webhooks/{hook.id}"
    assert kept(hook) == {"all": [{"left": "data.total", "op": "gt", "right": "100"}]}
    assert (
        "يُرسل الحدث إذا كان data.total أكبر من"
        in read(staff.get(f"/settings/webhooks/{hook.id}").text).text
    )
    publish(api, 99, 101)
    assert len(api.get("/deliveries", hook=hook.id).json["items"]) == 2


def test_paths_are_chosen_from_examples_and_from_what_came(
    staff: Browser, api: Api, hook: Hook
) -> None:
    publish(api, 7)
    options = {one["value"] for one in read(staff.get(path_of(hook)).text).all("option")}
    example = api.get(f"/event-types/{TYPE}").json["example"]
    assert {"data.total", *(f"data.{name}" for name in example)} <= options


def test_the_latest_events_are_judged_and_nothing_is_saved(
    staff: Browser, api: Api, hook: Hook
) -> None:
    publish(api, 7, "١٥٠", 200, {"no": "number"})
    made = {"c_0_left": "other", "c_0_path": "data.total", "c_0_op": "gt", "c_0_right": "100"}
    answer = typed(staff, hook, **made, action="try")
    page = read(answer.text)
    assert answer.status_code == 200
    assert page.one("section", id="effect")["data-announce"] == "يُرسل 2 من 4"
    assert states(page) == ["error", "not_met", "met", "met"]
    assert kept(hook) is None


def test_without_events_the_trial_says_so(staff: Browser, hook: Hook) -> None:
    made = {"c_0_left": "other", "c_0_path": "data.total", "c_0_op": "exists"}
    answer = typed(staff, hook, **made, action="try")
    assert "لم يقع بعد حدث من أنواع هذا الخطاف" in read(answer.text).text


@pytest.mark.parametrize(
    ("made", "wrong"),
    [
        ({"c_0_left": "", "c_0_op": "exists"}, "c-0-left"),
        ({"c_0_left": "other", "c_0_path": "body.total", "c_0_op": "exists"}, "c-0-path"),
        ({"c_0_left": "other", "c_0_path": "data.a", "c_0_op": "matches", "c_0_right": "("},
         "c-0-right"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_shown_beside_its_field_and_saves_nothing(
    staff: Browser, hook: Hook, made: dict[str, str], wrong: str
) -> None:
    answer = typed(staff, hook, **made, action="save")
    page = read(answer.text)
    invalid = [
        one["id"] for kind in ("select", "input") for one in page.all(kind, aria_invalid="true")
    ]
    assert (answer.status_code, invalid) == (422, [wrong])
    assert kept(hook) is None


def test_groups_are_added_without_saving(staff: Browser, hook: Hook) -> None:
    answer = typed(staff, hook, action="group:c")
    assert read(answer.text).all("select", id="c-1-0-left")
    assert kept(hook) is None


def test_a_filter_is_removed(staff: Browser, account: Account) -> None:
    hook = factories.make_hook(event_types=[TYPE], filter=BIG)
    typed(staff, hook, action="clear")
    assert kept(hook) is None


def test_a_filter_that_the_fields_cannot_say_is_only_shown(
    staff: Browser, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "says_all", lambda *_: False)
    hook = factories.make_hook(event_types=[TYPE], filter=BIG)
    page = read(staff.get(path_of(hook)).text)
    assert not page.all("form", id="filter-form")
    assert "data.total" in page.text


def test_the_api_gives_and_takes_a_filter(api: Api, hook: Hook) -> None:
    assert api.patch(f"/hooks/{hook.id}", {"filter": BIG}).json["filter"] == BIG
    assert api.patch(f"/hooks/{hook.id}", {"name": "اسم"}).json["filter"] == BIG
    published = api.post("/events", {"type": TYPE, "data": {"total": 1}}).json
    assert published["deliveries"] == 0
    [route] = api.get(f"/events/{published['id']}").json["routing"]
    assert route == {"hook": hook.id, "matched": False, "reason": "filter"}
    assert api.patch(f"/hooks/{hook.id}", {"filter": None}).json["filter"] is None


def test_support_and_others_do_not_reach_it(
    support: Browser, outsider: Browser, hook: Hook
) -> None:
    assert support.get(path_of(hook)).status_code == 403
    assert outsider.get(path_of(hook)).status_code == 404
