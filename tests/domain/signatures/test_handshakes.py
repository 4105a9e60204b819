"""Handshakes are answered to those who prove themselves, and to nobody else."""

from dataclasses import replace
from urllib.parse import urlencode

import pytest

from portal.domain.signatures.handshakes import Handshake, handshake
from portal.domain.signatures.presets import PRESETS
from portal.domain.signatures.verifying import Incoming
from tests.domain.signatures.senders import (
    AT,
    BODY,
    PLAIN,
    SENDERS,
    STAMP,
    call,
    digest,
    packed,
)

ASKED = {"hub.mode": "subscribe", "hub.verify_token": "كلمة", "hub.challenge": "1158201444"}


def answered(key: str, incoming: Incoming, token: str | None = None) -> Handshake | None:
    """What the portal answers to ``incoming`` under the preset ``key``."""
    return handshake(PRESETS[key], incoming, [PLAIN], token, AT)


def asked(**changes: str | None) -> Incoming:
    """Meta's question, with members changed (dots written as two underscores) or left out."""
    fields = ASKED | {f"hub.{name}": value for name, value in changes.items()}
    query = urlencode({name: value for name, value in fields.items() if value is not None})
    return call(body=b"", query=query, method="GET")


def slack(body: bytes, secret: str = PLAIN) -> Incoming:
    """A call that Slack signed."""
    mark = f"v0={digest(secret, b'v0:%d:%b' % (STAMP, body))}"
    stamp = ("X-Slack-Request-Timestamp", str(STAMP))
    return call(stamp, ("X-Slack-Signature", mark), body=body)


def moyasar(secret: str, code: object = "123456", member: str = "type") -> Incoming:
    """A call by which Moyasar verifies an address."""
    data = {"verification_code": code}
    return call(body=packed({member: "webhook_verification", "secret_token": secret, "data": data}))


def test_meta_gets_its_challenge_back_as_plain_text() -> None:
    made = answered("meta", asked(), "كلمة")
    assert made is not None
    assert (made.status, made.body, made.ok) == (200, "1158201444", True)
    assert made.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_the_secret_stands_in_for_a_token_that_is_not_configured() -> None:
    made = answered("meta", asked(verify_token=PLAIN))
    assert made is not None
    assert made.status == 200
    made = answered("meta", asked(verify_token=PLAIN), "كلمة")
    assert made is not None
    assert made.status == 403


@pytest.mark.parametrize(
    "changes",
    [
        {"verify_token": "other"},
        {"verify_token": ""},
        {"verify_token": None},
        {"mode": "unsubscribe"},
        {"mode": None},
        {"challenge": None},
        {"challenge": ""},
        {"challenge": "<script>alert(1)</script>"},
        {"challenge": "9" * 513},
    ],
)
def test_any_other_question_of_meta_is_refused(changes: dict[str, str | None]) -> None:
    made = answered("meta", asked(**changes), "كلمة")
    assert made is not None
    assert (made.status, made.body, made.ok) == (403, "", False)


def test_an_empty_token_proves_nothing() -> None:
    made = handshake(PRESETS["meta"], asked(verify_token=""), ["", ""], "", AT)
    assert made is not None
    assert made.status == 403


def test_a_token_given_twice_proves_nothing() -> None:
    incoming = asked()
    doubled = replace(incoming, query=incoming.query + "&hub.verify_token=other")
    made = answered("meta", doubled, "كلمة")
    assert made is not None
    assert made.status == 403


def test_events_of_meta_go_their_usual_way() -> None:
    assert answered("meta", SENDERS["meta"](PLAIN, AT), "كلمة") is None


def test_slack_gets_its_challenge_back() -> None:
    made = answered("slack", slack(packed({"type": "url_verification", "challenge": "3eZbrw1aB"})))
    assert made is not None
    assert (made.status, made.body) == (200, {"challenge": "3eZbrw1aB"})
    assert made.secret == "current"


@pytest.mark.parametrize(
    "body",
    [
        BODY,
        packed({"type": "event_callback", "challenge": "a_verification"}),
        packed({"type": "url_verification"}),
        packed({"type": "url_verification", "challenge": {"a": 1}}),
        packed({"type": "url_verification", "challenge": "<b>"}),
        b"url_verification",
    ],
)
def test_other_calls_of_slack_are_no_handshake(body: bytes) -> None:
    assert answered("slack", slack(body)) is None


def test_a_question_that_slack_did_not_sign_is_not_answered() -> None:
    body = packed({"type": "url_verification", "challenge": "3eZbrw1aB"})
    assert answered("slack", slack(body, "other")) is None
    assert answered("slack", call(body=body)) is None
    assert answered("github", slack(body)) is None


@pytest.mark.parametrize("member", ["type", "event"])
@pytest.mark.parametrize("code", ["123456", 123456])
def test_the_code_of_moyasar_is_kept_for_staff(member: str, code: object) -> None:
    made = answered("moyasar", moyasar(PLAIN, code, member))
    assert made == Handshake("moyasar", 200, "ok", code="123456", secret="current")


def test_a_code_without_the_secret_is_not_taken() -> None:
    assert answered("moyasar", moyasar("other")) is None


@pytest.mark.parametrize("code", [None, "", "<b>", ["1"], True, "1" * 33])
def test_a_code_in_another_form_is_not_taken(code: object) -> None:
    assert answered("moyasar", moyasar(PLAIN, code)) is None


@pytest.mark.parametrize("key", sorted(set(PRESETS) - {"meta"}))
def test_nobody_else_is_answered_without_proof(key: str) -> None:
    assert answered(key, asked(), "كلمة") is None
    assert answered(key, moyasar("other")) is None
