"""Identity tokens: what is taken for good, and everything that is not."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from portal.domain.openid import (
    Client,
    OpenIdError,
    discovery_address,
    identity_of,
    read_identity_token,
    read_provider,
)
from tests.identity_provider import KEY, STRANGE_KEY, signed, signed_with_public_key, unsigned

ISSUER = "https://id.nour.example/realm"
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
MOMENT = int(NOW.timestamp())
DOCUMENT = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
}
PROVIDER = read_provider(DOCUMENT, ISSUER)
CLIENT = Client("portal", "s3cret", "https://hooks.nour.example/back")
KEYS = {"keys": [{"kty": "oct", "k": "c2VjcmV0"}, "x", KEY.as_dict(private=False)]}
CLAIMS = {
    "iss": ISSUER,
    "sub": "subject-1",
    "aud": "portal",
    "exp": MOMENT + 60,
    "iat": MOMENT,
    "nonce": "n1",
    "email": "sara@nour.example",
    "email_verified": True,
}


def read(token: Any, keys: Any = KEYS) -> dict[str, Any]:
    return read_identity_token(token, keys, PROVIDER, CLIENT, "n1", NOW)


def with_claims(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (CLAIMS | changes).items() if value is not None}


def test_a_token_made_for_us_just_now_is_good() -> None:
    assert read(signed(CLAIMS))["sub"] == "subject-1"
    assert read(signed(with_claims(aud=["portal"])))["sub"] == "subject-1"


def test_a_key_without_a_name_is_tried_too() -> None:
    nameless = jwt.encode({"alg": "RS256"}, CLAIMS, KEY)
    several = {"keys": [STRANGE_KEY.as_dict(private=False), KEY.as_dict(private=False)]}
    assert read(nameless, several)["sub"] == "subject-1"


def test_elliptic_keys_are_as_good() -> None:
    key = ECKey.generate_key("P-256", {"kid": "e"})
    token = jwt.encode({"alg": "ES256", "kid": "e"}, CLAIMS, key)
    assert read(token, {"keys": [key.as_dict(private=False)]})["sub"] == "subject-1"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"iss": f"{ISSUER}/"},
        {"aud": "another"},
        {"aud": None},
        {"aud": ["another"]},
        {"aud": ["portal", "another"]},
        {"aud": ["portal", "another"], "azp": "another"},
        {"azp": "another"},
        {"exp": MOMENT - 31},
        {"exp": None},
        {"exp": "later"},
        {"nbf": MOMENT + 3600},
        {"iat": MOMENT + 3600},
        {"iat": None},
        {"nonce": "n2"},
        {"nonce": None},
        {"nonce": ""},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"auth_time": "yesterday"},
    ],
    ids=json.dumps,
)
def test_a_token_for_others_or_of_another_time_is_not(changes: dict[str, Any]) -> None:
    with pytest.raises(OpenIdError):
        read(signed(with_claims(**changes)))


@pytest.mark.parametrize(
    "sign",
    [unsigned, signed_with_public_key, lambda claims: signed(claims, STRANGE_KEY)],
    ids=["alg none", "public key as secret", "another key"],
)
def test_a_token_signed_by_nobody_is_not(sign: Callable[[dict[str, Any]], str]) -> None:
    with pytest.raises(OpenIdError):
        read(sign(CLAIMS))


@pytest.mark.parametrize("token", [None, "", "a.b.c", 7, {}, "😀", f"{signed(CLAIMS)}x"])
def test_what_is_no_token_is_not(token: Any) -> None:
    with pytest.raises(OpenIdError):
        read(token)


@pytest.mark.parametrize("keys", [None, [], {}, {"keys": None}, {"keys": [{"kty": "RSA"}]}])
def test_without_keys_nothing_is(keys: Any) -> None:
    with pytest.raises(OpenIdError):
        read(signed(CLAIMS), keys)


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_counts_only_when_it_is_plainly_verified(verified: Any) -> None:
    assert identity_of(ISSUER, with_claims(email_verified=verified)).email is None
    assert identity_of(ISSUER, CLAIMS).email == "sara@nour.example"


def test_what_is_said_further_counts_for_the_same_subject_only() -> None:
    bare = with_claims(email=None, email_verified=None)
    further = {"sub": "subject-1", "email": "sara@nour.example", "email_verified": True}
    assert identity_of(ISSUER, bare, further).email == "sara@nour.example"
    assert identity_of(ISSUER, bare, further | {"sub": "another"}).email is None
    half = with_claims(email="boss@nour.example", email_verified=None)
    assert identity_of(ISSUER, half, further).email == "sara@nour.example"
    assert identity_of(ISSUER, half, None).email is None


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://evil.example"},
        {"issuer": f"{ISSUER}/"},
        {"token_endpoint": None},
        {"token_endpoint": "http://id.nour.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": "https://[::1"},
        {"token_endpoint_auth_methods_supported": ["private_key_jwt"]},
    ],
    ids=str,
)
def test_a_description_that_cannot_be_trusted_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(OpenIdError):
        read_provider(DOCUMENT | changes, ISSUER)


def test_the_description_is_found_where_the_standard_says() -> None:
    for issuer in (ISSUER, f"{ISSUER}/"):
        assert discovery_address(issuer) == f"{ISSUER}/.well-known/openid-configuration"
