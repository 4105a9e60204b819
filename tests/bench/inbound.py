"""Inbound: calls of triggers over HTTP, against the least that a server could do."""

import json
from collections.abc import Iterator
from typing import Any

from portal.domain.actor import Actor
from portal.domain.states import Role
from portal.domain.triggers.draft import TriggerDraft, read_trigger
from portal.pipeline import triggers
from tests.bench.figures import ratios
from tests.bench.load import Post, posted
from tests.bench.stage import DATA, Stage

CONNECTIONS = 250
FEW = 4
BODY_BYTES = 1024
# Three rules, of which the last matches and publishes (contract §6).
RULES = [
    {"name": "ملغى", "when": {"all": [{"left": "body.status", "op": "eq", "right": "cancelled"}]}},
    {"name": "كبير", "when": {"all": [{"left": "body.total", "op": "gt", "right": 1000}]}},
    {
        "name": "مدفوع",
        "when": {"all": [{"left": "body.status", "op": "eq", "right": "paid"}]},
        "publish": [{"type": "bench.inbound", "data": {"id": "{{ body.data.id }}"}}],
        "response": {"status": 200, "body": {"ok": True}},
    },
]


def run(stage: Stage, seconds: int) -> Iterator[dict[str, Any]]:
    """The figures and their limits, then the ratios."""
    (key,) = stage.make_hooks(1, stage.start_sink())
    body = _body()
    figures = {}
    for name, draft in (
        ("inbound_async", {"mode": "async"}),
        ("inbound_sync", {"mode": "sync", "rules": _rules(key)}),
    ):
        path = _make_trigger(stage, name, draft)
        figures[name] = posted(name, stage, Post(path, body, CONNECTIONS), seconds)
        yield figures[name].line()
    # What a call costs where the last of a thousand rules is met: see its cpu_us.
    path = _make_trigger(stage, "inbound_thousand_rules", {"mode": "sync", "rules": _thousand()})
    yield posted("inbound_thousand_rules", stage, Post(path, body, FEW), seconds).line()
    for name, path in (("bare_view", "/parse"), ("bare_insert_view", "/insert")):
        post = Post(path, body, CONNECTIONS, app="tests.bench.bare:app")
        figures[name] = posted(name, stage, post, seconds)
        yield figures[name].line()
    yield ratios(
        inbound_async_to_bare_insert_view=(figures["inbound_async"], figures["bare_insert_view"]),
        inbound_sync_to_bare_insert_view=(figures["inbound_sync"], figures["bare_insert_view"]),
        inbound_async_to_bare_view=(figures["inbound_async"], figures["bare_view"]),
    )


def _body() -> bytes:
    value = {"status": "paid", "total": 250, "data": json.loads(DATA), "note": ""}
    missing = BODY_BYTES - len(json.dumps(value, ensure_ascii=False).encode())
    return json.dumps(value | {"note": "x" * missing}, ensure_ascii=False).encode()


def _rules(key: str) -> list[dict[str, Any]]:
    return [*RULES[:2], RULES[2] | {"publish": [{**RULES[2]["publish"][0], "type": key}]}]


def _thousand() -> list[dict[str, Any]]:
    """A thousand rules of two conditions; both of the last one are met."""
    return [
        {
            "name": f"قاعدة {number}",
            "when": {
                "all": [
                    {"left": "body.status", "op": "eq", "right": "paid"},
                    {"left": "body.total", "op": "gt", "right": 1249 - number},
                ]
            },
            "response": {"status": 200, "body": {"rule": number}},
        }
        for number in range(1, 1001)
    ]


def _make_trigger(stage: Stage, name: str, members: dict[str, Any]) -> str:
    variables = {"body": [{"path": "status"}, {"path": "data.id"}]}
    draft = read_trigger({"name": name, "variables": variables} | members, TriggerDraft())
    with stage.app.app_context():
        actor = Actor(stage.account_id, "bench", Role.ADMIN)
        trigger = triggers.create_trigger(draft, actor)
        return "/hooks/in/" + triggers.url_of(trigger).rpartition("/")[2]
