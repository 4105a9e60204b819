"""Each known sender's calls hold, and hold for nothing else."""

from dataclasses import replace
from datetime import timedelta

import jwt
import pytest

from portal.domain.signatures.presets import PRESETS, detect
from portal.domain.signatures.scheme import Scheme
from portal.domain.signatures.verifying import Incoming, Verdict, check_secret, verify
from tests.domain.signatures.senders import (
    AT,
    BODY,
    CHARGE,
    OTHER_PLAIN,
    PLAIN,
    SENDERS,
    STAMP,
    TOKEN,
    TRANSACTION,
    WHSEC,
    call,
    digest,
    packed,
    secrets_of,
    standard,
    token,
)

TIMED = ["stripe", "slack", "standard_webhooks", "paddle"]
# These bring the secret itself, or a token that covers no body.
BEARING = ["gitlab", "tabby", "moyasar", "tamara"]
COVERING = [key for key in SENDERS if key not in BEARING]
MEMBERS = ["tap", "paymob"]

each_sender = pytest.mark.parametrize("key", SENDERS)


def scheme_of(key: str) -> Scheme:
    """The scheme of a preset, with a header where the merchant chooses one."""
    scheme = PRESETS[key].scheme
    assert scheme is not None
    return scheme.at_header("X-Tabby-Secret") if PRESETS[key].header_is_chosen else scheme


def judged(key: str, incoming: Incoming, *secrets: str) -> Verdict:
    """What is made of ``incoming`` at the moment it was signed."""
    return verify(scheme_of(key), secrets or secrets_of(key)[:1], incoming, AT)


def spoilt(text: str) -> str:
    """``text`` with one letter near its end changed, where no encoding has idle bits."""
    return text[:-6] + ("0" if text[-6] != "0" else "1") + text[-5:]


def with_header(incoming: Incoming, name: str, value: str) -> Incoming:
    """``incoming`` with ``value`` in the header ``name`` that it has."""
    named = [(key, value if key.lower() == name.lower() else old) for key, old in incoming.headers]
    assert named != incoming.headers
    return replace(incoming, headers=named)


def header_of(incoming: Incoming, name: str) -> str:
    """The value of the header ``name``."""
    return next(value for key, value in incoming.headers if key.lower() == name.lower())


def with_spoilt_signature(key: str, incoming: Incoming) -> Incoming:
    """``incoming`` with one letter of its proof changed."""
    place = scheme_of(key).place
    if "=" in incoming.query:
        return replace(incoming, query=spoilt(incoming.query))
    if place.kind == "body":
        return replace(incoming, body=incoming.body.replace(PLAIN.encode(), spoilt(PLAIN).encode()))
    value = header_of(incoming, place.name)
    # Stripe's last item is one that does not count.
    return with_header(incoming, place.name, spoilt(value.partition(",v0=")[0]))


def test_all_presets_are_here_but_the_one_that_signs_nothing() -> None:
    assert set(SENDERS) | {"zid"} == set(PRESETS)
    assert PRESETS["zid"].scheme is None


@each_sender
def test_a_call_of_the_sender_holds(key: str) -> None:
    assert judged(key, SENDERS[key](secrets_of(key)[0], AT)) == Verdict(True, None, "current", {})


@each_sender
def test_the_previous_secret_holds_while_it_is_alive(key: str) -> None:
    new, old = secrets_of(key)
    incoming = SENDERS[key](old, AT)
    assert judged(key, incoming, new, old) == Verdict(True, None, "previous", {})
    assert not judged(key, incoming, new).ok


@each_sender
def test_a_changed_signature_does_not_hold(key: str) -> None:
    incoming = with_spoilt_signature(key, SENDERS[key](secrets_of(key)[0], AT))
    assert judged(key, incoming).reason in ("signature_wrong", "signature_malformed")


@pytest.mark.parametrize("key", COVERING)
def test_a_changed_body_does_not_hold(key: str) -> None:
    incoming = SENDERS[key](secrets_of(key)[0], AT)
    old, new = (b"CAPTURED", b"CAPTURES") if key == "tap" else (b"evt_1", b"evt_2")
    old, new = (b'"success":true', b'"success":false') if key == "paymob" else (old, new)
    changed = replace(incoming, body=incoming.body.replace(old, new))
    assert changed != incoming
    assert judged(key, changed) == Verdict(False, "signature_wrong", None, {})


@pytest.mark.parametrize("key", [key for key in COVERING if key not in MEMBERS])
@pytest.mark.parametrize("body", [BODY + b"\n", BODY[1:], b"", b"\xff" + BODY])
def test_not_a_byte_of_the_body_may_differ(key: str, body: bytes) -> None:
    incoming = replace(SENDERS[key](secrets_of(key)[0], AT), body=body)
    assert judged(key, incoming).reason == "signature_wrong"


@pytest.mark.parametrize("key", TIMED)
def test_a_changed_time_stamp_does_not_hold(key: str) -> None:
    incoming = SENDERS[key](secrets_of(key)[0], AT)
    name = scheme_of(key).timestamp_header or scheme_of(key).place.name
    value = header_of(incoming, name).replace(str(STAMP), str(STAMP + 1))
    assert judged(key, with_header(incoming, name, value)).reason == "signature_wrong"


@pytest.mark.parametrize("key", TIMED)
@pytest.mark.parametrize(("seconds", "way"), [(301, "past"), (-301, "future"), (86400, "past")])
def test_a_time_stamp_too_far_off_does_not_hold(key: str, seconds: int, way: str) -> None:
    secret = secrets_of(key)[0]
    incoming = SENDERS[key](secret, AT - timedelta(seconds=seconds))
    facts = {"seconds": abs(seconds), "way": way}
    assert judged(key, incoming) == Verdict(False, "timestamp_outside", None, facts)


@pytest.mark.parametrize("key", TIMED)
@pytest.mark.parametrize("seconds", [300, -300, 0])
def test_a_time_stamp_within_the_tolerance_holds(key: str, seconds: int) -> None:
    incoming = SENDERS[key](secrets_of(key)[0], AT - timedelta(seconds=seconds))
    assert judged(key, incoming).ok


@each_sender
def test_a_call_without_its_proof_is_told_so(key: str) -> None:
    assert judged(key, call(body=packed({"id": 1}))).reason == "signature_missing"


@each_sender
def test_the_secrets_of_the_tests_may_be_configured(key: str) -> None:
    assert [check_secret(scheme_of(key), one) for one in secrets_of(key)] == [None, None]
    assert check_secret(scheme_of(key), "") == "secret_empty"


def test_the_vector_of_github_holds() -> None:
    # docs.github.com, "Validating webhook deliveries", "Testing the webhook payload validation".
    mark = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    incoming = call(("X-Hub-Signature-256", mark), body=b"Hello, World!")
    assert judged("github", incoming, "It's a Secret to Everybody").ok


def test_the_older_header_of_github_does_not_count() -> None:
    mark = f"sha1={digest(PLAIN, BODY, 'sha1')}"
    assert judged("github", call(("X-Hub-Signature", mark))).reason == "signature_missing"
    assert not judged("github", call(("X-Hub-Signature-256", mark))).ok


def test_the_vector_of_slack_holds() -> None:
    # api.slack.com, "Verifying requests from Slack".
    secret, stamp = "8f742231b10e8888abcd99yyyzzz85a5", 1531420618
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
        b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
        b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
        b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121"
        b".803a0bc887a14d10d2c447fce8b6703c"
    )
    mark = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    incoming = call(
        ("X-Slack-Signature", mark), ("X-Slack-Request-Timestamp", str(stamp)), body=body
    )
    then = AT + timedelta(seconds=stamp - STAMP)
    assert verify(scheme_of("slack"), [secret], incoming, then).ok


def test_svix_may_use_names_of_its_own() -> None:
    assert judged("standard_webhooks", standard(WHSEC, AT, "svix")).ok
    mixed = standard(WHSEC, AT, "svix").headers[:-1] + standard(WHSEC, AT).headers[-1:]
    assert not judged("standard_webhooks", call(*mixed)).ok


def test_a_secret_of_standard_webhooks_may_lack_its_prefix() -> None:
    incoming = standard(WHSEC, AT)
    assert judged("standard_webhooks", incoming, WHSEC.removeprefix("whsec_")).ok
    scheme = scheme_of("standard_webhooks")
    assert check_secret(scheme, "ليس كذلك") == "secret_not_base64"
    assert check_secret(scheme, "whsec_") == "secret_empty"


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        (PLAIN, True),
        (f"Bearer {PLAIN}", True),
        (f"bearer {PLAIN}", True),
        (f"Bearer   {PLAIN}", True),
        (f"Bearer {OTHER_PLAIN}", False),
        (f"Basic {PLAIN}", False),
        ("Bearer", False),
        ("Bearer ", False),
    ],
)
def test_salla_may_send_the_secret_itself(value: str, holds: bool) -> None:
    header = ("Authorization", value.encode().decode("latin-1"))
    strategy = ("X-Salla-Security-Strategy", "Token")
    assert judged("salla", call(strategy, header)).ok is holds


def test_a_signature_of_salla_may_have_a_prefix() -> None:
    assert judged("salla", call(("X-Salla-Signature", f"sha256={digest(PLAIN, BODY)}"))).ok


@pytest.mark.parametrize("separator", [",", ", "])
def test_of_several_signatures_one_suffices(separator: str) -> None:
    good = f"v1={digest(PLAIN, f'{STAMP}.{BODY.decode()}')}"
    items = [f"t={STAMP}", "v1=" + "0" * 64, "v1=nonsense", good, "v2=x", ""]
    assert judged("stripe", call(("Stripe-Signature", separator.join(items)))).ok


def test_a_signature_counts_only_under_its_own_name() -> None:
    mark = digest(PLAIN, f"{STAMP}.{BODY.decode()}")
    incoming = call(("Stripe-Signature", f"t={STAMP},v0={mark}"))
    assert judged("stripe", incoming).reason == "signature_malformed"


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ("v1={}", "timestamp_missing"),
        ("t=,v1={}", "timestamp_missing"),
        ("t={stamp},t=1,v1={}", "timestamp_malformed"),
        ("t=١٧٠٠٠٠٠٠٠٠,v1={}", "timestamp_malformed"),
        ("t=99999999999999999999,v1={}", "timestamp_malformed"),
        ("t=-5,v1={}", "timestamp_malformed"),
        ("t=1e9,v1={}", "timestamp_malformed"),
    ],
)
def test_a_doubtful_time_stamp_is_not_believed(items: str, reason: str) -> None:
    value = items.format(digest(PLAIN, BODY), stamp=STAMP)
    assert judged("stripe", call(("Stripe-Signature", value))).reason == reason


@pytest.mark.parametrize("seconds", [299, 301])
def test_a_token_of_tamara_expires(seconds: int) -> None:
    claims = {"iss": "Tamara", "exp": STAMP - seconds}
    verdict = judged("tamara", call(query=f"tamaraToken={token(TOKEN, claims)}"))
    assert verdict.reason == (None if seconds < 300 else "token_expired")


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_a_token_of_tamara_is_not_valid_before_its_time(claim: str) -> None:
    claims = {claim: STAMP + 301}
    incoming = call(("Authorization", f"Bearer {token(TOKEN, claims)}"))
    assert judged("tamara", incoming).reason == "token_not_yet_valid"


@pytest.mark.parametrize(
    ("claims", "head"),
    [
        ({}, {"alg": "none"}),
        ({}, {"alg": "HS512"}),
        ({"exp": "later"}, {}),
        ({"exp": True}, {}),
        ({"exp": float("nan")}, {}),
        ({"exp": float("inf")}, {}),
        ([1], {}),
        ({}, {"crit": ["x"]}),
    ],
)
def test_a_token_of_another_kind_does_not_hold(claims: object, head: dict[str, object]) -> None:
    made = token(TOKEN, claims, **head)  # type: ignore[arg-type]
    assert not judged("tamara", call(query=f"tamaraToken={made}")).ok


def test_a_token_stands_in_the_header_or_in_the_query() -> None:
    made = token(TOKEN, {"iss": "Tamara"})
    for incoming in (
        call(("Authorization", f"Bearer {made}")),
        call(query=f"a=1&tamaraToken={made}"),
        call(("Authorization", "Bearer nonsense"), query=f"tamaraToken={made}"),
    ):
        assert judged("tamara", incoming).ok
    assert not judged("tamara", call(("Authorization", made))).ok


def test_a_secret_too_short_for_tokens_is_refused() -> None:
    assert check_secret(scheme_of("tamara"), "k" * 7) == "secret_too_short"
    assert check_secret(scheme_of("tamara"), "k" * 32) is None
    made = token("k" * 7, {})
    assert judged("tamara", call(query=f"tamaraToken={made}"), "k" * 7).reason == "secret_unusable"


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        ("1", "SAR", "1.00"),
        ("1.0", "SAR", "1.00"),
        ("10.5", "AED", "10.50"),
        ("1.5", "KWD", "1.500"),
        ("1.5", "BHD", "1.500"),
        ("1.5", "JOD", "1.500"),
        ("1.5", "OMR", "1.500"),
        ("2.675", "USD", "2.68"),
        ("1.005", "SAR", "1.01"),
        ("0.1", "SAR", "0.10"),
        ("123456789012345.67", "SAR", "123456789012345.67"),
        ("1e2", "SAR", "100.00"),
        ('"10.00"', "SAR", "10.00"),
    ],
)
def test_tap_writes_amounts_by_their_currency(amount: str, currency: str, written: str) -> None:
    text = packed(CHARGE).decode().replace(":1.0,", f":{amount},").replace("SAR", currency)
    signed = (
        f"x_id{CHARGE['id']}x_amount{written}x_currency{currency}"
        "x_gateway_referencemada_pg70983e7ax_payment_reference4327230736106619650"
        "x_statusCAPTUREDx_created1698392202943"
    )
    assert judged("tap", call(("hashstring", digest(PLAIN, signed)), body=text.encode())).ok


def test_tap_signs_refunds_and_invoices_too() -> None:
    refund = {"id": "re_1", "amount": 3, "currency": "KWD", "status": "REFUNDED", "created": 17}
    marks = "x_idre_1x_amount3.000x_currencyKWD{}x_statusREFUNDEDx_created17"
    mark = digest(PLAIN, marks.format("x_gateway_referencex_payment_reference"))
    assert judged("tap", call(("hashstring", mark), body=packed(refund))).ok
    invoice = {**refund, "updated": 18}
    mark = digest(PLAIN, marks.format("x_updated18"))
    assert judged("tap", call(("hashstring", mark), body=packed(invoice))).ok
    assert not judged("tap", call(("hashstring", mark), body=packed(refund))).ok


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"amount": "1,00"}, "signed_field_malformed"),
        ({"amount": -1}, "signed_field_malformed"),
        ({"amount": True}, "signed_field_malformed"),
        ({"amount": 1e30}, "signed_field_malformed"),
        ({"currency": "SARx_gateway"}, "signed_field_malformed"),
        ({"status": {}}, "signed_field_malformed"),
        ({"status": None}, "signed_field_missing"),
    ],
)
def test_a_charge_in_another_form_is_refused(change: dict[str, object], reason: str) -> None:
    incoming = call(("hashstring", "0" * 64), body=packed({**CHARGE, **change}))
    verdict = judged("tap", incoming)
    assert (verdict.reason, verdict.facts) == (reason, {"field": next(iter(change))})


def test_paymob_signs_saved_cards_too() -> None:
    card = {
        "id": 8555026,
        "token": "e98aceb9",
        "masked_pan": "xxxx-xxxx-xxxx-2346",
        "merchant_id": 246628,
        "card_subtype": "MasterCard",
        "created_at": "2024-11-13T12:32:23.859982",
        "email": "test@example.com",
        "order_id": "264064419",
    }
    text = (
        "MasterCard2024-11-13T12:32:23.859982test@example.com8555026"
        "xxxx-xxxx-xxxx-2346246628264064419e98aceb9"
    )
    body = packed({"type": "TOKEN", "obj": card})
    assert judged("paymob", call(body=body, query=f"hmac={digest(PLAIN, text, 'sha512')}")).ok
    assert judged("paymob", call(body=body, query="hmac=" + "0" * 128)).reason == "signature_wrong"


def test_digits_cannot_wander_from_one_field_of_paymob_into_the_next() -> None:
    incoming = SENDERS["paymob"](PLAIN, AT)
    moved = {
        **TRANSACTION["obj"],
        "amount_cents": 1000,
        "created_at": "002024-06-13T11:33:44.592345",
    }
    body = packed({"obj": moved})
    assert judged("paymob", replace(incoming, body=body)).reason == "signed_field_malformed"


@pytest.mark.parametrize("value", [5, None, True, ["x"], {"a": 1}])
def test_a_secret_in_the_body_is_a_text(value: object) -> None:
    incoming = call(body=packed({"secret_token": value}))
    assert judged("moyasar", incoming).reason == "signature_malformed"


@pytest.mark.parametrize("key", [*MEMBERS, "moyasar"])
@pytest.mark.parametrize("damage", [b"", b"[]", b"\xff", b'{"id":1,"id":2}', b"{", b"[" * 5000])
def test_a_body_that_is_no_strict_json_proves_nothing(key: str, damage: bytes) -> None:
    incoming = replace(SENDERS[key](PLAIN, AT), body=damage)
    allowed = ("body_not_json",) if damage != b"[]" else ("body_not_json", "signed_field_missing")
    assert judged(key, incoming).reason in allowed


@each_sender
def test_whatever_bears_a_secret_is_named_so_that_it_can_be_masked(key: str) -> None:
    preset = PRESETS[key]
    named = {
        "header": preset.secret_headers,
        "query": preset.secret_query,
        "body": preset.secret_fields,
    }
    assert preset.scheme is not None
    for way in preset.scheme.ways:
        if way.algorithm in ("equal", "jwt_hs256") and not preset.header_is_chosen:
            names = {name.lower() for name in named[way.place.kind]}
            assert way.place.name.lower() in names
    # Meta brings the token of verification, which may be the secret itself.
    assert preset.handshake != "meta" or preset.secret_query == ("hub.verify_token",)


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        (["X-GitHub-Event", "X-Hub-Signature-256"], "github"),
        (["x-hub-signature-256"], "meta"),
        (["STRIPE-SIGNATURE"], "stripe"),
        (["svix-signature"], "standard_webhooks"),
        (["X-Salla-Security-Strategy"], "salla"),
        (["X-Gitlab-Event"], "gitlab"),
        (["hashstring"], "tap"),
        (["Content-Type", "Authorization"], None),
    ],
)
def test_a_sender_is_known_by_its_headers(headers: list[str], key: str | None) -> None:
    assert detect([(name, "x") for name in headers]) == key


def test_a_token_signed_with_a_short_secret_of_the_sender_holds() -> None:
    secret = "s3cret-key"
    # To HMAC the same key, which the library does not warn of.
    token = jwt.encode({"exp": int(AT.timestamp()) + 60}, secret.ljust(64, "\0"), "HS256")
    call = Incoming("POST", [("Authorization", f"Bearer {token}")], "", b"{}", "https://x.example")
    assert verify(scheme_of("tamara"), [secret], call, AT).ok
