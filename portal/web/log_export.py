"""The log as a file: CSV for people and their spreadsheets, NDJSON for programs.

Both are written while they are read, a bite at a time, so that a file of a million rows takes no
more memory than one of ten, and no transaction stays open between two bites.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, Response, current_app

from portal.domain.log_filter import LogFilter
from portal.models import now
from portal.queries.delivery_rows import delivery_rows
from portal.queries.hooks import event_labels
from portal.web.failures import failure
from portal.web.filters import bare_url
from portal.web.moments import zone
from portal.web.seeing import masks, veil
from portal.web.text import delivery_word

MOST_ROWS = 1_000_000

HEADINGS = (
    *("معرّف العملية", "الحالة", "الخطاف", "معرّف الخطاف", "الرابط", "الحدث", "نوع الحدث"),
    *("معرّف الحدث", "مفتاح منع التكرار", "معرّف الرسالة", "المحاولات", "رمز الاستجابة"),
    *("السبب", "رمز السبب", "وقت الإنشاء", "آخر محاولة", "وقت الانتهاء"),
)
CUT = "اقتُصر الملف على أحدث العمليات، وعددها {:,}. ضيّق التصفية أو المدة لتصدير البقية."
# Without the mark, Excel takes the text for one of its old code pages.
_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
# What a spreadsheet takes for the start of a formula, the wide forms among it.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")

Write = Callable[[Sequence[Any]], str]


def csv_file(account_id: str, wanted: LogFilter) -> Response:
    """A table with headings in Arabic; moments are in the account's zone."""
    labels, here, key = event_labels(account_id), zone(), veil().unread

    def table(rows: Sequence[Any]) -> str:
        return _table(_cells(row, labels, here, key(row.dedupe_key)) for row in rows)

    lines = _lines(account_id, wanted, table, _table([[CUT.format(MOST_ROWS)]]))
    head = _MARK + _table([HEADINGS])
    return _file("csv", "text/csv; charset=utf-8", chain([head], lines))


def ndjson_file(account_id: str, wanted: LogFilter) -> Response:
    """One object a line, with names that stay; moments are in UTC."""

    key = veil().unread

    def objects(rows: Sequence[Any]) -> str:
        return "".join(_line(_object(row, key(row.dedupe_key))) for row in rows)

    cut = _line({"truncated": True, "rows": MOST_ROWS})
    return _file("ndjson", "application/x-ndjson", _lines(account_id, wanted, objects, cut))


def _lines(account_id: str, wanted: LogFilter, write: Write, cut: str) -> Iterator[str]:
    """What ``write`` makes of bite after bite, and ``cut`` where there are too many rows."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    return _written(app, delivery_rows(account_id, wanted, masks()), write, cut)


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


def _file(kind: str, content_type: str, lines: Iterable[str]) -> Response:
    day = now().astimezone(zone()).date().isoformat()
    answer = Response(lines, content_type=content_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="deliveries-{day}.{kind}"'
    return answer


def _table(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell: Any) -> Any:
    """``cell``, with an apostrophe where a spreadsheet would work it out as a formula."""
    is_formula = isinstance(cell, str) and cell.startswith(_FORMULA)
    return f"'{cell}" if is_formula else cell


def _cells(row: Any, labels: dict[str, str], here: ZoneInfo, key: str | None) -> list[Any]:
    return [
        *(row.id, delivery_word(row.state, row.attempt_count)),
        *(row.hook_name, row.hook_id, bare_url(row.url)),
        *(labels.get(row.event_type, row.event_type), row.event_type),
        *(row.event_id, key, row.message_id),
        *(row.attempt_count, row.last_status_code),
        *(failure(row.last_error).title if row.last_error else None, row.last_error),
        *(_local(row.created_at, here), _local(row.last_at, here), _local(row.finished_at, here)),
    ]


def _local(moment: datetime | None, here: ZoneInfo) -> str | None:
    return moment.astimezone(here).isoformat(" ", "seconds") if moment else None


def _object(row: Any, key: str | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": row.state,
        "attempt_count": row.attempt_count,
        "hook": row.hook_id,
        "hook_name": row.hook_name,
        "url": bare_url(row.url),
        "event": row.event_id,
        "event_type": row.event_type,
        "dedupe_key": key,
        "message_id": row.message_id,
        "status_code": row.last_status_code,
        "error": row.last_error,
        "created_at": _utc(row.created_at),
        "due_at": _utc(row.due_at),
        "last_at": _utc(row.last_at),
        "finished_at": _utc(row.finished_at),
    }


def _utc(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"
