"""Which columns of the log somebody wants to see; the state is always there."""

from collections.abc import Collection

from flask import session

COLUMNS = {
    "hook": "الخطاف",
    "event": "الحدث",
    "response": "الاستجابة",
    "attempts": "المحاولات",
    "time": "الوقت",
    "finished": "وقت الانتهاء",
    "url": "الرابط",
    "id": "معرّف العملية",
    "event_id": "معرّف الحدث",
    "message_id": "معرّف الرسالة",
    "dedupe_key": "مفتاح منع التكرار",
}
USUAL = ("hook", "event", "response", "attempts", "time")

# A table has no room for one of these beside the others.
_LONG = {"url", "id", "event_id", "message_id", "dedupe_key"}

_KEY = "log_columns"


def chosen_columns() -> tuple[str, ...]:
    """The columns that this browser shows, in their order."""
    return _known(session.get(_KEY, USUAL))


def keep_columns(names: Collection[str]) -> None:
    """Show the columns ``names`` from now on, as far as there are such."""
    session[_KEY] = _known(names)


def forget_columns() -> None:
    """Show the usual columns again."""
    session.pop(_KEY, None)


def is_wide(names: Collection[str]) -> bool:
    """Whether the columns ``names`` ask for more room than a row has."""
    return not _LONG.isdisjoint(names)


def _known(names: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in COLUMNS if name in names)
