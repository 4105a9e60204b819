"""What a server's certificate says of itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from cryptography import x509
from cryptography.x509.oid import NameOID

from portal.domain.storable import storable

_LONGEST_NAME, _MOST_NAMES = 200, 8


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
        known = [x509.load_pem_x509_certificate(pem.encode()) for pem in chain]
        if not known:
            return None
        ends = [one.not_valid_after_utc for one in known]
        expires_at = min(ends) if is_out_of_time else ends[0]
        return Certificate(expires_at, _issuer(known[0]), _names(known[0]))
    except ValueError:
        return None


def _issuer(certificate: x509.Certificate) -> str:
    for kind in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
        found = certificate.issuer.get_attributes_for_oid(kind)
        if found:
            return storable(found[0].value)[:_LONGEST_NAME]
    return storable(certificate.issuer.rfc4514_string())[:_LONGEST_NAME]


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        kind = x509.SubjectAlternativeName
        alternative = certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return ()
    names = alternative.get_values_for_type(x509.DNSName)
    addresses = map(str, alternative.get_values_for_type(x509.IPAddress))
    return tuple(storable(name)[:_LONGEST_NAME] for name in (*names, *addresses))[:_MOST_NAMES]
