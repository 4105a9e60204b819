"""What is said of a hook by more than one page."""

from portal.queries.counts import COUNTED
from portal.web.text import count

# What the name of a copy bears in brackets.
COPY = "نسخة"


def capped(n: int, key: str) -> str:
    """``n`` of what ``key`` names, where counting stopped just past the most that is told."""
    return count(n, key) if n <= COUNTED else f"أكثر من {count(COUNTED, key)}"
