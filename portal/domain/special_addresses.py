"""Which addresses are no stranger's server: the special networks, and what tunnels carry inside."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(part) for part in text.split())


# The IANA registry of special IPv4 addresses, whole, then multicast and the reserved top.
# `ipaddress.is_global` is not used: Python 3.11 takes 192.88.99.1 and 224.0.0.1 for global.
_CLOSED_V4 = _networks(
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24"
    " 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24"
    " 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
)
# Only global unicast can be a stranger's server; these parts of it are special as well: protocol
# assignments (Teredo among them), documentation, 6to4 and the AS112 sink.
_OPEN_V6 = IPv6Network("2000::/3")
_CLOSED_V6 = _networks("2001::/23 2001:db8::/32 2002::/16 3fff::/20 2620:4f:8000::/48")
# Where clouds hand out their machines' credentials: link-local, AWS, Google, Oracle and Scaleway
# over IPv6, Alibaba, Oracle, Azure. No exception opens these.
_METADATA = _networks(
    "169.254.0.0/16 fe80::/10 fd00:ec2::254/128 fd20:ce::254/128 fd00:c1::a9fe:a9fe/128"
    " fd00:42::42/128 100.100.100.200/32 192.0.0.192/32 168.63.129.16/32"
)
# Prefixes whose last 32 bits are an IPv4 address: IPv4-compatible, IPv4-translated and NAT64.
_CARRIES_V4 = _networks("::/96 ::ffff:0:0:0/96 64:ff9b::/96 64:ff9b:1::/48")
# A NAT64 prefix of 48 bits is followed by the address, parted by an octet of zeros (RFC 6052).
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")


def plain(address: Address) -> Address:
    """``address``, and where it is an IPv4 address in IPv6's notation, that one."""
    return getattr(address, "ipv4_mapped", None) or address


def within(address: Address, networks: tuple[Network, ...]) -> bool:
    """Whether ``address`` lies in one of ``networks``."""
    return any(address in network for network in networks)


def is_public(address: Address) -> bool:
    """Whether ``address`` can be a stranger's server on the internet."""
    real = plain(address)
    if real.version == 4:
        return not within(real, _CLOSED_V4)
    return real in _OPEN_V6 and not within(real, _CLOSED_V6)


def is_metadata(address: Address) -> bool:
    """Whether ``address``, or one that it carries inside, is where clouds keep credentials."""
    return any(within(each, _METADATA) for each in (address, *_carried(address)))


def _carried(address: Address) -> list[IPv4Address]:
    """Every IPv4 address that ``address`` carries inside, however a tunnel would read it."""
    if address.version == 4:
        return []
    carried = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if within(address, _CARRIES_V4):
        carried.append(IPv4Address(int(address) & 0xFFFFFFFF))
    if address in _LOCAL_NAT64:
        octets = address.packed
        carried.append(IPv4Address(octets[6:8] + octets[9:11]))
    return [each for each in carried if each is not None]
