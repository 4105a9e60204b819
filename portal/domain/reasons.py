"""Why somebody does what cannot be undone, or shows what is secret: a sentence for the record."""

from portal.domain.audit import MAX_REASON
from portal.domain.problems import Problem, Refused

MIN_REASON = 3


def reason_of(text: str) -> str:
    """``text`` as a reason, trimmed; raises :class:`Refused` when it says nothing or too much."""
    reason = text.replace("\0", "").strip()
    if len(reason) < MIN_REASON:
        raise Refused(Problem("/reason", "no_reason"))
    if len(reason) > MAX_REASON:
        raise Refused(Problem("/reason", "bad_length", {"min": MIN_REASON, "max": MAX_REASON}))
    return reason
