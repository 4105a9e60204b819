"""Why somebody does what cannot be undone, or shows what is secret: a sentence for the record."""

from portal.domain.audit import MAX_REASON
from portal.domain.problems import Problem, Refused

MIN_REASON = 3
# From how many on sending again, or running again, wants a reason.
MANY = 100


def reason_of(text: str) -> str:
    """``text`` as a reason, trimmed; raises :class:`Refused` when it says nothing or too much."""
    problems = reason_problems(text)
    if problems:
        raise Refused(*problems)
    return _plain(text)


def reason_problems(text: str) -> list[Problem]:
    """What is wrong with ``text`` as a reason."""
    length = len(_plain(text))
    if length < MIN_REASON:
        return [Problem("/reason", "no_reason")]
    if length > MAX_REASON:
        return [Problem("/reason", "bad_length", {"min": MIN_REASON, "max": MAX_REASON})]
    return []


def _plain(text: str) -> str:
    return text.replace("\0", "").strip()
