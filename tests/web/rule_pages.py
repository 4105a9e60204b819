"""The pages of rules as tests use them."""

from typing import Any

from tests.clients import Api, Browser
from tests.web.sent import Fields, sent

PAID = {"left": "body.order.status", "op": "eq", "right": "paid"}
VARIABLES = {
    "headers": [{"name": "X-Id"}],
    "body": [{"path": "order.status", "alias": "حالة الطلب"}, {"path": "order.total"}],
}


def path_of(trigger: dict[str, Any], *rest: object) -> str:
    """Where the page of the rules of ``trigger`` is, or one beneath it."""
    return "/".join([f"/triggers/{trigger['id']}/rules", *map(str, rest)])


def rules_of(api: Api, trigger: dict[str, Any]) -> list[dict[str, Any]]:
    """The rules as they are saved."""
    return api.get(f"/triggers/{trigger['id']}").json["rules"]


def typed(browser: Browser, path: str, changes: dict[str, str | None]) -> Fields:
    """What the form at ``path`` would send if only ``changes`` were made there; None takes a
    field away."""
    fields: dict[str, Any] = {**sent(browser.get(path).text, "rule-form"), **changes}
    return {name: text for name, text in fields.items() if text is not None}
