"""OpenID Connect, as far as it is data: what a provider says of itself, where a browser is sent,
and whether an identity token is good.

The protocol's own rules are Authlib's and joserfc's; here is what this portal asks of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import import_key

# Signatures with a private key of the provider's alone: none that a public key could make, and
# not "none".
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
SCOPE = "openid email profile"
# How far the provider's clock may be from ours.
LEEWAY_SECONDS = 30

_AUTH_METHODS = ("client_secret_basic", "client_secret_post")
_FORM = "application/x-www-form-urlencoded"


class OpenIdError(Exception):
    """What a provider said cannot be used; the text, for technicians, says why and no secret."""


@dataclass(frozen=True)
class Provider:
    """What a provider says of itself, as far as it is used here."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    auth_method: str


@dataclass(frozen=True)
class Client:
    """Who this portal is to the provider, and where it has browsers sent back to."""

    client_id: str
    client_secret: str
    redirect_uri: str


@dataclass(frozen=True)
class Identity:
    """Whom a provider vouches for. ``email`` is None unless the provider has verified it."""

    issuer: str
    subject: str
    email: str | None
    proved_at: int | None


def discovery_address(issuer: str) -> str:
    """Where the provider ``issuer`` describes itself."""
    return issuer.rstrip("/") + "/.well-known/openid-configuration"


def read_provider(document: Any, issuer: str) -> Provider:
    """The description of the provider ``issuer``; raises :class:`OpenIdError`."""
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise OpenIdError("the discovery document is not this issuer's")
    methods = document.get("token_endpoint_auth_methods_supported") or _AUTH_METHODS
    usable = [method for method in _AUTH_METHODS if method in methods]
    if not usable:
        raise OpenIdError("the provider takes no client secret")
    return Provider(
        issuer,
        _endpoint(document, "authorization_endpoint", issuer),
        _endpoint(document, "token_endpoint", issuer),
        _endpoint(document, "jwks_uri", issuer),
        _endpoint(document, "userinfo_endpoint", issuer)
        if document.get("userinfo_endpoint")
        else None,
        usable[0],
    )


def authorization_address(
    provider: Provider, client: Client, state: str, nonce: str, verifier: str, anew: bool
) -> str:
    """Where a browser is sent; ``anew``: to prove who one is even if one is signed in there."""
    again = {"prompt": "login", "max_age": "0"} if anew else {}
    return prepare_grant_uri(
        provider.authorization_endpoint,
        client_id=client.client_id,
        response_type="code",
        redirect_uri=client.redirect_uri,
        scope=SCOPE,
        state=state,
        nonce=nonce,
        code_challenge=create_s256_code_challenge(verifier),
        code_challenge_method="S256",
        **again,
    )


def token_request(
    provider: Provider, client: Client, code: str, verifier: str
) -> tuple[Sequence[tuple[str, str]], bytes]:
    """The headers and the body with which ``code`` is exchanged for an identity token."""
    body = prepare_token_request(
        "authorization_code",
        code=code,
        redirect_uri=client.redirect_uri,
        code_verifier=verifier,
    )
    auth = ClientAuth(client.client_id, client.client_secret, provider.auth_method)
    _, headers, body = auth.prepare("POST", provider.token_endpoint, {"Content-Type": _FORM}, body)
    return tuple(headers.items()), body.encode()


def read_identity_token(
    token: Any, keys: Any, provider: Provider, client: Client, nonce: str, now: datetime
) -> dict[str, Any]:
    """The claims of an identity token that was made for us, just now; raises
    :class:`OpenIdError`."""
    signed = _verified(token, keys)
    claims = CodeIDToken(
        signed.claims,
        signed.header,
        {
            "iss": {"essential": True, "value": provider.issuer},
            "aud": {"essential": True, "value": client.client_id},
        },
        {"nonce": nonce, "client_id": client.client_id},
    )
    try:
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
    except (JoseError, TypeError, ValueError, OverflowError) as error:
        raise OpenIdError(f"the identity token is not good: {error}") from error
    if not _is_text(claims["sub"]):
        raise OpenIdError("the identity token names nobody")
    return dict(claims)


def identity_of(issuer: str, claims: Mapping[str, Any], further: Any = None) -> Identity:
    """Whom ``claims`` name, with what the provider says ``further`` of the same subject.

    An address and that it is verified are taken from one of the two, never put together of both.
    """
    is_same = isinstance(further, dict) and further.get("sub") == claims["sub"]
    said = claims if is_told_of_address(claims) or not is_same else further
    email = said.get("email")
    # Some say "true" as a text; what is not said plainly is not so.
    is_verified = said.get("email_verified") is True and _is_address(email)
    proved_at = claims.get("auth_time")
    return Identity(
        issuer,
        claims["sub"],
        email if is_verified else None,
        int(proved_at) if isinstance(proved_at, int | float) else None,
    )


def is_told_of_address(claims: Mapping[str, Any]) -> bool:
    """Whether ``claims`` say an address, and whether it is verified."""
    return "email" in claims and "email_verified" in claims


def _verified(token: Any, keys: Any) -> jwt.Token:
    """``token`` with its signature found to be that of one of the provider's ``keys``."""
    fault = "no key of the provider's fits the identity token"
    for key in _usable(keys):
        try:
            return jwt.decode(str(token), key, algorithms=list(ALGORITHMS))
        except (JoseError, TypeError, ValueError) as error:
            fault = f"the identity token cannot be verified: {type(error).__name__}"
    raise OpenIdError(fault)


def _usable(keys: Any) -> list[Any]:
    """The public keys for signatures in a JWKS document; of any other kind none."""
    listed = keys.get("keys") if isinstance(keys, dict) else None
    usable = []
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and one.get("kty") in ("RSA", "EC") and one.get("use") != "enc":
            try:
                usable.append(import_key(one))
            except (JoseError, TypeError, ValueError, KeyError):
                continue
    return usable


def _endpoint(document: Mapping[str, Any], name: str, issuer: str) -> str:
    address = document.get(name)
    try:
        scheme = urlsplit(address).scheme if isinstance(address, str) else ""
    except ValueError:
        scheme = ""
    # No less safe than the issuer itself, which the settings allow to be http only on loopback.
    if scheme != "https" and scheme != urlsplit(issuer).scheme:
        raise OpenIdError(f"the provider's {name} is not an https address")
    return str(address)


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 254 and "@" in value.strip("@")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 255
