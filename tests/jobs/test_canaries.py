"""Planted secrets come out nowhere, and keys are changed under a portal that runs.

The portal is the real one, in processes of its own, on PostgreSQL. Every secret it is given is a
canary of its own; in the end everything that it wrote, said and keeps in the clear is searched.
"""

import base64
import hashlib
import hmac
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
import redis
import requests
from cryptography.fernet import Fernet
from itsdangerous import base64_decode
from psycopg import sql
from standardwebhooks import Webhook

from tests.clients import csrf_token
from tests.portal import EMAIL, Portal
from tests.receiver import Arrival, Receiver
from tests.servers import PostgreSQL, Redis
from tests.waiting import until

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
SECRET = "whsec_" + base64.b64encode(b"canary-hook-secret-000001").decode()
CANARIES = {
    "hook secret": SECRET.removeprefix("whsec_"),
    "header value": "canary-header-000002",
    "query of a URL": "canary-query-000003",
    "trigger password": "canary-password-000004",
    "signing secret": "canary-signing-000005",
    "rule header": "canary-rule-header-000006",
    "secret key": "canary-secret-key-000007-" + "x" * 24,
    "old encryption key": OLD,
    "new encryption key": NEW,
    "mail password": "canary-mail-000008",
    "database password": "canary-database-000009",
    "admin password": "canary-admin-000010",
    "wrong password": "canary-wrong-000011",
    "support password": "canary-support-000012",
    "wrong trigger password": "canary-stranger-000013",
    "wrong key": "khk_canary-key-000014",
}
# A hook's address is kept as it is, and shown to those who may change it.
OF_ADDRESSES = {"query of a URL"}
SUPPORT = "support@nour.example"


class Town(NamedTuple):
    """A running portal, its neighbours, and everything it said to anybody."""

    portal: Portal
    receiver: Receiver
    address: str
    redis_url: str
    said: dict[str, str]
    canaries: dict[str, str]

    def api(self, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
        """Call the API and keep what it says of a refusal."""
        headers = {"Authorization": f"Bearer {key or self.canaries['API key']}"}
        url = f"{self.portal.url}/api/v1{path}"
        answer = requests.request(method, url, json=body, headers=headers, timeout=30)
        if answer.status_code >= 400:
            self.said[f"{method} {path} {answer.status_code} #{len(self.said)}"] = _whole(answer)
        return answer

    def command(self, *arguments: str) -> str:
        """Run a command of the portal and keep what it says."""
        done = self.portal.flask(*arguments)
        self.said[f"{' '.join(arguments)} #{len(self.said)}"] = done.stdout + done.stderr
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def town(
    postgresql_server: PostgreSQL, redis_server: Redis, receiver: Receiver, tmp_path: Path
) -> Iterator[Town]:
    postgresql_server.create("canaries")
    redis_server.clear()
    url = postgresql_server.url("canaries")
    portal = Portal(
        tmp_path,
        DATABASE_URL=url.replace("portal@", f"portal:{CANARIES['database password']}@"),
        REDIS_URL=redis_server.url,
        PORTAL_SECRET_KEY=CANARIES["secret key"],
        PORTAL_ENCRYPTION_KEYS=OLD,
        PORTAL_ADMIN_PASSWORD=CANARIES["admin password"],
        PORTAL_SMTP_URL=f"smtp://u:{CANARIES['mail password']}@127.0.0.1:9",
        PORTAL_WORKERS="1",
    )
    portal.start()
    address = postgresql_server.address("canaries")
    try:
        yield Town(portal, receiver, address, redis_server.url, {}, dict(CANARIES))
    finally:
        portal.stop()
        postgresql_server.drop("canaries")


@contextmanager
def broken(town: Town, table: str) -> Iterator[None]:
    """Let every statement on ``table`` fail for a moment."""
    move = sql.SQL("ALTER TABLE {} RENAME TO {}").format
    here, away = sql.Identifier(table), sql.Identifier(f"{table}_away")
    with psycopg.connect(town.address, autocommit=True) as connection:
        connection.execute(move(here, away))
        try:
            yield
        finally:
            connection.execute(move(away, here))


def test_no_canary_is_found_anywhere_and_keys_are_changed_while_it_runs(town: Town) -> None:
    town.canaries["API key"] = town.portal.make_key()
    hook = plant(town)
    publish(town)
    call(town, hook)
    browse(town)
    fail(town, hook)
    for arguments in (("doctor",), ("upkeep",)):
        town.command(*arguments)
    change_keys(town)
    gather(town)
    # The search sees what it ought to see.
    assert "unexpected failure" in town.said["output"]
    assert SUPPORT in town.said["table people"]
    found = {
        f"{name} in {place}: …{text[max(0, text.index(canary) - 80) : text.index(canary) + 20]}…"
        for name, canary in town.canaries.items()
        for place, text in town.said.items()
        if canary in text and not (name in OF_ADDRESSES and place.startswith("table "))
    }
    assert not found, "\n".join(sorted(found))


def plant(town: Town) -> dict[str, Any]:
    """A hook, and triggers of two kinds."""
    canaries = town.canaries
    hook = {
        "name": "المتجر",
        "url": f"{town.receiver.url}?token={canaries['query of a URL']}",
        "event_types": ["message.received"],
        "secret": SECRET,
        "headers": {"X-Key": canaries["header value"]},
    }
    ask = {
        "as": "check",
        "url": f"{town.receiver.url}/ask?token={canaries['query of a URL']}",
        "headers": {"X-Key": canaries["rule header"]},
    }
    basic = {"kind": "basic", "username": "u", "password": canaries["trigger password"]}
    signed = {"kind": "signature", "preset": "github", "secret": canaries["signing secret"]}
    made = {
        "hook": town.api("POST", "/hooks", hook).json(),
        "basic": town.api(
            "POST", "/triggers", {"name": "دفع", "auth": basic, "rules": [{"call": ask}]}
        ).json(),
        "signed": town.api("POST", "/triggers", {"name": "مستودع", "auth": signed}).json(),
    }
    canaries["address of a trigger"] = made["basic"]["url"].rpartition("/")[2]
    return made


def publish(town: Town) -> None:
    """A delivery that fails, and one that arrives."""
    town.receiver.answer(500, 200)
    for number in range(2):
        answer = town.api("POST", "/events", {"type": "message.received", "data": {"n": number}})
        assert answer.status_code == 202
        verified(town, number + 1)


def deliveries(town: Town) -> list[Arrival]:
    """What came for hooks, oldest first."""
    return [one for one in town.receiver.arrivals if "/ask" not in one.path]


def verified(town: Town, count: int) -> None:
    """Wait for the ``count``-th delivery, and verify it as its receiver would."""
    until(lambda: len(deliveries(town)) >= count, 30)
    arrival = deliveries(town)[count - 1]
    Webhook(SECRET).verify(arrival.body, dict(arrival.headers.items()))
    assert arrival.headers["X-Key"] == town.canaries["header value"]


def call(town: Town, made: dict[str, Any]) -> None:
    """Calls of triggers, refused and accepted."""
    passwords = (town.canaries["trigger password"], town.canaries["wrong trigger password"])
    for password, status in zip(passwords, (200, 401), strict=True):
        answer = requests.post(made["basic"]["url"], json={}, auth=("u", password), timeout=30)
        town.said[f"call {status}"] = _whole(answer)
        assert answer.status_code == status
    until(lambda: any("/ask" in one.path for one in town.receiver.arrivals), 30)
    digest = hmac.new(town.canaries["signing secret"].encode(), b"{}", hashlib.sha256).hexdigest()
    for signature, status in ((digest, 200), ("0" * 64, 401)):
        headers = {"X-Hub-Signature-256": f"sha256={signature}", "Content-Type": "application/json"}
        answer = requests.post(made["signed"]["url"], data=b"{}", headers=headers, timeout=30)
        town.said[f"signed call {status}"] = _whole(answer)
        assert answer.status_code == status


def sign_in(town: Town, email: str, password: str) -> requests.Session:
    """A browser that has tried to sign in."""
    browser = requests.Session()
    page = browser.get(f"{town.portal.url}/login", timeout=30).text
    data = {"csrf_token": csrf_token(page), "email": email, "password": password}
    answer = browser.post(f"{town.portal.url}/login", data=data, timeout=30)
    town.said[f"sign-in of {email} #{len(town.said)}"] = answer.text
    return browser


def browse(town: Town) -> None:
    """Sign in wrongly and rightly, invite somebody, and read what support may read."""
    sign_in(town, EMAIL, town.canaries["wrong password"])
    admin = sign_in(town, EMAIL, town.canaries["admin password"])
    town.canaries["admin session"] = _session_token(admin)
    page = admin.get(f"{town.portal.url}/settings/people", timeout=30).text
    invited = admin.post(
        f"{town.portal.url}/settings/people",
        data={"csrf_token": csrf_token(page), "role": "staff"},
        timeout=30,
    )
    town.canaries["invitation"] = re.search(r"/invitations/([\w-]+)", invited.text)[1]
    town.command("users", "create", SUPPORT, "--role", "support", "--password", _support(town))
    support = sign_in(town, SUPPORT, _support(town))
    town.canaries["support session"] = _session_token(support)
    read_all(town, support, "support")
    for path in ("/deliveries/export.csv", "/deliveries/export.ndjson"):
        town.said[f"admin {path}"] = admin.get(f"{town.portal.url}{path}", timeout=30).text
    exported = admin.get(f"{town.portal.url}/settings/webhooks/export.json", timeout=30).text
    # It says where hooks are, for another portal to take them.
    town.said["table of a hook file"] = exported


def _support(town: Town) -> str:
    return town.canaries["support password"]


def _session_token(browser: requests.Session) -> str:
    """The token inside the cookie; the cookie is signed, and not sealed."""
    value = next(cookie.value for cookie in browser.cookies if cookie.name.endswith("khuttaf"))
    payload = value.lstrip(".").split(".")[0]
    raw = base64_decode(payload)
    if value.startswith("."):
        raw = zlib.decompress(raw)
    return re.search(rb'"_user_id":"([^"]+)"', raw)[1].decode()


def read_all(town: Town, browser: requests.Session, who: str) -> None:
    """Follow every link from the first page on."""
    waiting, seen = ["/"], set()
    while waiting:
        path = waiting.pop()
        if path in seen or len(seen) > 60:
            continue
        seen.add(path)
        text = browser.get(f"{town.portal.url}{path}", timeout=30).text
        town.said[f"{who} {path}"] = text
        waiting += [
            link for link in re.findall(r'href="(/[^"#]*)"', text) if "/static/" not in link
        ]


def fail(town: Town, made: dict[str, Any]) -> None:
    """Let requests that carry secrets fail in the middle, and others be refused."""
    hook = made["hook"]["id"]
    change = {"secret": SECRET, "headers": {"X-Key": town.canaries["header value"]}}
    change["url"] = f"{town.receiver.url}/2?token={town.canaries['query of a URL']}"
    for table in ("hook_secrets", "triggers", "trigger_versions", "events"):
        with broken(town, table):
            town.api("PATCH", f"/hooks/{hook}", change)
            town.api("POST", "/hooks", change | {"name": "ن", "event_types": ["message.received"]})
            auth = {"kind": "basic", "username": "u", "password": _trigger_password(town)}
            town.api("POST", "/triggers", {"name": "ن", "auth": auth})
            town.api("POST", "/events", {"type": "message.received", "data": {}})
            auth = ("u", _trigger_password(town))
            answer = requests.post(made["basic"]["url"], json={}, auth=auth, timeout=30)
            town.said[f"call without {table}"] = _whole(answer)
    for table in ("people", "sessions", "api_keys"):
        with broken(town, table):
            sign_in(town, EMAIL, town.canaries["admin password"])
            town.api("GET", "/hooks")
    town.api("POST", "/hooks", change | {"url": "http://x y", "secret": f"{SECRET}!"})
    town.api("GET", "/hooks", key=town.canaries["wrong key"])
    assert any(" 500 " in place for place in town.said)


def _trigger_password(town: Town) -> str:
    return town.canaries["trigger password"]


def change_keys(town: Town) -> None:
    """Bring a new key beside the old one, seal again while it runs, and drop the old one."""
    portal = town.portal

    def again(keys: str) -> None:
        portal.stop()
        portal.environ["PORTAL_ENCRYPTION_KEYS"] = keys
        portal.start()

    def send() -> None:
        known = len(deliveries(town))
        sent = town.api("POST", "/events", {"type": "message.received", "data": {}})
        assert sent.status_code == 202
        verified(town, known + 1)

    town.receiver.answer(200)
    again(f"{NEW},{OLD}")
    send()
    assert "older keys can be dropped" in town.command("keys", "rotate")
    send()
    again(NEW)
    send()


def gather(town: Town) -> None:
    """Everything that was written, kept in the clear or put on a queue."""
    town.said["output"] = town.portal.said()
    with psycopg.connect(town.address) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (name,) in names.fetchall():
            query = sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier(name))
            rows = connection.execute(query).fetchall()
            plain = [re.sub(r"\\x([0-9a-f]*)", _text_of_bytes, row) for (row,) in rows]
            town.said[f"table {name}"] = "\n".join(plain)
    with redis.Redis.from_url(town.redis_url) as client:
        kept = [f"{key!r} {client.dump(key)!r}" for key in client.scan_iter()]
        town.said["redis"] = "\n".join(kept)


def _text_of_bytes(found: re.Match[str]) -> str:
    try:
        return bytes.fromhex(found[1]).decode("utf-8", "replace")
    except ValueError:
        return found[0]


def _whole(answer: requests.Response) -> str:
    return f"{answer.headers}\n{answer.text}"
