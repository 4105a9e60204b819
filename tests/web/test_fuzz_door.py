"""Whatever strangers send to a trigger, they are answered, and never with a fault of ours."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from portal.extensions import db
from portal.models import Call
from tests.outsiders import BASIC, GITHUB, SECRET, Caller, basic, signed

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

# The same examples in every run; how long one takes depends on the machine.
BOUNDED = settings(
    max_examples=250,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

ANSWER = {
    "status": 201,
    "headers": {"X-Body": "{{ body.a }}", "X-Query": "{{ query.a }}", "X-Head": "{{ headers.x }}"},
    "body": {"whole": "{{ body }}", "query": "{{ query }}", "text": "<{{ body.a[0] }}>"},
}
MEMBERS: dict[str, Any] = {
    "response": ANSWER,
    "rules": [
        {
            "publish": [
                {"type": "order.status", "data": {"a": "{{ body.a }}", "q": "{{ query }}"}}
            ],
            "response": ANSWER,
        }
    ],
    "variables": {
        "headers": [{"name": "X"}],
        "query": [{"path": "a[0].b"}],
        "body": [{"path": "a[].b"}, {"path": '["a.b"]'}],
    },
    "dedupe": {"from": "body:a"},
    "limits": {"body_bytes": 3000},
}
AUTHS = {"none": {"kind": "none"}, "basic": BASIC, "github": GITHUB}

# What an answer may be; 500 is the configured answer to an error, and none is made here.
EXPECTED = {200, 201, 400, 401, 404, 405, 409, 413, 415}

texts = st.text(max_size=20)
names = st.sampled_from(["a", "a.b", "b", "", "id", "__proto__", "secret"]) | texts
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
latin = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=40)
pieces = st.sampled_from(
    ["a", "b", "[", "]", "[0]", "=", "&", "%", "%00", "%5B", "+", ".", ";", "%ff", "{{", "é", "1"]
)
bodies = st.binary(max_size=200) | st.builds(
    lambda value, start, end: start + json_bytes(value) + end,
    values,
    st.sampled_from([b"", b"\xef\xbb\xbf", b" ", b"{", b"["]),
    st.sampled_from([b"", b"\n", b"}", b"\x00", b"," * 3]),
)
large = st.sampled_from(
    [b"[" * 3000, b'{"a":' * 500, b"x" * 3001, b'"' + b"\xd9\x85" * 1400 + b'"']
)
kinds = st.sampled_from([None, "application/json", "a/b+json; x=\xff", "text/html", ""]) | latin
methods = st.sampled_from(["POST"] * 8 + ["GET", "HEAD", "OPTIONS", "TRACE", "BREW", "PUT"])
header_names = st.sampled_from(
    ["X", "Content-Encoding", "Authorization", "X-Hub-Signature-256", "Cookie", "X-Forwarded-For"]
)
requests = st.fixed_dictionaries(
    {
        "body": bodies | bodies | large,
        "method": methods,
        "kind": kinds | st.just("application/json"),
        "query": st.lists(pieces, max_size=12).map("".join) | latin,
        "headers": st.dictionaries(header_names, latin, max_size=3),
    }
)


def json_bytes(value: Any) -> bytes:
    """``value`` as JSON, or as what many programs take for it: NaN, lone surrogates."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """No line of a log a call, which would be thousands."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("mode", ["async", "sync"])
@pytest.mark.parametrize("auth", list(AUTHS))
def test_no_call_whatever_it_is_meets_a_fault_of_ours(
    caller: Callable[..., Caller], mode: str, auth: str
) -> None:
    one = caller(mode=mode, auth=AUTHS[auth], **MEMBERS)

    @BOUNDED
    @given(asked=requests, is_proven=st.booleans())
    def call(asked: dict[str, Any], is_proven: bool) -> None:
        if is_proven and auth == "basic":
            asked["headers"] |= basic(BASIC["username"], BASIC["password"])
        if is_proven and auth == "github":
            asked["headers"] |= signed(asked["body"], SECRET)
        answer = one.call(**asked)
        assert answer.status_code in EXPECTED, answer.text[:500]
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        proven = is_proven or auth == "none"
        assert proven or answer.status_code in (401, 404, 405, 413)

    call()
    kept = db.session.query(Call.verdict).filter_by(trigger_id=one.trigger_id).distinct()
    assert {verdict for (verdict,) in kept} >= {"accepted", "refused"}
