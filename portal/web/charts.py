"""Charts of what attempts came to, laid out: across in percent of the width, down in pixels.

Time runs from right to left, as the page does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_datetime

from portal.domain.periods import Bar, Period, Sums
from portal.web.filters import duration
from portal.web.moments import hour, zone

# The tallest bar of each drawing, in pixels, and the space above it for its number.
TALL, LOW, HEADROOM = 132, 56, 22
# A bar takes so much of its place.
THICKNESS = 0.54
# Numbers above bars that are nearer to each other than this would run together on a phone.
APART = 4
NOW = "الآن"
_WORDS = {Period.DAY: "خلال آخر 24 ساعة", Period.WEEK: "خلال آخر 7 أيام"}


@dataclass(frozen=True)
class Label:
    """Words above a bar, centred on it unless it stands near an edge."""

    words: str
    anchor: str


@dataclass(frozen=True)
class Column:
    """One stretch of time as it is drawn: where it stands, how high its bars are, and in words
    when it was; ``mark`` is what stands below it, if anything."""

    sums: Sums
    words: str
    mark: str
    start: float
    width: float
    middle: float
    bar_start: float
    bar_width: float
    good: float
    bad: float
    median: float
    peak: Label | None
    worst: Label | None
    slowest: Label | None


@dataclass(frozen=True)
class Chart:
    """A drawing of a period, the oldest column first; ``words`` say which period it is."""

    period: Period
    words: str
    columns: Sequence[Column]
    is_empty: bool
    has_median: bool

    tall, low, headroom = TALL, LOW, HEADROOM


def draw(bars: Sequence[Bar], period: Period) -> Chart:
    """The drawing of ``bars``."""
    sums = [bar.sums for bar in bars]
    peak, worst = _top(sums, lambda one: one.total), _top(sums, lambda one: one.failed)
    slowest = _top(sums, lambda one: one.median or 0)
    scale = _Scale(sums[peak].total, sums[slowest].median or 0)
    tops = {"peak": peak, "worst": worst, "slowest": slowest}
    columns = [_column(bars, place, period, scale, tops) for place in range(len(bars))]
    return Chart(period, _WORDS[period], columns, not scale.total, bool(scale.median))


@dataclass(frozen=True)
class _Scale:
    """The numbers of the tallest bars."""

    total: int
    median: int


def _top(sums: Sequence[Sums], of: Callable[[Sums], int]) -> int:
    return max(range(len(sums)), key=lambda place: of(sums[place]))


def _column(
    bars: Sequence[Bar], place: int, period: Period, scale: _Scale, tops: dict[str, int]
) -> Column:
    sums, width = bars[place].sums, 100 / len(bars)
    middle = 100 - (place + 0.5) * width
    return Column(
        sums=sums,
        words=_words(bars[place].at, period),
        mark=_mark(bars, place, period),
        start=round(middle - width / 2, 3),
        width=round(width, 3),
        middle=round(middle, 3),
        bar_start=round(middle - width * THICKNESS / 2, 3),
        bar_width=round(width * THICKNESS, 3),
        good=_height(sums.delivered, scale.total, TALL),
        bad=_height(sums.failed, scale.total, TALL),
        median=_height(sums.median or 0, scale.median, LOW),
        **_labels(sums, place, middle, tops),
    )


def _labels(sums: Sums, place: int, middle: float, tops: dict[str, int]) -> dict[str, Label | None]:
    is_apart = abs(tops["worst"] - tops["peak"]) >= APART
    words = {
        "peak": f"{sums.total:,}" if sums.total else "",
        "worst": f"{sums.failed:,}" if sums.failed and is_apart else "",
        "slowest": duration(sums.median) if sums.median is not None else "",
    }
    return {
        name: Label(said, _anchor(middle)) if said and tops[name] == place else None
        for name, said in words.items()
    }


def _height(number: int, top: int, height: int) -> float:
    # However little it is, it can be seen.
    return max(round(number * height / top, 1), 2) if number else 0


def _anchor(middle: float) -> str:
    # Arabic begins at the right, so that there is the start.
    if middle > 90:
        return "start"
    return "end" if middle < 10 else "middle"


def _words(at: datetime, period: Period) -> str:
    if period == Period.DAY:
        return hour(at)
    return format_datetime(at.astimezone(zone()), "EEEE d MMMM، h a", locale="ar")


def _mark(bars: Sequence[Bar], place: int, period: Period) -> str:
    left = len(bars) - 1 - place
    if not left:
        return NOW
    if period == Period.DAY:
        return hour(bars[place].at) if place in (1, 7, 13, 19) else ""
    local = bars[place].at.astimezone(zone())
    # A day is named where it begins, unless its name would run into what stands last.
    return format_datetime(local, "EEEE", locale="ar") if local.hour == 0 and left > 2 else ""
