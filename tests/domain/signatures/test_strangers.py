"""Whatever strangers send, it is judged, and nothing raises."""

import random
from collections.abc import Iterator

import pytest

from portal.domain.signatures.diagnosis import diagnose
from portal.domain.signatures.handshakes import handshake
from portal.domain.signatures.masking import mask_body, mask_headers, mask_query
from portal.domain.signatures.presets import PRESETS
from portal.domain.signatures.scheme import read_custom
from portal.domain.signatures.verifying import Incoming, verify
from tests.domain.signatures.senders import AT, SENDERS, secrets_of

SCHEMES = [preset.scheme for preset in PRESETS.values() if preset.scheme] + [
    read_custom(
        {
            "header": "X-Sig",
            "signed": "{id}{timestamp}{url}{body}",
            "timestamp_header": "webhook-timestamp",
            "id_header": "webhook-id",
            "encoding": "base64",
        }
    )
]
# Odd ones among them: a lone surrogate, and one that leaves no key.
SECRETS = ["secret-\ud800", "", "whsec_AAAA", "k" * 40]

NAMES = sorted({way.place.name for scheme in SCHEMES for way in scheme.ways}) + [
    *("webhook-id", "webhook-timestamp", "X-Slack-Request-Timestamp", "X-GitHub-Event")
]
PIECES = ["t=", "v1=", ",", ";", "ts=", "h1=", "v0=", "sha256=", "Bearer ", "v1,", "v1,AAAA", "."]
PIECES += ["\x00", "\xff", "ع", "\ud800", "=", " ", "٣", "9" * 40, "0" * 64, "0" * 128, "eyJ", "%"]
PIECES += [str(int(AT.timestamp())), "eyJhbGciOiJIUzI1NiJ9", "W10", "&", "hub.mode=subscribe"]
BODIES = [
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b'"id":',
    b'"amount":',
    b'"currency":"SAR"',
    b'"obj":',
]
BODIES += [b"1e999", b"null", b"NaN", b"-0", b"1" * 70, b'"\\ud800"', b'"\\u0000"', b'"x"', b"\xff"]
BODIES += [b"\x00", b"\\", b'"secret_token":', b'"type":"url_verification"', b'"challenge":"x"']


def strange_calls(seed: int, count: int) -> Iterator[Incoming]:
    """``count`` calls put together from pieces that parsers trip over."""
    chance = random.Random(seed)
    for _ in range(count):
        texts = ["".join(chance.choices(PIECES, k=chance.randrange(8))) for _ in range(8)]
        headers = [(chance.choice(NAMES), text) for text in texts[: chance.randrange(7)]]
        query = f"hmac={texts[6]}&tamaraToken={texts[7]}"
        body = b"".join(chance.choices(BODIES, k=chance.randrange(14)))
        method = chance.choice(["POST", "GET"])
        yield Incoming(method, headers, query, body, f"https://hooks.example.com/?{query}")


def broken_calls(seed: int, count: int) -> Iterator[Incoming]:
    """Calls that were signed rightly, each with a byte of its proof or its body changed."""
    chance = random.Random(seed)
    for _ in range(count):
        key = chance.choice(sorted(SENDERS))
        good = SENDERS[key](secrets_of(key)[0], AT)
        headers = [(name, _bent(chance, value)) for name, value in good.headers]
        raw = _bent(chance, good.body.decode("latin-1")).encode("latin-1", "replace")
        yield Incoming("POST", headers, _bent(chance, good.query), raw, good.url)


def _bent(chance: random.Random, text: str) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(["\x00", "é", "", "=", "ـ", "\udcff"]) + text[at + 1 :]


@pytest.mark.parametrize("calls", [strange_calls, broken_calls])
def test_every_call_of_a_stranger_is_refused_with_a_reason(calls: object) -> None:
    for incoming in calls(7, 1500):  # type: ignore[operator]
        for scheme in SCHEMES:
            verdict = verify(scheme, SECRETS, incoming, AT)
            assert not verdict.ok
            assert verdict.reason


@pytest.mark.parametrize("calls", [strange_calls, broken_calls])
def test_every_refusal_can_be_explained_and_kept(calls: object) -> None:
    for place, incoming in enumerate(calls(11, 150)):  # type: ignore[operator]
        scheme = SCHEMES[place % len(SCHEMES)]
        assert diagnose(scheme, SECRETS, incoming, AT, expired=["old-secret"])
        mask_headers(incoming.headers, ["X-Sig"], SECRETS)
        mask_query(incoming.query, ["tamaraToken"], SECRETS)
        mask_body(incoming.body, ["secret_token"], SECRETS)


def test_no_stranger_shakes_hands() -> None:
    for incoming in strange_calls(13, 1500):
        for preset in PRESETS.values():
            made = handshake(preset, incoming, SECRETS, None, AT)
            assert made is None or made.status == 403


@pytest.mark.parametrize("secrets", [[], [""], ["", ""]])
def test_without_a_secret_nothing_holds(secrets: list[str]) -> None:
    for key, sender in SENDERS.items():
        scheme = PRESETS[key].scheme
        assert scheme is not None
        assert not verify(scheme, secrets, sender(secrets_of(key)[0], AT), AT).ok
