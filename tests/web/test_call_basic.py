"""Calls that prove themselves by a name and a password."""

import base64
from collections.abc import Callable

import pytest
import requests
from requests.auth import HTTPBasicAuth

from portal.models import Account
from portal.pipeline.triggers import url_of
from tests import factories
from tests.outsiders import BASIC, GITHUB, SECRET, Caller, basic, signed

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

CHALLENGE = 'Basic realm="Khuttaf", charset="UTF-8"'
NAME, PASSWORD = BASIC["username"], BASIC["password"]
TOKEN = basic(NAME, PASSWORD)["Authorization"].partition(" ")[2]


def encoded(text: str, encoding: str = "utf-8") -> dict[str, str]:
    """The header with ``text`` as the credentials."""
    return {"Authorization": "Basic " + base64.b64encode(text.encode(encoding)).decode()}


WRONG = [
    ({}, "credentials_missing"),
    ({"Authorization": ""}, "credentials_missing"),
    ({"Authorization": f"Bearer {TOKEN}"}, "credentials_missing"),
    ({"Authorization": TOKEN}, "credentials_missing"),
    ({"Authorization": "Basic"}, "credentials_wrong"),
    ({"Authorization": "Basic ?"}, "credentials_malformed"),
    ({"Authorization": f"Basic {TOKEN[:-1]}"}, "credentials_malformed"),
    ({"Authorization": f"Basic {TOKEN} {TOKEN}"}, "credentials_malformed"),
    ({"Authorization": "Basic \xff"}, "credentials_malformed"),
    (basic(NAME, PASSWORD + " "), "credentials_wrong"),
    (basic(NAME, PASSWORD[:-1]), "credentials_wrong"),
    (basic(NAME, ""), "credentials_wrong"),
    (basic("", PASSWORD), "credentials_wrong"),
    (encoded(NAME), "credentials_wrong"),
    (encoded(PASSWORD), "credentials_wrong"),
    (encoded(f"{NAME}:{PASSWORD}", "utf-16"), "credentials_wrong"),
]


def test_without_the_right_credentials_it_is_401_with_a_challenge(
    caller: Callable[..., Caller],
) -> None:
    one = caller(auth=BASIC)
    for headers, reason in WRONG:
        answer = one.call(headers=headers)
        assert answer.status_code == 401, headers
        assert answer.headers["WWW-Authenticate"] == CHALLENGE
        assert answer.json["code"] == "unauthorized"
        if len(one.outcomes) < 10:
            assert one.outcomes[-1] == ("refused", reason, 401), headers
    assert {call.verdict for call in one.calls} == {"refused"}


@pytest.mark.parametrize("password", ["a:b:c", "كلمة سر", "p@ss/w?rd#%20", " ", "🔑" * 40])
def test_passwords_may_hold_colons_and_any_letters(
    caller: Callable[..., Caller], password: str
) -> None:
    one = caller(auth={"kind": "basic", "username": "متجر", "password": password})
    assert one.call(headers=basic("متجر", password)).status_code == 200
    lower = {"authorization": basic("متجر", password)["Authorization"].replace("Basic", "bAsIc  ")}
    assert one.call(headers=lower).status_code == 200
    assert one.call(headers=basic("متجر", password + "x")).status_code == 401


def test_the_form_with_credentials_in_the_address_works_with_requests(
    served: str, account: Account
) -> None:
    auth = {"kind": "basic", "username": "shop", "password": "a:b@c/d%"}
    url = url_of(factories.make_trigger(account, auth=auth))
    inside = url.replace("://", "://shop:a%3Ab%40c%2Fd%25@")
    assert requests.post(inside, json={}, timeout=10).status_code == 200
    assert requests.post(url, json={}, timeout=10).status_code == 401
    arabic = url_of(factories.make_trigger(account, auth=BASIC))
    pair = HTTPBasicAuth(NAME.encode(), PASSWORD.encode())
    assert requests.post(arabic, json={}, auth=pair, timeout=10).status_code == 200


def test_only_basic_challenges(caller: Callable[..., Caller]) -> None:
    answer = caller(auth=GITHUB).call(headers=signed(b"other"))
    assert answer.status_code == 401
    assert "WWW-Authenticate" not in answer.headers


def test_a_signature_is_over_the_raw_bytes_and_both_secrets_count(
    caller: Callable[..., Caller],
) -> None:
    one = caller(auth=GITHUB | {"previous_secret": "سابق"})
    body = b'{ "a": "\\u0645",\r\n"b":1.0 }'
    assert one.call(body, headers=signed(body)).status_code == 200
    assert one.call(body, headers=signed(body, "سابق")).status_code == 200
    assert one.call(body, headers=signed(body.replace(b" ", b""))).status_code == 401
    assert one.call(body, headers=signed(body, "أسبق")).status_code == 401
    assert one.call(body).status_code == 401
    assert [call.body for call in one.calls] == [body] * 5
    told = [call.explanation or "" for call in one.calls[:2]]
    assert ['"current"' in told[0], '"previous"' in told[1]] == [True, True]


def test_no_credential_is_ever_stored(caller: Callable[..., Caller]) -> None:
    one, other = caller(auth=BASIC), caller(auth=GITHUB)
    one.call(headers=basic(NAME, PASSWORD))
    one.call(headers=basic(NAME, PASSWORD + "1") | {"Proxy-Authorization": TOKEN, "Cookie": TOKEN})
    one.call(headers={"Authorization": f"Bearer {TOKEN}"})
    body = f'{{"a": "{SECRET}"}}'.encode()
    other.call(body, query=f"token={SECRET}", headers=signed(body) | {"X-Api-Key": TOKEN})
    kept = "".join(
        str([getattr(call, name) for name in call.__table__.columns.keys()])  # noqa: SIM118
        + call.body.decode()
        for call in one.calls + other.calls
    )
    assert len(one.calls + other.calls) == 4
    for secret in (TOKEN, PASSWORD, SECRET):
        assert secret not in kept
    assert '["Authorization", "•••"]' in kept
