"""Every page of the portal, with something behind each of its variables."""

from collections.abc import Iterator

from flask import Flask
from playwright.sync_api import Page
from werkzeug.routing import Rule

from tests.browser.conftest import Live
from tests.browser.steps import call, make_hook, publish
from tests.receiver import Answer, Receiver
from tests.waiting import until

NO_PAGES = ("/api/", "/static/", "/hooks/in")
# Arabic texts in a list, machine text in Arabic sentences, and something that no page may run.
TEXT = "السلام عليكم <b> https://a.example/x/ +966 50 123 4567"
ARABIC = '{"ok": false, "كلمات": ["خطاف", "رسالة", "متجر"]}'


def addresses(app: Flask, ids: dict[str, str]) -> Iterator[str]:
    """The address of every route that may be asked for, but those of the API and of files."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.rule.startswith(NO_PAGES):
            yield _address(rule, ids)


def _address(rule: Rule, ids: dict[str, str]) -> str:
    return rule.build({name: ids[name] for name in rule.arguments})[1]


def furnish(live: Live, page: Page, receiver: Receiver) -> dict[str, str]:
    """Something behind every variable that a page's address has; the admin is signed in."""
    receiver.answer(Answer(500, {"content-type": "application/json"}, ARABIC.encode()))
    hook = make_hook(live, receiver, headers={"X-Source": "khuttaf"})
    publish(live, TEXT, hook["event_types"][0])
    until(lambda: _attempts(live, hook["id"]))
    ((delivery, attempt),) = _attempts(live, hook["id"])
    trigger = call(live, "POST", "/triggers", json=_trigger())
    page.request.post(trigger["url"], data={"s": "paid", "text": TEXT})
    (made,) = call(live, "GET", f"/triggers/{trigger['id']}/calls")["items"]
    resend = call(live, "POST", "/deliveries/resend", json={"filter": {"hook": hook["id"]}})
    policy = call(live, "POST", "/policies", json={"name": f"سياسة {hook['id'][-4:]}"})
    page.request.post(f"{live.url}/sandbox/try", headers=_token(page))
    people = page.request.get(f"{live.url}/settings/people").text()
    accounts = page.request.get(f"{live.url}/accounts").text()
    keys = page.request.get(f"{live.url}/settings/api-keys").text()
    return {
        "person_id": _first_row(people),
        "account_id": _first_row(accounts),
        "key_id": _first_row(keys),
        "hook_id": hook["id"],
        "secret_id": _old_secret(live, page, hook["id"]),
        "event_id": delivery["event"],
        "delivery_id": delivery["id"],
        "attempt_id": attempt["id"],
        "trigger_id": trigger["id"],
        "call_id": made["id"],
        "number": "1",
        "resend_id": resend["id"],
        "slug": policy["slug"],
        "key": hook["event_types"][0],
        "token": _sandbox(live),
        "mask_id": _mask(live, page),
    }


def _first_row(html: str) -> str:
    return html.partition(' data-id="')[2].partition('"')[0]


def _mask(live: Live, page: Page) -> str:
    # A field that nothing else has: it stays hidden for all of a run.
    fields = {"pattern": "only.here", "kind": "whole", "roles": "support"}
    page.request.post(f"{live.url}/settings/masks", headers=_token(page), form=fields)
    return _first_row(page.request.get(f"{live.url}/settings/masks").text())


def _old_secret(live: Live, page: Page, hook_id: str) -> str:
    call(live, "POST", f"/hooks/{hook_id}/secret/rotate")
    shown = page.request.get(f"{live.url}/settings/webhooks/{hook_id}/security").text()
    return shown.rpartition('" data-state="ending"')[0].rpartition('"')[2]


def _attempts(live: Live, hook_id: str) -> list[tuple[dict[str, str], dict[str, str]]]:
    found = call(live, "GET", "/deliveries", params={"hook": hook_id})["items"]
    whole = [call(live, "GET", f"/deliveries/{one['id']}") for one in found]
    return [(one, one["attempts"][-1]) for one in whole if one["attempts"]]


def _trigger() -> dict[str, object]:
    rule = {
        "name": "مدفوع",
        "when": {"all": [{"left": "body.s", "op": "eq", "right": "paid"}]},
        "response": {"status": 200, "headers": {}, "body": {"ok": True}},
    }
    body = [{"path": "s", "alias": "الحالة"}]
    variables = {"headers": [], "query": [], "body": body}
    return {"name": "دفع", "mode": "sync", "rules": [rule], "variables": variables}


def _token(page: Page) -> dict[str, str]:
    token = page.locator("meta[name=csrf-token]").get_attribute("content")
    return {"X-CSRFToken": token or ""}


def _sandbox(live: Live) -> str:
    hooks = call(live, "GET", "/hooks", params={"limit": "100"})["items"]
    return next(one["url"].rpartition("/")[2] for one in hooks if "/sandbox/" in one["url"])


class Loads:
    """What comes over the wire for a page: ``weight`` in bytes, to be put back by whoever reads."""

    def __init__(self, page: Page) -> None:
        self.weight = 0
        self._wire = page.context.new_cdp_session(page)
        self._wire.send("Network.enable")
        self._wire.on("Network.loadingFinished", self._add)

    def forget(self) -> None:
        """Have everything fetched anew."""
        self._wire.send("Network.clearBrowserCache")
        self.weight = 0

    def _add(self, finished: dict[str, float]) -> None:
        self.weight += int(finished["encodedDataLength"])
