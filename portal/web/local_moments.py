"""Moments in the account's time zone, as fields of a page write them."""

from datetime import UTC, datetime

from portal.web.moments import zone

# How <input type="datetime-local"> writes a moment.
LOCAL = "%Y-%m-%dT%H:%M"


def local_text(moment: datetime | None) -> str:
    """``moment`` as a field for local time takes it; empty for None."""
    return moment.astimezone(zone()).strftime(LOCAL) if moment else ""


def with_offset(text: str) -> str:
    """The moment ``text``, which is the account's where it has no offset; else as it came."""
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        # Long ago, zones were apart by seconds too, which no written moment can say.
        return text if moment.tzinfo else _utc(moment.replace(tzinfo=zone()))
    except (ValueError, OverflowError):
        return text


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
