"""How the known senders sign, each from its own documentation."""

from dataclasses import replace

from portal.domain.signatures.scheme import Listing, Place, Scheme, SignedField, header

# docs.github.com "Validating webhook deliveries"; the older SHA-1 header is not accepted.
GITHUB = Scheme("sha256", header("X-Hub-Signature-256"), prefix="sha256=")

# developers.facebook.com "Webhooks: getting started": keyed with the secret of the app.
META = GITHUB

# docs.stripe.com/webhooks: items t and v1, of which a rotation brings several; v0 is for tests.
STRIPE = Scheme(
    "sha256",
    header("Stripe-Signature"),
    listing=Listing(",", "=", "v1", timestamp="t"),
    signed="{timestamp}.{body}",
)

# developer.paddle.com/webhooks/signature-verification; its own libraries allow five seconds only,
# which clocks that are not kept by the same hand do not hold.
PADDLE = Scheme(
    "sha256",
    header("Paddle-Signature"),
    listing=Listing(";", "=", "h1", timestamp="ts"),
    signed="{timestamp}:{body}",
)

# shopify.dev "Verify webhook deliveries".
SHOPIFY = Scheme("sha256", header("X-Shopify-Hmac-Sha256"), encoding="base64")

# WooCommerce, "Webhooks": the same with a header of its own.
WOOCOMMERCE = Scheme("sha256", header("X-WC-Webhook-Signature"), encoding="base64")

# api.slack.com "Verifying requests from Slack".
SLACK = Scheme(
    "sha256",
    header("X-Slack-Signature"),
    prefix="v0=",
    signed="v0:{timestamp}:{body}",
    timestamp_header="X-Slack-Request-Timestamp",
)

# standard-webhooks, spec/standard-webhooks.md; Svix sends the same under names of its own.
_STANDARD = Scheme(
    "sha256",
    header("webhook-signature"),
    encoding="base64",
    listing=Listing(" ", ",", "v1"),
    signed="{id}.{timestamp}.{body}",
    timestamp_header="webhook-timestamp",
    id_header="webhook-id",
    key="whsec",
)
_SVIX = replace(
    _STANDARD,
    place=header("svix-signature"),
    timestamp_header="svix-timestamp",
    id_header="svix-id",
)
STANDARD_WEBHOOKS = replace(_STANDARD, others=(_SVIX,))

# docs.gitlab.com "Webhooks": the secret token itself.
GITLAB = Scheme("equal", header("X-Gitlab-Token"))

# docs.salla.dev/doc-421119: the strategy "Signature", or "Token" with the secret itself. Either
# needs the secret, so that the header which names the strategy need not be believed.
_SALLA_TOKEN = Scheme("equal", header("Authorization"), prefix="Bearer ", prefix_optional=True)
SALLA = Scheme(
    "sha256",
    header("X-Salla-Signature"),
    prefix="sha256=",
    prefix_optional=True,
    others=(_SALLA_TOKEN,),
)

# docs.moyasar.com/webhook-reference: the secret itself, in the body.
MOYASAR = Scheme("equal", Place("body", "secret_token"))

# docs.tabby.sa "Webhooks": a header and a value that the merchant registers.
TABBY = Scheme("equal", header("Authorization"))

# docs.tamara.co "Webhook subscription": a token of HS256 with the notification token as its key,
# in the query and in the header alike.
_TAMARA_QUERY = Scheme("jwt_hs256", Place("query", "tamaraToken"))
TAMARA = Scheme("jwt_hs256", header("Authorization"), prefix="Bearer ", others=(_TAMARA_QUERY,))


def _field(label: str, *paths: str, form: str = "text", optional: bool = False) -> SignedField:
    split = tuple(tuple(path.split(".")) for path in paths)
    return SignedField(label, split, form, optional)  # type: ignore[arg-type]


# developers.tap.company/docs/webhook: charges, authorizations and refunds; invoices differ.
_TAP_HEAD = (
    _field("x_id", "id"),
    _field("x_amount", "amount", form="amount"),
    _field("x_currency", "currency", form="currency"),
)
_TAP_INVOICE = (
    *_TAP_HEAD,
    _field("x_updated", "updated"),
    _field("x_status", "status"),
    _field("x_created", "created"),
)
TAP = Scheme(
    "sha256",
    header("hashstring"),
    signed=(
        *_TAP_HEAD,
        _field("x_gateway_reference", "reference.gateway", optional=True),
        _field("x_payment_reference", "reference.payment", optional=True),
        _field("x_status", "status"),
        _field("x_created", "transaction.created", "created"),
    ),
    others=(Scheme("sha256", header("hashstring"), signed=_TAP_INVOICE),),
)

# developers.paymob.com "HMAC Transaction Callback" and "HMAC for Card Tokens": the values alone,
# in the order of their names. A customer learns the hash of the own payment from the redirection,
# so that the forms of the values are held narrow: see signed_text.
_PAYMOB_TOKEN = tuple(
    _field("", f"obj.{name}", form=form)
    for name, form in (
        ("card_subtype", "text"),
        ("created_at", "time"),
        ("email", "text"),
        ("id", "number"),
        ("masked_pan", "text"),
        ("merchant_id", "number"),
        ("order_id", "number"),
        ("token", "text"),
    )
)
_PAYMOB_TRANSACTION = tuple(
    _field("", f"obj.{name}", form=form, optional=name.startswith("source_data"))
    for name, form in (
        ("amount_cents", "number"),
        ("created_at", "time"),
        ("currency", "currency"),
        ("error_occured", "flag"),
        ("has_parent_transaction", "flag"),
        ("id", "number"),
        ("integration_id", "number"),
        ("is_3d_secure", "flag"),
        ("is_auth", "flag"),
        ("is_capture", "flag"),
        ("is_refunded", "flag"),
        ("is_standalone_payment", "flag"),
        ("is_voided", "flag"),
        ("order.id", "number"),
        ("owner", "number"),
        ("pending", "flag"),
        ("source_data.pan", "text"),
        ("source_data.sub_type", "text"),
        ("source_data.type", "text"),
        ("success", "flag"),
    )
)
PAYMOB = Scheme(
    "sha512",
    Place("query", "hmac"),
    signed=_PAYMOB_TRANSACTION,
    others=(Scheme("sha512", Place("query", "hmac"), signed=_PAYMOB_TOKEN),),
)
