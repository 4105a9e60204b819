"""Signatures, judged by the specification's vectors and by two outside libraries."""

import base64
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from standardwebhooks import Webhook

from portal.domain.signing import (
    BadSecret,
    key_bytes,
    make_private_key,
    make_secret,
    public_key,
    sign,
    verify,
)

VECTORS = [
    (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
    (
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        1649367553,
        b'{"email":"test@example.com","username":"test_user"}',
        "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
    ),
]
SECRET, ID, AT, BODY, SIGNATURE = VECTORS[0]
BODIES = [b"{}", '{"نص":"السلام عليكم"}'.encode(), b'{"a.b":"."}', b"\xff\x00", b""]
SEED = bytes(range(32))


@pytest.mark.parametrize(("secret", "message_id", "timestamp", "body", "signature"), VECTORS)
def test_the_vectors_of_the_specification_hold(
    secret: str, message_id: str, timestamp: int, body: bytes, signature: str
) -> None:
    assert sign([secret], message_id, timestamp, body) == signature
    assert verify(secret, message_id, str(timestamp), body, signature)


@pytest.mark.parametrize("body", [one for one in BODIES if one.decode("utf-8", "ignore")][:3])
@pytest.mark.parametrize("size", [24, 32, 64])
def test_an_outside_judge_agrees(size: int, body: bytes) -> None:
    secret, moment = make_secret(bytes(range(size))), datetime.now(UTC).replace(microsecond=0)
    header = sign([secret], "msg_1", int(moment.timestamp()), body)
    judge = Webhook(secret)
    assert judge.sign("msg_1", moment, body.decode()) == header
    judge.verify(
        body,
        {
            "webhook-id": "msg_1",
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": header,
        },
    )


def test_any_other_text_is_a_secret_by_its_utf_8_bytes() -> None:
    secret = "كلمة سر طويلة"
    moment = datetime.fromtimestamp(AT, UTC)
    assert sign([secret], ID, AT, BODY) == Webhook(secret.encode()).sign(ID, moment, BODY.decode())


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("raw", [SEED, SEED + b"\0" * 32], ids=["seed", "seed and public key"])
def test_ed25519_signatures_hold_before_the_public_key(raw: bytes, body: bytes) -> None:
    private = make_private_key(raw)
    version, _, signature = sign([private], ID, AT, body).partition(",")
    given = base64.b64decode(public_key(private).removeprefix("whpk_"))
    assert version == "v1a"
    content = f"{ID}.{AT}.".encode() + body
    Ed25519PublicKey.from_public_bytes(given).verify(base64.b64decode(signature), content)
    assert base64.b64decode(signature) == Ed25519PrivateKey.from_private_bytes(SEED).sign(content)


def test_an_ed25519_signature_holds_for_nothing_else() -> None:
    private = make_private_key(SEED)
    signature = base64.b64decode(sign([private], ID, AT, BODY).removeprefix("v1a,"))
    given = base64.b64decode(public_key(private).removeprefix("whpk_"))
    with pytest.raises(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(given).verify(signature, f"{ID}.{AT + 1}.".encode())


def test_every_secret_alive_signs_in_its_place() -> None:
    others = [make_secret(b"a" * 24), make_private_key(SEED)]
    header = sign([SECRET, *others], ID, AT, BODY)
    assert header.split(" ") == [sign([one], ID, AT, BODY) for one in (SECRET, *others)]
    assert all(verify(one, ID, str(AT), BODY, header) for one in (SECRET, others[0]))


@pytest.mark.parametrize(
    ("message_id", "timestamp", "body", "header"),
    [
        ("msg_2", str(AT), BODY, SIGNATURE),
        (ID, str(AT + 1), BODY, SIGNATURE),
        (ID, str(AT), BODY + b" ", SIGNATURE),
        (ID, str(AT), BODY, SIGNATURE.replace("v1,", "v2,")),
        (ID, str(AT), BODY, SIGNATURE[:-1]),
        (ID, str(AT), BODY, ""),
        (ID, str(AT), BODY, "garbage ، v1, v1"),
        (ID, "", BODY, SIGNATURE),
    ],
)
def test_whatever_was_changed_does_not_verify(
    message_id: str, timestamp: str, body: bytes, header: str
) -> None:
    assert not verify(SECRET, message_id, timestamp, body, header)


def test_garbage_before_a_good_signature_does_no_harm() -> None:
    assert verify(SECRET, ID, str(AT), BODY, f"garbage v9,x {SIGNATURE}")


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", base64.b64decode(SECRET[6:])),
        ("plain text", b"plain text"),
        ("سر", "سر".encode()),
        ("WHSEC_AAAA", b"WHSEC_AAAA"),
    ],
)
def test_a_secret_is_base64_after_its_prefix_and_a_text_otherwise(secret: str, key: bytes) -> None:
    assert key_bytes(secret) == key


@pytest.mark.parametrize("secret", ["whsec_a", "whsec_سر", "whsec_a b=", "whsec_AA=A", "whsec_-_"])
def test_a_prefix_that_promises_base64_is_held_to_it(secret: str) -> None:
    with pytest.raises(BadSecret):
        key_bytes(secret)


@pytest.mark.parametrize("key", ["whsk_", "whsk_AAAA", "whsk_!", make_private_key(b"1" * 33)])
def test_a_private_key_of_another_length_is_refused(key: str) -> None:
    with pytest.raises(BadSecret):
        sign([key], ID, AT, BODY)
