"""Rows as a file, CSV for people and their spreadsheets and NDJSON for programs.

Both are written while they are read, a bite at a time, so that a file of a million rows takes no
more memory than one of ten, and no transaction stays open between two bites.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, Response, current_app

from portal.models import now
from portal.web.moments import zone

MOST_ROWS = 1_000_000
CSV, NDJSON = "text/csv; charset=utf-8", "application/x-ndjson"
# Without the mark, Excel takes the text for one of its old code pages.
MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
# What a spreadsheet takes for the start of a formula, the wide forms among it.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")

Write = Callable[[Sequence[Any]], str]


def lines_of(bites: Iterator[Sequence[Any]], write: Write, cut: str) -> Iterator[str]:
    """What ``write`` makes of bite after bite, and ``cut`` where there are too many rows."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    return _written(app, bites, write, cut)


def _written(app: Flask, bites: Iterator[Sequence[Any]], write: Write, cut: str) -> Iterator[str]:
    left = MOST_ROWS
    while True:
        # Whoever reads slowly, or no more, holds no connection meanwhile.
        with app.app_context():
            rows = next(bites, None)
        if rows is None:
            return
        if rows:
            yield write(rows[:left])
        if len(rows) > left:
            yield cut
            return
        left -= len(rows)


def attachment(name: str, kind: str, content_type: str, lines: Iterable[str]) -> Response:
    """``lines`` as a file called ``name`` and the day, of the ``kind`` "csv" or "ndjson"."""
    day = now().astimezone(zone()).date().isoformat()
    answer = Response(lines, content_type=content_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}-{day}.{kind}"'
    return answer


def table(rows: Iterable[Sequence[Any]]) -> str:
    """``rows`` as CSV, in which no cell is a formula."""
    text = io.StringIO()
    csv.writer(text).writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell: Any) -> Any:
    """``cell``, with an apostrophe where a spreadsheet would work it out as a formula."""
    is_formula = isinstance(cell, str) and cell.startswith(_FORMULA)
    return f"'{cell}" if is_formula else cell


def line(value: dict[str, Any]) -> str:
    """``value`` as a line of NDJSON."""
    return json.dumps(value, ensure_ascii=False) + "\n"


def local(moment: datetime | None, here: ZoneInfo) -> str | None:
    """``moment`` in the zone ``here``, as spreadsheets read it."""
    return moment.astimezone(here).isoformat(" ", "seconds") if moment else None


def utc(moment: datetime | None) -> str | None:
    """``moment`` as RFC 3339 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
