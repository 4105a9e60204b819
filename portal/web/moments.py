"""How moments are shown: in Arabic, in the zone whose name stands in ``g.zone``, else in the
portal's own, and with the Hijri date beside the other where ``g.hijri`` says so."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_timedelta
from flask import g
from hijridate import Gregorian
from markupsafe import Markup

from portal.extensions import settings

_JUST_NOW = timedelta(seconds=10)
# Past this, the date itself says more than "4 weeks ago".
_RELATIVE = timedelta(days=7)
_SOON = timedelta(minutes=1)


def relative(moment: datetime, now: datetime) -> str:
    """How far ``moment`` is from ``now``, in words; its date once that is over a week."""
    distance = moment - now
    if abs(distance) < _JUST_NOW:
        return "الآن"
    if abs(distance) >= _RELATIVE:
        return format_datetime(moment.astimezone(zone()), "d MMMM y", locale="ar")
    words = format_timedelta(distance, add_direction=True, locale="ar")
    # CLDR writes this word without its tanwin.
    return words.replace("ثوانِ", "ثوانٍ")


def when(moment: datetime, now: datetime | None = None) -> Markup:
    """``moment`` in relative words; the exact time shows on hover and focus."""
    return _hovered(moment, relative(moment, now or datetime.now(UTC)))


def since(moment: datetime, now: datetime | None = None) -> Markup:
    """Since when something has been so: "منذ يومين"; the exact time shows as with :func:`when`."""
    words = relative(moment, now or datetime.now(UTC))
    return _hovered(moment, f"منذ {'لحظات' if words == 'الآن' else words.removeprefix('قبل ')}")


def exact_text(moment: datetime) -> str:
    """``moment`` in the account's zone: "22 نوفمبر 2026، 5:05:09 م"."""
    return format_datetime(moment.astimezone(zone()), "d MMMM y، h:mm:ss a", locale="ar")


def exact(moment: datetime) -> Markup:
    """:func:`exact_text` as a ``<time>``, which programs read as UTC; the Hijri date beside it for
    whoever chose that."""
    shown = Markup('<time datetime="{}">{}</time>').format(iso(moment), exact_text(moment))
    hijri = _hijri(moment)
    return shown + Markup(' <span class="hijri">{}</span>').format(hijri) if hijri else shown


def hour(moment: datetime) -> str:
    """The hour of the day in the account's zone: "5 م"."""
    return format_datetime(moment.astimezone(zone()), "h a", locale="ar")


def clock(moment: datetime, now: datetime | None = None) -> Markup:
    """When something began, by the clock: "5:05 م", with the day where that is not today."""
    local = moment.astimezone(zone())
    is_today = local.date() == (now or datetime.now(UTC)).astimezone(zone()).date()
    words = format_datetime(local, "h:mm a" if is_today else "d MMMM، h:mm a", locale="ar")
    return _hovered(moment, words)


def hijri_text(moment: datetime) -> str:
    """The day of ``moment`` in the account's zone by the calendar of Umm al-Qura: "12 جمادى الآخرة
    1448هـ"; empty outside the years that this calendar is published for (1924 to 2077)."""
    day = moment.astimezone(zone()).date()
    try:
        there = Gregorian.fromdate(day).to_hijri()
    except OverflowError:
        return ""
    return f"{there.day} {there.month_name('ar')} {there.year}هـ"


def is_soon(moment: datetime, now: datetime | None = None) -> bool:
    """Whether ``moment`` is less than a minute away, or past."""
    return moment - (now or datetime.now(UTC)) < _SOON


def is_past(moment: datetime, now: datetime | None = None) -> bool:
    """Whether ``moment`` has come."""
    return moment <= (now or datetime.now(UTC))


def iso(moment: datetime) -> str:
    """``moment`` as programs write it, in UTC: "2026-11-22T14:05:09Z"."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def zone() -> ZoneInfo:
    """The zone in which whoever asks reads times."""
    return ZoneInfo(g.get("zone") or settings().timezone)


def _hijri(moment: datetime) -> str:
    return hijri_text(moment) if g.get("hijri") else ""


def _hovered(moment: datetime, words: str) -> Markup:
    in_full = " · ".join(filter(None, (exact_text(moment), _hijri(moment))))
    return Markup('<time class="when" tabindex="0" datetime="{}" data-exact="{}">{}</time>').format(
        iso(moment), in_full, words
    )
