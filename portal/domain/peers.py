"""Peers: who is taken for one and the same when guesses are counted."""

from ipaddress import IPv6Address, ip_address, ip_network

# What one customer of a provider usually has: they can come from any address of it.
_V6_PREFIX = 64


def network_of(peer: str) -> str:
    """The address ``peer`` itself, or of an IPv6 address the network it is free to move in."""
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return peer[:64]
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((address, _V6_PREFIX), strict=False))
