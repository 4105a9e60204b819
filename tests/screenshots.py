"""``python -m tests.screenshots``: the pictures of the README, taken of a portal that is furnished
for them.

What they show happened nowhere: a week of a shop's events, an endpoint whose certificate has run
out, one that answers with errors, and a trigger that a payment provider calls.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import requests
from playwright.sync_api import Page, sync_playwright

from portal import create_core
from portal.extensions import db
from portal.models import Account, Attempt, Delivery, Hook, now
from portal.pipeline.accounts import FIRST_ACCOUNT
from portal.settings import Settings
from tests import factories, servers
from tests.portal import EMAIL, PASSWORD, Portal

FOLDER = Path(__file__).resolve().parent.parent / ".screenshots"
WIDTH, HEIGHTS = 1280, {"overview": 1240}
HEIGHT = 860
HOURS = 7 * 24

# A name, an address, what it subscribes to, and how it fails: a code, a status and how often.
HOOKS = (
    ("طلبات المتجر إلى المخزون", "https://stock.matjar.example/hooks/orders", "order.status", None),
    ("رسائل العملاء إلى الدعم", "https://help.matjar.example/in", "message.received", None),
    (
        "جهات الاتصال إلى نظام العملاء",
        "https://crm.matjar.example/khuttaf",
        "contact.created",
        ("http_503", 503, 0.5),
    ),
    (
        "السلال المتروكة",
        "https://carts.matjar.example/hooks",
        "cart.abandoned",
        ("tls_expired", None, 0.9),
    ),
)
DATA = {
    "order.status": {"order": {"id": 1042, "status": "shipped", "city": "جدة", "total": 349.5}},
    "message.received": {"from": "+966 50 123 4567", "text": "السلام عليكم، أين وصل طلبي؟"},
    "contact.created": {"name": "سارة العتيبي", "tags": ["عميلة", "الرياض"]},
    "cart.abandoned": {"cart": {"id": 77, "items": ["عباءة", "حقيبة"], "total": 480}},
}
ANSWER = '{"error": "maintenance", "message": "النظام تحت الصيانة حتى الثالثة"}'
TRIGGER = {
    "name": "إشعارات بوابة الدفع",
    "mode": "sync",
    "auth": {"kind": "basic", "username": "pay", "password": "s3cret-2026"},
    "variables": {
        "headers": [],
        "query": [],
        "body": [
            {"path": "payment.status", "alias": "حالة الدفع"},
            {"path": "payment.amount", "alias": "المبلغ"},
        ],
    },
    "rules": [
        {
            "name": "مبلغ كبير",
            "when": {"all": [{"left": "body.payment.amount", "op": "gt", "right": 5000}]},
            "response": {"status": 202, "headers": {}, "body": {"review": True}},
        },
        {
            "name": "دفع ناجح",
            "when": {"all": [{"left": "body.payment.status", "op": "eq", "right": "paid"}]},
            "publish": [{"type": "broadcast.finished", "data": {"id": "{{ body.order }}"}}],
            "response": {"status": 200, "headers": {}, "body": {"ok": True}},
        },
    ],
}


def main() -> None:
    """Write the pictures anew."""
    servers.need("chromium")
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="khuttaf-") as folder:
        portal = Portal(Path(folder), PORTAL_WORKERS="1")
        portal.start()
        try:
            addresses = _furnish(portal)
            with _page(portal) as page:
                for name, path in addresses.items():
                    page.set_viewport_size({"width": WIDTH, "height": HEIGHTS.get(name, HEIGHT)})
                    page.goto(f"{portal.url}{path}", wait_until="networkidle")
                    page.screenshot(path=FOLDER / f"{name}.png")
        finally:
            portal.stop()


def _furnish(portal: Portal) -> dict[str, str]:
    """Put into a portal what the pictures show; returns their names and where to find them."""
    app = create_core(Settings.from_env(portal.environ).with_keys())
    with app.app_context():
        account = db.session.query(Account).filter_by(slug=FIRST_ACCOUNT).one()
        account.name = "متجر النور"
        db.session.commit()
        chance = Random(7)
        shown = [_history(account, chance, *hook) for hook in HOOKS][2]
    return {
        "overview": "/?period=day",
        "log": "/deliveries",
        "delivery": f"/deliveries/{shown}",
        "call": f"/calls/{_call(portal)}",
    }


def _history(
    account: Account,
    chance: Random,
    name: str,
    url: str,
    kind: str,
    failing: tuple[str, int | None, float] | None,
) -> str:
    """A hook with a week behind it; returns its latest delivery."""
    # Seen already, so that nobody looks for an endpoint that is none.
    factories.make_check(url, account_id=account.id)
    hook = factories.make_hook(url, [kind], account, name=name)
    host = url.split("/")[2]
    for hour in range(HOURS):
        at = now() - timedelta(hours=hour)
        busy = 3 + 9 * (6 <= (at.hour + 3) % 24 <= 22) + chance.randrange(6)
        bad = int(busy * failing[2]) if failing and hour < 9 else 0
        times = [chance.randrange(60, 420) for _ in range(busy - bad)]
        causes = {(failing[0], host): bad} if failing and bad else {}
        factories.make_rollups(hook, at, busy - bad, times, causes)
    made = [_delivery(hook, account, chance, place, kind, failing) for place in range(6, -1, -1)]
    _state(hook, failing)
    return made[-1]


def _delivery(
    hook: Hook,
    account: Account,
    chance: Random,
    place: int,
    kind: str,
    failing: tuple[str, int | None, float] | None,
) -> str:
    at = now() - timedelta(minutes=7 * place, seconds=chance.randrange(60))
    event = factories.make_event(kind, json.dumps(DATA[kind], ensure_ascii=False), account)
    error, status = failing[:2] if failing and place < 4 else (None, 200)
    ended = {
        "state": "undelivered" if error else "delivered",
        "attempt_count": 3 if error else 1,
        "last_error": error,
        "last_status_code": status,
        "last_at": at,
        "finished_at": at,
        "created_at": at,
    }
    delivery = factories.make_delivery(hook, event, **ended)
    _attempts(delivery, hook, at, error, status)
    return delivery.id


def _attempts(delivery: Delivery, hook: Hook, at: Any, error: str | None, status: Any) -> None:
    message = f"msg_{delivery.id.removeprefix('dlv_')}"
    for back in (9, 2, 0) if error else (0,):
        db.session.add(
            Attempt(
                account_id=hook.account_id,
                hook_id=hook.id,
                delivery_id=delivery.id,
                message_id=message,
                started_at=at - timedelta(minutes=back),
                duration_ms=148,
                status_code=status,
                error=error,
                policy=hook.policy.slug,
                url=hook.url,
                request_headers=f"content-type: application/json\nwebhook-id: {message}",
                response_headers="content-type: application/json" if status else "",
                response_body=(ANSWER if error else "ok") if status else None,
            )
        )
    db.session.commit()


def _state(hook: Hook, failing: Any) -> None:
    stream = hook.stream
    stream.last_ok = not failing
    stream.last_ok_at = now() - timedelta(hours=9 if failing else 0)
    if failing:
        stream.last_failed_at = now() - timedelta(minutes=1)
        stream.failing_since = now() - timedelta(hours=8)
        stream.consecutive_failures = 12
    db.session.commit()


def _call(portal: Portal) -> str:
    """A call of a trigger, made as its sender does; returns its id."""
    key = {"Authorization": f"Bearer {portal.make_key()}"}
    base = f"{portal.url}/api/v1/triggers"
    made = requests.post(base, json=TRIGGER, headers=key, timeout=30).json()
    paid = {"order": 1042, "payment": {"status": "paid", "amount": "٣٤٩٫٥"}}
    requests.post(made["url"], json=paid, auth=("pay", "s3cret-2026"), timeout=30)
    calls = requests.get(f"{base}/{made['id']}/calls", headers=key, timeout=30).json()
    return calls["items"][0]["id"]


@contextmanager
def _page(portal: Portal) -> Iterator[Page]:
    """A page on which the admin is signed in."""
    with sync_playwright() as playwright:
        chromium = servers.find("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(locale="ar-SA", timezone_id="Asia/Riyadh")
        page.goto(f"{portal.url}/login")
        page.fill("[name=email]", EMAIL)
        page.fill("[name=password]", PASSWORD)
        page.get_by_role("button", name="دخول").click()
        page.wait_for_url(f"{portal.url}/")
        yield page
        browser.close()


if __name__ == "__main__":
    main()
