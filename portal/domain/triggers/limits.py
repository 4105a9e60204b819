"""The limits of a trigger: how large, how often, from where, and by what a repeat is told."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from portal.domain.fields import Fields
from portal.domain.paths import BadPath, parse_path
from portal.domain.problems import Problem, Refused
from portal.domain.triggers.variables import full_path

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LIMITS: Mapping[str, Any] = {"body_bytes": 1024 * 1024, "per_minute": None, "addresses": []}
MAX_BODY_BYTES, MAX_PER_MINUTE, MAX_ADDRESSES = 10 * 1024 * 1024, 100_000, 200
MAX_DEDUPE = 500


def read_limits(value: Any, old: Mapping[str, Any]) -> dict[str, Any]:
    """The limits that ``value`` describes; what it leaves out stays as in ``old``.

    Raises :class:`Refused`.
    """
    fields = Fields(value)
    fields.only(*LIMITS)
    limits = {
        "body_bytes": fields.integer("body_bytes", old["body_bytes"], 1, MAX_BODY_BYTES),
        "per_minute": fields.optional_integer("per_minute", old["per_minute"], 1, MAX_PER_MINUTE),
        "addresses": fields.each("addresses", old["addresses"], _read_address, MAX_ADDRESSES),
    }
    fields.done()
    return limits


def read_dedupe(value: Any) -> dict[str, str] | None:
    """By what a repeated call is told: ``{"from": "header:NAME"|"query:PATH"|"body:PATH"}``, or
    None. Raises :class:`Refused`."""
    if value is None:
        return None
    fields = Fields(value)
    fields.only("from")
    source = fields.text("from", "").strip()
    fields.done()
    part, _, name = source.partition(":")
    if len(source) > MAX_DEDUPE or part not in ("header", "query", "body") or not name:
        raise Refused(Problem("/from", "bad_dedupe"))
    try:
        parse_path(dedupe_path(source))
    except BadPath:
        raise Refused(Problem("/from", "bad_dedupe")) from None
    return {"from": source}


def dedupe_path(source: str) -> str:
    """The full path of what a dedupe ``source`` names: ``header:X-Id`` is ``headers["X-Id"]``."""
    part, _, name = source.partition(":")
    if part == "header":
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'headers["{escaped}"]'
    return full_path(part, name)


def network(text: str) -> Network:
    """The network, or the single address, that ``text`` names; raises :class:`ValueError`.

    Host bits are forgiven; an IPv4 address written as IPv6 is the same address.
    """
    found = ipaddress.ip_network(text.strip(), strict=False)
    if isinstance(found, ipaddress.IPv6Network) and found.network_address.ipv4_mapped:
        return ipaddress.ip_network(
            f"{found.network_address.ipv4_mapped}/{max(found.prefixlen - 96, 0)}", strict=False
        )
    return found


def is_listed(peer: str, networks: tuple[Network, ...]) -> bool:
    """Whether the address ``peer`` lies in one of ``networks``; an empty list admits everybody."""
    if not networks:
        return True
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in one for one in networks)


def _read_address(value: Any) -> str:
    try:
        return str(network(value))
    except (ValueError, AttributeError):
        raise Refused(Problem("", "bad_address")) from None
