"""A key with the role of support sees what support sees: no secret, wherever it stands."""

from collections.abc import Callable
from typing import Any

import pytest

from portal.domain.audit import HIDDEN
from portal.domain.states import Role
from portal.models import Account, Delivery, Hook
from tests import factories
from tests.clients import Api, Browser
from tests.receiver import Answer, Receiver
from tests.web.callers import make_trigger

SECRET, QUERY = "s3cret-canary-value", "token=query-canary"


@pytest.fixture
def support_api(client: Browser, account: Account) -> Api:
    """A program with a key of the role support."""
    return Api(client, factories.make_key(account, "الدعم", role=Role.SUPPORT))


@pytest.fixture
def hook(account: Account, receiver: Receiver) -> Hook:
    """A hook that sends a secret header to an address with a secret in it, and gets it back."""
    echo = f'{{"you sent": "Bearer {SECRET}", "again": ["{SECRET}"]}}'
    receiver.answer(Answer(200, {"x-echo": f"Bearer {SECRET}"}, echo.encode()))
    headers = {"Authorization": f"Bearer {SECRET}", "X-Key": SECRET}
    return factories.make_hook(f"{receiver.url}/in?{QUERY}", headers=headers)


@pytest.fixture
def delivery(hook: Hook, drain: Callable[[], int]) -> Delivery:
    """A delivery of that hook that was sent."""
    made = factories.make_delivery(hook)
    drain()
    return made


def test_no_secret_of_a_hook_is_told(
    support_api: Api, api: Api, hook: Hook, delivery: Delivery
) -> None:
    for path in ("/hooks", f"/hooks/{hook.id}", f"/deliveries/{delivery.id}"):
        told = support_api.get(path).text
        assert SECRET not in told, path
        assert QUERY not in told, path
    shown = support_api.get(f"/hooks/{hook.id}").json
    assert shown["headers"] == {"Authorization": HIDDEN, "X-Key": HIDDEN}
    whole = api.get(f"/hooks/{hook.id}").json
    assert whole["headers"]["X-Key"] == SECRET
    assert whole["url"].endswith(QUERY)


def test_what_a_receiver_echoes_is_told_without_the_secret(
    support_api: Api, api: Api, delivery: Delivery
) -> None:
    attempt = support_api.get(f"/deliveries/{delivery.id}").json["attempts"][0]
    assert attempt["response"]["body"].count("•") >= 2
    assert "you sent" in attempt["response"]["body"]
    assert SECRET in api.get(f"/deliveries/{delivery.id}").json["attempts"][0]["response"]["body"]


def test_pages_of_support_show_no_echoed_secret_either(
    support: Browser, staff: Browser, delivery: Delivery, api: Api
) -> None:
    attempt = api.get(f"/deliveries/{delivery.id}").json["attempts"][0]["id"]
    page = f"/deliveries/{delivery.id}"
    for path in (page, f"{page}/attempts/{attempt}/response"):
        assert SECRET not in support.get(path).text, path
        assert SECRET in staff.get(path).text, path


def test_a_trigger_has_no_address(support_api: Api, api: Api) -> None:
    made: dict[str, Any] = make_trigger(api)
    assert support_api.get(f"/triggers/{made['id']}").json["url"] is None
    assert api.get(f"/triggers/{made['id']}").json["url"] == made["url"]
    token = made["url"].rpartition("/")[2]
    assert token not in support_api.get("/triggers").text


def test_nothing_secret_of_a_triggers_configuration_is_told(support_api: Api, api: Api) -> None:
    ask = {"as": "asked", "url": f"http://127.0.0.1:9/?{QUERY}", "headers": {"X-Key": SECRET}}
    rules = [{"name": "سؤال", "call": {**ask, "body": {}}}]
    auth = {"kind": "signature", "preset": "meta", "secret": "x" * 20, "verify_token": SECRET}
    made = make_trigger(api, rules=rules, auth=auth)
    path = f"/triggers/{made['id']}"
    for where in ("/triggers", path, f"{path}/versions/1"):
        told = support_api.get(where).text
        assert SECRET not in told, where
        assert QUERY not in told, where
    call = support_api.get(path).json["rules"][0]["call"]
    assert (call["headers"], call["as"]) == ({"X-Key": HIDDEN}, "asked")
    assert api.get(path).json["rules"][0]["call"]["headers"] == {"X-Key": SECRET}
