"""Calls as the known senders sign them: by their own libraries, else as their pages tell.

Nothing here uses what it is to test.
"""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from slack_sdk.signature import SignatureVerifier
from standardwebhooks import Webhook
from stripe import WebhookSignature

from portal.domain.signatures.verifying import Incoming

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
BODY = '{"id":"evt_1","اسم":"طلب \\u0645دفوع","amount":10.50}'.encode()
STAMP = int(AT.timestamp())

WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_WHSEC = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
PLAIN, OTHER_PLAIN = "8f2c1d-مفتاح-9b7e", "other-secret"
TOKEN, OTHER_TOKEN = "3a2e0f16-dd2f-4f18-8de8-3e561c0087c6", "0b0f9a04-1f8e-4a0d-9e53-9a1a3e2c7d55"

CHARGE = {
    "id": "chg_TS05A4120230736x9K22710693",
    "object": "charge",
    "status": "CAPTURED",
    "amount": 1.0,
    "currency": "SAR",
    "transaction": {"timezone": "UTC+03:00", "created": "1698392202943"},
    "reference": {"payment": "4327230736106619650", "gateway": "mada_pg70983e7a"},
}
CHARGE_TEXT = (
    "x_idchg_TS05A4120230736x9K22710693x_amount1.00x_currencySAR"
    "x_gateway_referencemada_pg70983e7ax_payment_reference4327230736106619650"
    "x_statusCAPTUREDx_created1698392202943"
)
TRANSACTION = {
    "type": "TRANSACTION",
    "obj": {
        "id": 192036465,
        "pending": False,
        "amount_cents": 100000,
        "success": True,
        "is_auth": False,
        "is_capture": False,
        "is_standalone_payment": True,
        "is_voided": False,
        "is_refunded": False,
        "is_3d_secure": True,
        "integration_id": 4097558,
        "has_parent_transaction": False,
        "order": {"id": 217503754, "merchant": {"id": 246628}},
        "created_at": "2024-06-13T11:33:44.592345",
        "currency": "EGP",
        "source_data": {"pan": "2346", "type": "card", "sub_type": "MasterCard"},
        "error_occured": False,
        "owner": 302852,
    },
}
# The string of developers.paymob.com, "HMAC Transaction Callback", step 2.
TRANSACTION_TEXT = (
    "1000002024-06-13T11:33:44.592345EGPfalsefalse1920364654097558truefalsefalsefalsetruefalse"
    "217503754302852false2346MasterCardcardtrue"
)


def call(
    *headers: tuple[str, str], body: bytes = BODY, query: str = "", method: str = "POST"
) -> Incoming:
    """A call with a header that proves nothing before ``headers``."""
    url = "https://hooks.example.com/hooks/in/token" + (f"?{query}" if query else "")
    return Incoming(method, [("Content-Type", "application/json"), *headers], query, body, url)


def digest(secret: str, content: bytes | str, algorithm: str = "sha256") -> str:
    """The HMAC of ``content`` in hexadecimal."""
    raw = content if isinstance(content, bytes) else content.encode()
    return hmac.new(secret.encode(), raw, algorithm).hexdigest()


def in_base64(digits: str) -> str:
    """A hexadecimal text as base64."""
    return base64.b64encode(bytes.fromhex(digits)).decode()


def packed(value: object) -> bytes:
    """``value`` as JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def token(secret: str, claims: Mapping[str, object], **head: object) -> str:
    """A JSON Web Token of HS256 (RFC 7519), put together by hand."""
    parts = [packed({"alg": "HS256", "typ": "JWT", **head}), packed(claims)]
    text = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    mark = bytes.fromhex(digest(secret, text))
    return f"{text}.{base64.urlsafe_b64encode(mark).decode().rstrip('=')}"


def _github(secret: str, at: datetime) -> Incoming:
    mark = f"sha256={digest(secret, BODY)}"
    return call(("X-GitHub-Event", "push"), ("X-Hub-Signature-256", mark))


def _meta(secret: str, at: datetime) -> Incoming:
    return call(("X-Hub-Signature-256", f"sha256={digest(secret, BODY)}"))


def _stripe(secret: str, at: datetime) -> Incoming:
    stamp = int(at.timestamp())
    mark = WebhookSignature._compute_signature(f"{stamp}.{BODY.decode()}", secret)
    return call(("Stripe-Signature", f"t={stamp},v1={mark},v0={'0' * 64}"))


def _shopify(secret: str, at: datetime) -> Incoming:
    return call(("X-Shopify-Hmac-Sha256", in_base64(digest(secret, BODY))))


def _woocommerce(secret: str, at: datetime) -> Incoming:
    return call(("X-WC-Webhook-Signature", in_base64(digest(secret, BODY))))


def _slack(secret: str, at: datetime) -> Incoming:
    stamp = str(int(at.timestamp()))
    mark = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=BODY)
    return call(("X-Slack-Request-Timestamp", stamp), ("X-Slack-Signature", mark or ""))


def standard(secret: str, at: datetime, family: str = "webhook") -> Incoming:
    """A call of Standard Webhooks, signed by their own library."""
    mark = Webhook(secret).sign("msg_1", at, BODY.decode())
    stamp = str(int(at.timestamp()))
    values = {"id": "msg_1", "timestamp": stamp, "signature": f"v1a,AAAA {mark}"}
    return call(*((f"{family}-{name}", value) for name, value in values.items()))


def _salla(secret: str, at: datetime) -> Incoming:
    mark = digest(secret, BODY)
    return call(("X-Salla-Security-Strategy", "Signature"), ("X-Salla-Signature", mark))


def _paddle(secret: str, at: datetime) -> Incoming:
    stamp = int(at.timestamp())
    return call(("Paddle-Signature", f"ts={stamp};h1={digest(secret, b'%d:%b' % (stamp, BODY))}"))


def _tap(secret: str, at: datetime) -> Incoming:
    return call(("hashstring", digest(secret, CHARGE_TEXT)), body=packed(CHARGE))


def _paymob(secret: str, at: datetime) -> Incoming:
    mark = digest(secret, TRANSACTION_TEXT, "sha512")
    return call(body=packed(TRANSACTION), query=f"hmac={mark}")


def _gitlab(secret: str, at: datetime) -> Incoming:
    # As a server hands it on: bytes of UTF-8, each as one character of Latin-1.
    return call(("X-Gitlab-Token", secret.encode().decode("latin-1")))


def _tabby(secret: str, at: datetime) -> Incoming:
    return call(("X-Tabby-Secret", secret.encode().decode("latin-1")))


def _moyasar(secret: str, at: datetime) -> Incoming:
    return call(body=packed({"id": "1", "type": "payment_paid", "secret_token": secret}))


def _tamara(secret: str, at: datetime) -> Incoming:
    stamp = int(at.timestamp())
    claims = {"iss": "Tamara", "iat": stamp, "exp": stamp + 3600}
    return call(query=f"tamaraToken={token(secret, claims)}")


# By the presets' keys: a call signed with a secret at a moment.
SENDERS: Mapping[str, Callable[[str, datetime], Incoming]] = {
    "github": _github,
    "meta": _meta,
    "stripe": _stripe,
    "shopify": _shopify,
    "woocommerce": _woocommerce,
    "slack": _slack,
    "standard_webhooks": standard,
    "salla": _salla,
    "paddle": _paddle,
    "tap": _tap,
    "paymob": _paymob,
    "gitlab": _gitlab,
    "tabby": _tabby,
    "moyasar": _moyasar,
    "tamara": _tamara,
}


def secrets_of(preset: str) -> tuple[str, str]:
    """Two secrets in the form that ``preset`` has."""
    special = {"standard_webhooks": (WHSEC, OTHER_WHSEC), "tamara": (TOKEN, OTHER_TOKEN)}
    return special.get(preset, (PLAIN, OTHER_PLAIN))
