"""The API's description says what is true: every route stands in it, every answer fits it."""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from jsonschema import Draft202012Validator

from portal.models import Account
from portal.web.api import openapi
from tests import factories
from tests.clients import Browser
from tests.receiver import Answer, Receiver
from tests.waiting import until

Document = dict[str, Any]
Exchange = tuple[str, str, int]

EVENT = {"type": "message.received", "data": {"text": "نص"}, "occurred_at": "2026-11-22T14:05:09Z"}
HOOK = {"name": "متجر", "url": "https://example.com/", "event_types": ["contact.created"]}
POLICY = {"name": "ليلي", "slug": "night"}
KIND = {"key": "own.type", "label": "نوع", "example": {"id": 1}}
PUBLISH = {"type": "order.status", "data": {"id": "{{ body.id }}"}}
IS_SEVEN = {"all": [{"left": "body.id", "op": "eq", "right": 7}]}
TRIGGER = {
    "name": "دفع",
    "mode": "sync",
    "auth": {"kind": "basic", "username": "متجر", "password": "كلمة"},
    "variables": {"headers": [{"name": "X-Id"}], "body": [{"path": "id", "alias": "رقم"}]},
    "rules": [{"name": "طلب", "when": IS_SEVEN, "publish": [PUBLISH], "response": {"body": {}}}],
    "limits": {"body_bytes": 1000, "per_minute": None, "addresses": ["127.0.0.0/8"]},
    "dedupe": {"from": "body:id"},
    "accepted": None,
}
SIGNED = {
    "kind": "signature",
    "custom": {"header": "X-Signature", "signed": "{body}", "algorithm": "sha512"},
    "secret": "سرٌّ طويل",
}
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def document() -> Document:
    """The document."""
    return json.loads(Path(openapi.__file__).with_name("openapi.json").read_text("utf-8"))


def closed(schema: Any) -> Any:
    """``schema`` grown strict: an object has no member that is not described."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {name: closed(one) for name, one in schema.items()}
    return {**strict, "additionalProperties": False} if "required" in schema else strict


class Talk:
    """A program that checks everything it says and hears against the document."""

    def __init__(self, document: Document, client: Browser, key: str) -> None:
        self.heard: set[Exchange] = set()
        self._document, self._client, self._key = document, client, key
        self._components = closed(deepcopy(document["components"]))

    def say(self, method: str, template: str, body: Any = None, **kw: Any) -> Any:
        """Send a request; ``kw`` are the address's variables, and ``query``; returns the JSON."""
        path, query = "/api/v1" + template.format(**kw), kw.get("query", {})
        operation = self._document["paths"][template][method]
        self._check_query(operation, query)
        answer = self._client.open(
            path, method=method, json=body, query_string=query, headers=self._headers()
        )
        if body is not None and answer.status_code < 400:
            content = operation["requestBody"]["content"]["application/json"]
            self._check(content["schema"], body)
        self._check_answer(operation, answer)
        self.heard.add((method, template, answer.status_code))
        return answer.json if answer.data else None

    def call(self, url: str, body: Any) -> None:
        """Call a trigger, as an outsider does."""
        self._client.post(urlsplit(url).path, json=body)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}"} if self._key else {}

    def _check_query(self, operation: Document, query: dict[str, str]) -> None:
        known = [self._resolved(one)["name"] for one in operation.get("parameters", [])]
        assert query.keys() <= set(known)

    def _check_answer(self, operation: Document, answer: Any) -> None:
        described = self._resolved(operation["responses"][str(answer.status_code)])
        for name in described.get("headers", {}):
            assert name in answer.headers
        if "content" not in described:
            assert answer.data == b""
            return
        self._check(described["content"][answer.mimetype]["schema"], answer.json)

    def _resolved(self, described: Document) -> Document:
        if "$ref" not in described:
            return described
        _, _, kind, name = described["$ref"].split("/")
        return self._document["components"][kind][name]

    def _check(self, schema: Document, value: Any) -> None:
        whole = {**schema, "components": self._components}
        Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(
            value
        )


@pytest.fixture
def talk(document: Document, client: Browser, account: Account) -> Talk:
    """A program with a key."""
    return Talk(document, client, factories.make_key(account))


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    """Path, method and description of every operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_the_document_is_served_to_everybody(client: Browser, document: Document) -> None:
    answer = client.get("/api/openapi.json")
    assert answer.mimetype == "application/json"
    assert answer.json == document
    assert document["openapi"].startswith("3.1.")


def test_every_route_and_method_stands_in_the_document_and_no_other(
    app: Flask, document: Document
) -> None:
    served = set()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/v1/"):
            path = re.sub(r"<(\w+)>", r"{\1}", rule.rule.removeprefix("/api/v1"))
            served |= {(path, method.lower()) for method in rule.methods - {"HEAD", "OPTIONS"}}
    assert {(path, method) for path, method, _ in operations(document)} == served


def test_every_schema_is_one_and_every_reference_leads_somewhere(document: Document) -> None:
    components = document["components"]
    for schema in components["schemas"].values():
        Draft202012Validator.check_schema(schema)
    references = set(re.findall(r'"#/components/(\w+)/(\w+)"', json.dumps(document)))
    named = {(kind, name) for kind, members in components.items() for name in members}
    assert references == named - {("securitySchemes", "key")}


def test_every_operation_says_what_it_does_and_needs(document: Document) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    tags = {tag["name"] for tag in document["tags"]}
    for path, _, operation in operations(document):
        assert operation["summary"]
        assert set(operation["tags"]) <= tags
        variables = set(re.findall(r"{(\w+)}", path))
        references = [one.get("$ref", "") for one in operation.get("parameters", [])]
        assert variables == {name.rpartition("/")[2] for name in references} & variables


def test_real_answers_of_every_route_fit_the_document(
    app: Flask, talk: Talk, document: Document, receiver: Receiver, drain: Callable[[], int]
) -> None:
    talk.say("get", "/health")
    _hooks(talk)
    _catalogue(talk)
    _log(talk, receiver, drain)
    drain()
    _resends(talk)
    _trial(app, talk, receiver, drain)
    _calls(talk, _triggers(talk))
    expected = {
        (method, path, int(status))
        for path, method, operation in operations(document)
        for status in operation["responses"]
        if int(status) < 300
    }
    assert {one for one in talk.heard if one[2] < 300} == expected


def _hooks(talk: Talk) -> None:
    hook = talk.say("post", "/hooks", {**HOOK, "headers": {"X-A": "1"}, "secret": None})
    signed = talk.say("post", "/hooks", {**HOOK, "name": "آخر", "signature": "ed25519"})
    first = talk.say("get", "/hooks", query={"limit": "1", "q": ""})
    talk.say("get", "/hooks", query={"cursor": first["next"]})
    talk.say("get", "/hooks/{hook_id}", hook_id=signed["id"])
    change = {"enabled": False, "description": "وصف", "held": "skip"}
    talk.say("patch", "/hooks/{hook_id}", change, hook_id=hook["id"])
    talk.say("delete", "/hooks/{hook_id}", hook_id=hook["id"])
    talk.say("delete", "/hooks/{hook_id}", hook_id=signed["id"])


def _catalogue(talk: Talk) -> None:
    talk.say("post", "/policies", POLICY)
    talk.say("patch", "/policies/{slug}", {"per_minute": 5, "retry_delays": [0, 1]}, slug="night")
    talk.say("get", "/policies/{slug}", slug="night")
    talk.say("get", "/policies")
    talk.say("delete", "/policies/{slug}", slug="night")
    talk.say("post", "/event-types", KIND)
    talk.say("patch", "/event-types/{key}", {"schema": {}}, key="own.type")
    talk.say("get", "/event-types/{key}", key="own.type")
    talk.say("get", "/event-types")
    talk.say("delete", "/event-types/{key}", key="own.type")
    assert talk.say("get", "/audit", query={"subject": "policy"})["items"]


def _log(talk: Talk, receiver: Receiver, drain: Callable[[], int]) -> None:
    receiver.answer(Answer(500, {"x-kind": "bad"}, b"\xff no"), 200)
    talk.say("post", "/hooks", {**HOOK, "event_types": ["message.received"], "url": receiver.url})
    talk.say("post", "/hooks", {**HOOK, "name": "أصم", "enabled": False})
    talk.say("post", "/events", {**EVENT, "id": "its-own"})
    event = talk.say("post", "/events", {**EVENT, "id": "its-own"})
    drain()
    factories.let_time_pass()
    drain()
    talk.say("post", "/events/batch", [EVENT, {**EVENT, "id": None}])
    talk.say("get", "/events/{event_id}", event_id=event["id"])
    listed = talk.say("get", "/deliveries", query={"state": "delivered", "limit": "1"})
    talk.say("get", "/deliveries", query={"since": "2026-01-01T00:00:00Z", "status_class": "none"})
    [delivery] = listed["items"]
    shown = talk.say("get", "/deliveries/{delivery_id}", delivery_id=delivery["id"])
    assert len(shown["attempts"]) == 2
    talk.say("post", "/deliveries/{delivery_id}/resend", delivery_id=delivery["id"])


def _resends(talk: Talk) -> None:
    resend = talk.say("post", "/deliveries/resend", {"filter": {"state": "delivered"}})
    listed = talk.say("get", "/deliveries", query={"state": "delivered"})["items"]
    ids = {"deliveries": [delivery["id"] for delivery in listed]}
    assert talk.say("post", "/deliveries/resend", ids)["count"] == len(listed)
    for turn in ("pause", "resume", "cancel"):
        talk.say("post", f"/resends/{{resend_id}}/{turn}", resend_id=resend["id"])
    talk.say("get", "/resends/{resend_id}", resend_id=resend["id"])


def _triggers(talk: Talk) -> Document:
    talk.say("post", "/triggers", {"name": "آخر"})
    trigger = talk.say("post", "/triggers", TRIGGER)
    path = "/triggers/{trigger_id}"
    signed = talk.say("patch", path, {"auth": SIGNED}, trigger_id=trigger["id"])
    assert signed["version"] == 2
    talk.say("patch", path, {"auth": {"kind": "none"}}, trigger_id=trigger["id"])
    talk.say("get", path, trigger_id=trigger["id"])
    first = talk.say("get", "/triggers", query={"limit": "1", "q": ""})
    talk.say("get", "/triggers", query={"cursor": first["next"]})
    sample = {"query": "?a[0][b]=1", "body": {"id": 7, "list": [{"a": None}]}, "by_index": True}
    talk.say("post", path + "/parse", sample, trigger_id=trigger["id"])
    trial = {"headers": {"X-Id": "1"}, "query": None, "body": {"id": 7}}
    talk.say("post", path + "/try", trial, trigger_id=trigger["id"])
    _versions(talk, trigger["id"])
    return talk.say("post", path + "/token/replace", trigger_id=trigger["id"])


def _versions(talk: Talk, trigger_id: str) -> None:
    path, its = "/triggers/{trigger_id}/versions", {"trigger_id": trigger_id}
    listed = talk.say("get", path, query={"limit": "1"}, **its)
    talk.say("get", path, query={"cursor": listed["next"]}, **its)
    first = talk.say("get", path + "/{number}", number="1", **its)
    assert first["configuration"]["auth"]["kind"] == "basic"
    restored = talk.say("post", path + "/{number}/restore", number="1", **its)
    assert restored["auth"]["has_password"]
    talk.say("patch", "/triggers/{trigger_id}", {"auth": {"kind": "none"}}, **its)


def _calls(talk: Talk, trigger: Document) -> None:
    for body in ({"id": 7}, {"id": 7}, "no object", {"long": "x" * 1000}):
        talk.call(trigger["url"], body)
    its = {"trigger_id": trigger["id"]}
    query = {"verdict": "accepted", "run": "done", "status_class": "2xx", "limit": "1"}
    listed = talk.say("get", "/triggers/{trigger_id}/calls", query=query, **its)
    for call in talk.say("get", "/triggers/{trigger_id}/calls", **its)["items"]:
        talk.say("get", "/calls/{call_id}", call_id=call["id"])
    one, many = "/calls/{call_id}/replay", "/triggers/{trigger_id}/replay"
    change = {"rules": [], "dedupe": None}
    seen = talk.say("post", "/triggers/{trigger_id}/preview", change, **its)
    assert seen["differ"] >= 1
    for rehearse in (True, False):
        talk.say(
            "post", one, {"rehearse": rehearse, "version": "same"}, call_id=listed["items"][0]["id"]
        )
        talk.say("post", many, {"filter": {"q": "7"}, "rehearse": rehearse}, **its)
    talk.say("delete", "/triggers/{trigger_id}", **its)
    talk.say("get", "/triggers/{trigger_id}/calls", **its)


def _trial(app: Flask, talk: Talk, receiver: Receiver, drain: Callable[[], int]) -> None:
    hook = talk.say("post", "/hooks", {**HOOK, "name": "تجربة", "url": receiver.url})
    path = "/hooks/{hook_id}/secret/rotate"
    talk.say("post", path, {"overlap_hours": 1}, hook_id=hook["id"])
    drain()

    def ask() -> None:
        with app.app_context():
            wanted = {"event_type": hook["event_types"][0], "data": {}}
            talk.say("post", "/hooks/{hook_id}/test", wanted, hook_id=hook["id"])

    with ThreadPoolExecutor(1) as pool:
        trial = pool.submit(ask)
        until(lambda: drain() or trial.done())
        trial.result(20)


def test_refusals_fit_the_document_too(talk: Talk, document: Document, client: Browser) -> None:
    stranger = Talk(document, client, "")
    unknown = dict.fromkeys(document["components"]["parameters"], "x")
    for path, method, operation in operations(document):
        body = {} if "requestBody" in operation else None
        if "401" in operation["responses"]:
            stranger.say(method, path, body, **unknown)
        if "404" in operation["responses"] or "422" in operation["responses"]:
            query = {} if body is not None or "404" in operation["responses"] else {"limit": "x"}
            talk.say(method, path, body, query=query, **unknown)
    talk.say("delete", "/policies/{slug}", slug="simple")
    talk.say("patch", "/event-types/{key}", {}, key="message.received")
    talk.say("post", "/hooks", {**HOOK, "description": "x" * 300_000})
    bad = talk.say("post", "/events/batch", [{**EVENT, "type": "nobody.knows"}])
    assert bad["items"][0]["status"] == 422
    statuses = {status for *_, status in talk.heard | stranger.heard}
    assert statuses == {202, 401, 404, 409, 413, 422}


def test_every_problem_has_its_place_in_the_document(document: Document) -> None:
    for path, method, operation in operations(document):
        for status in operation["responses"]:
            if int(status) >= 400 and path != "/health":
                name = operation["responses"][status]["$ref"].rpartition("/")[2]
                content = document["components"]["responses"][name]["content"]
                assert list(content) == [PROBLEM], (path, method, status)
