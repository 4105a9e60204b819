"""What a server's certificate says of itself."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from cryptography import x509
from cryptography.x509.oid import NameOID

from portal.domain.storable import storable

_LONGEST_NAME, _MOST_NAMES = 200, 8
# What has no end to speak of is said to end with the year 9999, which is past it in some zones.
_NO_END = datetime(9998, 12, 1, tzinfo=UTC)
# Names are an extension that may be missing, or be made by somebody with a sense of humour.
_NO_NAMES = (
    x509.ExtensionNotFound,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    ValueError,
)


class Certificate(NamedTuple):
    """``names`` are the hosts and addresses that it is good for, the first few of them."""

    expires_at: datetime
    issuer: str
    names: tuple[str, ...]


def read_chain(chain: Sequence[str], is_out_of_time: bool = False) -> Certificate | None:
    """The server's own certificate, the first of ``chain`` (PEM texts); None if it is unreadable.

    Where the chain was refused because it ``is_out_of_time``, it ends with the first that ends.
    """
    try:
        known = [_load(pem) for pem in (chain if is_out_of_time else chain[:1])]
        ends = [one.not_valid_after_utc for one in known]
    except (ValueError, x509.InvalidVersion):
        return None
    if not known:
        return None
    return Certificate(min(*ends, _NO_END), _issuer(known[0]), _names(known[0]))


def _load(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode())


def _issuer(certificate: x509.Certificate) -> str:
    try:
        named = {one.oid: one.value for one in certificate.issuer}
    except ValueError:
        return ""
    found = named.get(NameOID.ORGANIZATION_NAME) or named.get(NameOID.COMMON_NAME) or ""
    return storable(found)[:_LONGEST_NAME]


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        kind = x509.SubjectAlternativeName
        alternative = certificate.extensions.get_extension_for_class(kind).value
    except _NO_NAMES:
        return ()
    names = alternative.get_values_for_type(x509.DNSName)
    addresses = map(str, alternative.get_values_for_type(x509.IPAddress))
    return tuple(storable(name)[:_LONGEST_NAME] for name in (*names, *addresses))[:_MOST_NAMES]
