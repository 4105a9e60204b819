"""A search by those from whom something is hidden: judged on what they see, page after page."""

import pytest

from portal.domain.log_filter import LogFilter
from portal.domain.states import Role
from portal.models import Account, Hook
from portal.queries.deliveries import list_deliveries
from portal.queries.masks import masks_for
from tests import factories
from tests.clients import Api, Browser
from tests.web.html import HTMX, read

NUMBER = "0555123456"


@pytest.fixture
def hook(account: Account) -> Hook:
    """A hook whose log is searched; the phone number is hidden from support."""
    factories.make_mask("phone", account=account)
    return factories.make_hook()


def deliver(hook: Hook, **data: str) -> str:
    """The id of a delivery of an event that says ``data``."""
    told = ", ".join(f'"{name}": "{value}"' for name, value in data.items())
    return factories.make_delivery(hook, factories.make_event(data=f"{{{told}}}")).id


def found(
    hook: Hook, q: str, cursor: str | None = None, **kw: float
) -> tuple[list[str], str | None]:
    """What support finds by ``q``, and where it goes on."""
    masks = masks_for(hook.account_id, Role.SUPPORT)
    page = list_deliveries(hook.account_id, LogFilter(q=q), cursor, 7, masks=masks, **kw)
    return [one.id for one in page.items], page.next


def test_pages_hold_all_that_is_seen_and_nothing_else(hook: Hook) -> None:
    seen, cursor = [], None
    wanted = [
        deliver(hook, **({"note": NUMBER} if place % 3 else {"phone": NUMBER}))
        for place in range(60)
    ]
    wanted = [one for place, one in enumerate(wanted) if place % 3]
    for _ in range(60):
        ids, cursor = found(hook, NUMBER, cursor)
        seen += ids
        if cursor is None:
            break
    assert seen == wanted[::-1]


def test_a_search_that_runs_out_of_time_goes_on_where_it_was(hook: Hook) -> None:
    far = deliver(hook, note=NUMBER)
    for _ in range(120):
        deliver(hook, phone=NUMBER)
    seen, cursor, steps = [], None, 0
    while steps < 20:
        ids, cursor = found(hook, NUMBER, cursor, patience=0.0)
        seen, steps = seen + ids, steps + 1
        if cursor is None:
            break
    assert seen == [far]
    assert steps > 1


def test_a_hit_elsewhere_stays_one(hook: Hook, support: Browser) -> None:
    delivery = deliver(hook, phone=NUMBER)
    assert read(support.get(f"/deliveries?q={hook.id}").text).rows == [delivery]
    assert read(support.get("/deliveries?q=127.0.0.1:9").text).rows == [delivery]
    assert read(support.get(f"/deliveries?q={delivery[:20]}").text).rows == [delivery]


def test_what_came_since_is_counted_as_it_is_seen(hook: Hook, support: Browser) -> None:
    fresh = f"/deliveries/fresh?after={deliver(hook, phone='1')}&q={NUMBER}"
    deliver(hook, phone=NUMBER)
    assert "ظهرت" not in support.get(fresh, headers=HTMX).text
    deliver(hook, note=NUMBER)
    assert "ظهرت عملية جديدة واحدة" in support.get(fresh, headers=HTMX).text


def test_calls_are_found_by_what_is_seen(
    account: Account, support: Browser, admin: Browser
) -> None:
    factories.make_mask("phone", account=account)
    trigger = factories.make_trigger(account)
    calls = [
        factories.make_call(trigger, body=body, query=query, search=f"{query}\n{body.decode()}")
        for body, query in (
            (b'{"phone": "0555123456"}', ""),
            (b"{}", "phone=0555123456"),
            (b'{"note": "0555123456"}', ""),
        )
    ]
    path = f"/triggers/{trigger.id}/calls?q={NUMBER}"
    assert len(read(admin.get(path).text).rows) == 3
    assert read(support.get(path).text).rows == [calls[2].id]
    again = support.get(f"/triggers/{trigger.id}/calls/replay?q={NUMBER}").text
    assert "استدعاء واحد" in read(again).text


def test_a_resend_by_a_search_of_somebody_else_does_not_tell_it(
    hook: Hook, api: Api, support: Browser
) -> None:
    deliver(hook, phone=NUMBER)
    resend = api.post("/deliveries/resend", {"filter": {"q": NUMBER}}).json
    assert resend["filter"] == {"q": NUMBER}
    assert NUMBER not in support.get(f"/resends/{resend['id']}").text
    assert NUMBER not in support.get("/deliveries").text


def test_support_does_not_resend_by_a_search_but_by_all_else(hook: Hook, support: Browser) -> None:
    deliver(hook, phone=NUMBER)
    answer = support.get(f"/resends/new?q={NUMBER}")
    assert answer.location == "/deliveries"
    assert "لا يُعاد إرسال ما يطابق بحثًا في البيانات" in support.get("/deliveries").text
    assert support.get(f"/resends/new?hook={hook.id}").status_code == 200
    refused = support.submit("/resends", {"q": NUMBER}, page="/deliveries")
    assert refused.location == "/deliveries"
