"""The senders whose way to sign is known, and what else the portal knows of each.

Sources are named at the schemes; those of the Saudi and Egyptian senders are their public pages.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from portal.domain.signatures import preset_schemes as schemes
from portal.domain.signatures.scheme import Scheme

# Nothing published asks for more than this of a sender that names no time of its own.
DEADLINE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Preset:
    """A sender: ``scheme`` None signs nothing, ``deadline_seconds`` is how long it waits.

    ``dedupe`` is where its calls bear what a repeat shares, in the form of the contract's
    ``dedupe.from``. ``secret_headers``, ``secret_query`` and ``secret_fields`` name what holds the
    secret itself; ``marks`` are headers, in lower case, that only this sender has.
    ``header_is_chosen``: the merchant decides which header bears the secret. ``handshake`` is None,
    "meta", "slack" or "moyasar".
    """

    key: str
    label: str
    scheme: Scheme | None
    deadline_seconds: int = DEADLINE_SECONDS
    dedupe: str | None = None
    secret_headers: tuple[str, ...] = ()
    secret_query: tuple[str, ...] = ()
    secret_fields: tuple[str, ...] = ()
    handshake: str | None = None
    marks: tuple[str, ...] = ()
    header_is_chosen: bool = False


_KNOWN = (
    Preset(
        "github", "GitHub", schemes.GITHUB,
        dedupe="header:X-GitHub-Delivery", marks=("x-github-event", "x-github-delivery"),
    ),
    Preset("stripe", "Stripe", schemes.STRIPE, dedupe="body:id", marks=("stripe-signature",)),
    Preset(
        "shopify", "Shopify", schemes.SHOPIFY, deadline_seconds=5,
        dedupe="header:X-Shopify-Webhook-Id", marks=("x-shopify-hmac-sha256", "x-shopify-topic"),
    ),
    Preset(
        "slack", "Slack", schemes.SLACK, deadline_seconds=3, dedupe="body:event_id",
        handshake="slack", marks=("x-slack-signature",),
    ),
    Preset(
        "standard_webhooks", "Standard Webhooks", schemes.STANDARD_WEBHOOKS,
        dedupe="header:webhook-id", marks=("webhook-signature", "svix-signature"),
    ),
    Preset(
        "salla", "سلة", schemes.SALLA, secret_headers=("authorization",),
        marks=("x-salla-signature", "x-salla-security-strategy"),
    ),
    Preset(
        "moyasar", "ميسر", schemes.MOYASAR, dedupe="body:id",
        secret_fields=("secret_token",), handshake="moyasar",
    ),
    # The hash covers the state of the charge, so that a later state of it is no repeat.
    Preset("tap", "تاب", schemes.TAP, dedupe="header:hashstring", marks=("hashstring",)),
    Preset("tabby", "تابي", schemes.TABBY, deadline_seconds=60, header_is_chosen=True),
    Preset(
        "tamara", "تمارا", schemes.TAMARA,
        secret_headers=("authorization",), secret_query=("tamaraToken",),
    ),
    Preset(
        "gitlab", "GitLab", schemes.GITLAB, dedupe="header:Idempotency-Key",
        secret_headers=("x-gitlab-token",), marks=("x-gitlab-event", "x-gitlab-token"),
    ),
    Preset(
        "woocommerce", "WooCommerce", schemes.WOOCOMMERCE,
        dedupe="header:X-WC-Webhook-Delivery-ID",
        marks=("x-wc-webhook-signature", "x-wc-webhook-topic"),
    ),
    Preset(
        "paddle", "Paddle", schemes.PADDLE, deadline_seconds=5, dedupe="body:event_id",
        marks=("paddle-signature",),
    ),
    Preset("paymob", "باي موب", schemes.PAYMOB, dedupe="query:hmac"),
    Preset("zid", "زد", None),
    # GitHub signs in the same header: it is told apart by its others, which stand above.
    Preset(
        "meta", "Meta / WhatsApp", schemes.META, secret_query=("hub.verify_token",),
        handshake="meta", marks=("x-hub-signature-256",),
    ),
)  # fmt: skip

PRESETS: Mapping[str, Preset] = {preset.key: preset for preset in _KNOWN}


def detect(headers: Iterable[tuple[str, str]]) -> str | None:
    """The key of the preset whose sender these headers look like; None when they tell nothing."""
    names = {name.lower() for name, _ in headers}
    return next((preset.key for preset in _KNOWN if names & set(preset.marks)), None)
