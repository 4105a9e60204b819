"""Why a program does something, where it says so."""

from urllib.parse import unquote

from flask import request

from portal.domain.audit import MAX_REASON

HEADER = "Audit-Reason"


def reason_given() -> str:
    """What the header ``Audit-Reason`` says, percent-encoded UTF-8 as headers carry other than
    ASCII (RFC 8187); empty where it is missing."""
    given = unquote(request.headers.get(HEADER, ""), errors="replace")
    return "".join(letter for letter in given if letter.isprintable())[:MAX_REASON]
