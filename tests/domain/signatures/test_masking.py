"""No secret reaches the record of a call; everything else does."""

import json

import pytest

from portal.domain.signatures.masking import MASK, mask_body, mask_headers, mask_query

SECRET = 'سر/كبير"1'
NAMES = ["secret_token"]


def test_credentials_are_masked_whoever_sends_them() -> None:
    names = ["Authorization", "PROXY-AUTHORIZATION", "cookie", "X-Api-Key", "X-Gitlab-Token"]
    assert mask_headers([(name, "v") for name in names], []) == [(name, MASK) for name in names]


def test_named_headers_are_masked_in_any_case_and_signatures_stay() -> None:
    pairs = [("x-tabby", "v"), ("X-Hub-Signature-256", "sha256=ab"), ("X-Tabby-2", "v")]
    assert mask_headers(pairs, ["X-Tabby"]) == [("x-tabby", MASK), *pairs[1:]]


def test_a_secret_is_masked_wherever_it_stands_in_a_header() -> None:
    as_wsgi = SECRET.encode().decode("latin-1")
    made = mask_headers([("A", f"a {SECRET} b"), ("B", as_wsgi)], [], [SECRET])
    assert made == [("A", f"a {MASK} b"), ("B", MASK)]


@pytest.mark.parametrize(
    ("query", "masked"),
    [
        ("a=1&tamaraToken=xyz&b=2", f"a=1&tamaraToken={MASK}&b=2"),
        ("%74amaraToken=xyz", f"%74amaraToken={MASK}"),
        ("tamaraToken", "tamaraToken"),
        ("a=b=c&&=&%ff", "a=b=c&&=&%ff"),
        ("k=abc+d%C3%A9f", f"k={MASK}"),
        ("", ""),
    ],
)
def test_secrets_of_the_query_are_masked(query: str, masked: str) -> None:
    assert mask_query(query, ["tamaraToken"], ["abc déf"]) == masked


@pytest.mark.parametrize(
    ("body", "masked"),
    [
        ('{"secret_token":"a\\"b","x":1}', '{"secret_token":"•••","x":1}'),
        ('{"d":[{"secret_token" : 5}]}', '{"d":[{"secret_token" : "•••"}]}'),
        ('{"secret_token":{"a":["}"]},"x":1}', '{"secret_token":"•••","x":1}'),
        ('{"secret_token":null}', '{"secret_token":"•••"}'),
        ('{"secret\\u005ftoken":"a"}', '{"secret\\u005ftoken":"•••"}'),
        ('{"a": "x"y", "secret_token": "cut off', '{"a": "x"y", "secret_token": "•••"'),
        ('{"secret_token":', '{"secret_token":"•••"'),
        ('{"x":"secret_token","y":1}', '{"x":"secret_token","y":1}'),
        ('{"my_secret_token":"a"}', '{"my_secret_token":"a"}'),
        ("no json at all", "no json at all"),
        ("", ""),
    ],
)
def test_members_of_the_body_are_masked_by_name(body: str, masked: str) -> None:
    assert mask_body(body.encode(), NAMES) == masked.encode()


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("slash", ["/", "\\/"])
def test_a_secret_is_masked_however_json_writes_it(ascii_only: bool, slash: str) -> None:
    body = json.dumps({"deep": [f"<{SECRET}>"]}, ensure_ascii=ascii_only).replace("/", slash)
    assert mask_body(body.encode(), [], [SECRET]) == f'{{"deep": ["{MASK}"]}}'.encode()


def test_what_was_json_stays_json_and_its_numbers_stay_numbers() -> None:
    body = b'{"order": 12345678, "line": "a\\nabcd", "123456": 1}'
    masked = mask_body(body, [], ["123456", "nabcd"])
    assert json.loads(masked) == {"order": 12345678, "line": "a\nabcd", MASK: 1}


def test_of_secrets_that_hold_each_other_nothing_is_left() -> None:
    assert mask_body(b"<secret-2>", [], ["secret", "secret-2"]) == f"<{MASK}>".encode()


def test_a_secret_too_short_to_be_told_from_other_text_stays() -> None:
    assert mask_body(b'{"a":"ok"}', [], ["a", "ok", ""]) == b'{"a":"ok"}'


def test_bytes_that_are_no_text_pass_unharmed() -> None:
    assert mask_body(b'\xff\x00{"secret_token":"\xfe"}\xff', NAMES) == (
        b'\xff\x00{"secret_token":"' + MASK.encode() + b'"}\xff'
    )


@pytest.mark.parametrize(
    "piece", [b'\\"', b'"', b"{", b'"secret_token":{', b'"\\a" ', b'"secret_token":"']
)
def test_no_body_takes_long_to_mask(piece: bytes) -> None:
    # Were it quadratic, a mebibyte of these would take hours.
    assert mask_body(piece * (2**20 // len(piece)), NAMES, [SECRET]) is not None
