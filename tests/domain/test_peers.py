"""Which peers are one when guesses are counted."""

import pytest

from portal.domain.peers import network_of

SAME = [
    ("192.0.2.1", "192.0.2.1"),
    ("::ffff:192.0.2.1", "192.0.2.1"),
    ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
    ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
    ("fe80::1%eth0", "fe80::/64"),
    ("?", "?"),
    ("x" * 500, "x" * 64),
]


@pytest.mark.parametrize(("peer", "network"), SAME)
def test_a_peer_is_counted_with_all_it_can_come_from(peer: str, network: str) -> None:
    assert network_of(peer) == network
