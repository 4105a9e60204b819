"""Time zones, by the names of the IANA database."""

from functools import cache
from zoneinfo import available_timezones


@cache
def zones() -> tuple[str, ...]:
    """The names of all places that a person may choose, in order."""
    return tuple(sorted(name for name in available_timezones() if "/" in name or name == "UTC"))


def is_zone(name: str) -> bool:
    """Whether there is a time zone ``name``."""
    return name in available_timezones()
