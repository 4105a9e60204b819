"""What libcurl's error numbers mean in the words of the delivery log."""

import errno
import re

import pycurl

_BY_NUMBER = {
    pycurl.E_UNSUPPORTED_PROTOCOL: "invalid_response",  # an answer that is not HTTP/1
    pycurl.E_FTP_WEIRD_SERVER_REPLY: "invalid_response",  # the same number for HTTP
    pycurl.E_BAD_CONTENT_ENCODING: "invalid_response",
    100: "invalid_response",  # CURLE_TOO_LARGE: an endless header line; pycurl has no name for it
    pycurl.E_COULDNT_RESOLVE_HOST: "dns_failure",
    pycurl.E_SSL_CONNECT_ERROR: "tls_handshake",
    pycurl.E_PARTIAL_FILE: "connection_reset",
    pycurl.E_GOT_NOTHING: "connection_reset",
    pycurl.E_SEND_ERROR: "connection_reset",
}
_BY_ERRNO = {
    errno.ENETUNREACH: "network_unreachable",
    errno.EHOSTUNREACH: "network_unreachable",
    errno.EADDRNOTAVAIL: "network_unreachable",
    errno.ETIMEDOUT: "connect_timeout",
    errno.ECONNRESET: "connection_reset",
}
# OpenSSL's X509_V_ERR numbers: expired, and not yet valid.
_OUT_OF_TIME = (10, 9)
_NAME_MISMATCHES = (62, 64)
# libcurl reports unreadable chunks and headers under the number of a broken connection, so that
# only the text tells them apart.
_BROKEN_CONNECTION = re.compile(r"recv failure|connection|closed|reset|SSL_", re.IGNORECASE)
_CUT_HANDSHAKE = re.compile(r"SSL_ERROR_SYSCALL|reset by peer|unexpected eof", re.IGNORECASE)
_LONGEST_DETAIL = 200


def fault_code(number: int, text: str, handle: pycurl.Curl) -> str:
    """The code for libcurl's error ``number`` with its ``text``, on the finished ``handle``."""
    if number == pycurl.E_OPERATION_TIMEDOUT:
        return _missed_deadline(handle)
    if number == pycurl.E_COULDNT_CONNECT:
        return _BY_ERRNO.get(handle.getinfo(pycurl.OS_ERRNO), "connection_refused")
    if number == pycurl.E_PEER_FAILED_VERIFICATION:
        return _distrust(text, handle.getinfo(pycurl.SSL_VERIFYRESULT))
    if number == pycurl.E_SSL_CONNECT_ERROR and _CUT_HANDSHAKE.search(text):
        return "connection_reset"
    if number == pycurl.E_RECV_ERROR:
        return "connection_reset" if _BROKEN_CONNECTION.search(text) else "invalid_response"
    return _BY_NUMBER.get(number, "internal_error")


def fault_detail(number: int, text: str, handle: pycurl.Curl) -> str:
    """libcurl's own words, short, without the address that a name resolved to."""
    address = handle.getinfo(pycurl.PRIMARY_IP)
    if address and address not in handle.getinfo(pycurl.EFFECTIVE_URL):
        text = text.replace(address, "the address")
    return f"curl {number}: {text}".rstrip(": ")[:_LONGEST_DETAIL]


def _missed_deadline(handle: pycurl.Curl) -> str:
    if handle.getinfo(pycurl.REQUEST_SIZE):
        return "read_timeout"
    return "connect_timeout" if handle.getinfo(pycurl.NAMELOOKUP_TIME_T) else "dns_failure"


def _distrust(text: str, verify_result: int) -> str:
    if verify_result in _OUT_OF_TIME:
        return "tls_expired"
    if verify_result in _NAME_MISMATCHES or "subject name" in text:
        return "tls_hostname_mismatch"
    return "tls_untrusted"
