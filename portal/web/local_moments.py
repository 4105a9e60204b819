"""Moments in the account's time zone, as fields of a page write them."""

from datetime import datetime

from portal.web.moments import zone

# How <input type="datetime-local"> writes a moment.
LOCAL = "%Y-%m-%dT%H:%M"


def local_text(moment: datetime | None) -> str:
    """``moment`` as a field for local time takes it; empty for None."""
    return moment.astimezone(zone()).strftime(LOCAL) if moment else ""


def with_offset(text: str) -> str:
    """The moment ``text`` with the account's offset where it has none; else as it came."""
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return text
    return text if moment.tzinfo else moment.replace(tzinfo=zone()).isoformat()
