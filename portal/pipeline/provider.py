"""The provider of single sign-on, asked through the one door out."""

import json
from collections.abc import Sequence
from datetime import datetime
from time import monotonic
from typing import Any

from portal.domain.envelope import USER_AGENT
from portal.domain.openid import (
    Client,
    Identity,
    OpenIdError,
    Provider,
    discovery_address,
    identity_of,
    is_told_of_address,
    read_identity_token,
    read_provider,
    token_request,
)
from portal.extensions import settings
from portal.pipeline.surroundings import guard
from portal.sender import READ_BODY, Request, Sender

# For each of its answers; somebody is waiting in front of their browser.
DEADLINE_SECONDS = 8.0
# How long what a provider says of itself is believed, so that not every visit asks for it.
BELIEVED_SECONDS = 300.0

BACK = "/login/single-sign-on/back"


class ProviderAway(Exception):
    """The provider did not answer, or not with what can be read; the text says how."""


def us() -> Client:
    """Who this portal is to the provider of its settings."""
    oidc = settings().oidc
    return Client(oidc.client_id, oidc.client_secret, f"{settings().base_url}{BACK}")


def find_provider() -> Provider:
    """What the provider of the settings says of itself.

    Raises :class:`ProviderAway` and :class:`portal.domain.openid.OpenIdError`.
    """
    issuer = settings().oidc.issuer
    known = _believed.get(issuer)
    if known is None or known[0] < monotonic():
        provider = read_provider(_ask(discovery_address(issuer)), issuer)
        known = _believed[issuer] = monotonic() + BELIEVED_SECONDS, provider
    return known[1]


def redeem(code: str, verifier: str, nonce: str, moment: datetime) -> Identity:
    """Whom the provider vouches for with ``code``. Nothing of its tokens is kept.

    Raises :class:`ProviderAway` and :class:`portal.domain.openid.OpenIdError`.
    """
    provider = find_provider()
    headers, body = token_request(provider, us(), code, verifier)
    answer = _ask(provider.token_endpoint, headers, body)
    if not isinstance(answer, dict) or "id_token" not in answer:
        raise OpenIdError("the provider gave no identity token for the code")
    keys = _ask(provider.jwks_uri)
    claims = read_identity_token(answer["id_token"], keys, provider, us(), nonce, moment)
    further = None
    if provider.userinfo_endpoint and not is_told_of_address(claims):
        bearer = (("authorization", f"Bearer {answer.get('access_token')}"),)
        further = _ask(provider.userinfo_endpoint, bearer)
    return identity_of(provider.issuer, claims, further)


def _ask(url: str, headers: Sequence[tuple[str, str]] = (), body: bytes | None = None) -> Any:
    """The JSON that ``url`` answers to a GET, or to a POST of ``body``."""
    usual = (("accept", "application/json"), ("user-agent", USER_AGENT))
    request = Request(
        None,
        url,
        (*usual, *headers),
        body or b"",
        DEADLINE_SECONDS,
        kept_bytes=READ_BODY,
        is_get=body is None,
    )
    sender = Sender(guard(), slots=1)
    try:
        sender.start(request)
        ((_, reply),) = sender.finished(DEADLINE_SECONDS + 1)
    except ValueError as error:
        raise ProviderAway("it did not answer in time") from error
    finally:
        sender.close()
    if reply.status_code is None:
        raise ProviderAway(f"{reply.error}: {reply.detail}")
    if reply.status_code >= 500 or reply.truncated:
        raise ProviderAway(f"its answer had the status {reply.status_code}")
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError) as error:
        raise ProviderAway("its answer is not JSON") from error


_believed: dict[str, tuple[float, Provider]] = {}
