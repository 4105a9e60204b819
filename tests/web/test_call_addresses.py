"""Calls from addresses that are not listed."""

from collections.abc import Callable

import pytest

from tests.outsiders import Caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

LISTED = ["10.1.0.0/16", "192.0.2.7", "2001:db8::/48", "::ffff:198.51.100.0/120", " fe80::/10 "]
INSIDE = ["10.1.255.255", "192.0.2.7", "2001:db8::1", "2001:DB8:0:1::1", "198.51.100.9"]
INSIDE += ["::ffff:10.1.0.1", "::ffff:c000:207", "fe80::1%eth0"]
OUTSIDE = ["10.2.0.1", "192.0.2.70", "2001:db8:1::1", "::ffff:10.2.0.1", "127.0.0.1", "::", "?"]
OUTSIDE += ["::10.1.0.1", "unix:", "192.0.2.7, 10.9.9.9"]


def test_only_listed_addresses_are_let_in_in_whatever_way_they_are_written(
    caller: Callable[..., Caller],
) -> None:
    one = caller(limits={"addresses": LISTED})

    def status(address: str) -> int:
        return one.call(environ_overrides={"REMOTE_ADDR": address}).status_code

    assert {address: status(address) for address in INSIDE} == dict.fromkeys(INSIDE, 200)
    assert {address: status(address) for address in OUTSIDE} == dict.fromkeys(OUTSIDE, 403)
    refused = [call for call in one.calls if call.verdict == "refused"]
    assert {(call.reason, call.status) for call in refused} == {("address_not_listed", 403)}
    assert {call.peer for call in refused} == set(OUTSIDE)


def test_an_empty_list_lets_everybody_in(caller: Callable[..., Caller]) -> None:
    one = caller(limits={"addresses": []})
    assert one.call(environ_overrides={"REMOTE_ADDR": "203.0.113.9"}).status_code == 200


def test_a_header_of_the_caller_is_not_believed(caller: Callable[..., Caller]) -> None:
    one = caller(limits={"addresses": ["192.0.2.7"]})
    headers = {"X-Forwarded-For": "192.0.2.7", "Forwarded": "for=192.0.2.7"}
    assert one.call(headers=headers).status_code == 403


@pytest.mark.settings(PORTAL_TRUSTED_PROXIES="1")
def test_behind_a_trusted_proxy_its_word_counts_and_no_word_before_it(
    caller: Callable[..., Caller],
) -> None:
    one = caller(limits={"addresses": ["192.0.2.7"]})
    assert one.call(headers={"X-Forwarded-For": "1.1.1.1, 192.0.2.7"}).status_code == 200
    assert one.call(headers={"X-Forwarded-For": "192.0.2.7, 1.1.1.1"}).status_code == 403
    assert [call.peer for call in one.calls] == ["192.0.2.7", "1.1.1.1"]


def test_the_refused_are_told_no_more_than_that(caller: Callable[..., Caller]) -> None:
    answer = caller(limits={"addresses": ["192.0.2.7"]}).call()
    assert answer.json["code"] == "forbidden"
    assert "192.0.2.7" not in answer.text
