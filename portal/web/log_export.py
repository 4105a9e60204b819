"""The log as a file."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response

from portal.domain.log_filter import LogFilter
from portal.queries.delivery_rows import delivery_rows
from portal.queries.hooks import event_labels
from portal.web.failures import failure
from portal.web.filters import bare_url
from portal.web.moments import zone
from portal.web.row_files import (
    CSV,
    MARK,
    MOST_ROWS,
    NDJSON,
    Write,
    attachment,
    line,
    lines_of,
    local,
    table,
    utc,
)
from portal.web.seeing import masks, veil
from portal.web.text import delivery_word

HEADINGS = (
    *("معرّف العملية", "الحالة", "الخطاف", "معرّف الخطاف", "الرابط", "الحدث", "نوع الحدث"),
    *("معرّف الحدث", "مفتاح منع التكرار", "معرّف الرسالة", "المحاولات", "رمز الاستجابة"),
    *("السبب", "رمز السبب", "وقت الإنشاء", "آخر محاولة", "وقت الانتهاء"),
)
CUT = "اقتُصر الملف على أحدث العمليات، وعددها {:,}. ضيّق التصفية أو المدة لتصدير البقية."


def csv_file(account_id: str, wanted: LogFilter) -> Response:
    """A table with headings in Arabic; moments are in the account's zone."""
    labels, here, key = event_labels(account_id), zone(), veil().unread

    def written(rows: Sequence[Any]) -> str:
        return table(_cells(row, labels, here, key(row.dedupe_key)) for row in rows)

    lines = _lines(account_id, wanted, written, table([[CUT.format(MOST_ROWS)]]))
    head = MARK + table([HEADINGS])
    return attachment("deliveries", "csv", CSV, chain([head], lines))


def ndjson_file(account_id: str, wanted: LogFilter) -> Response:
    """One object a line, with names that stay; moments are in UTC."""

    key = veil().unread

    def objects(rows: Sequence[Any]) -> str:
        return "".join(line(_object(row, key(row.dedupe_key))) for row in rows)

    cut = line({"truncated": True, "rows": MOST_ROWS})
    return attachment("deliveries", "ndjson", NDJSON, _lines(account_id, wanted, objects, cut))


def _lines(account_id: str, wanted: LogFilter, write: Write, cut: str) -> Iterator[str]:
    return lines_of(delivery_rows(account_id, wanted, masks()), write, cut)


def _cells(row: Any, labels: dict[str, str], here: ZoneInfo, key: str | None) -> list[Any]:
    return [
        *(row.id, delivery_word(row.state, row.attempt_count)),
        *(row.hook_name, row.hook_id, bare_url(row.url)),
        *(labels.get(row.event_type, row.event_type), row.event_type),
        *(row.event_id, key, row.message_id),
        *(row.attempt_count, row.last_status_code),
        *(failure(row.last_error).title if row.last_error else None, row.last_error),
        *(local(row.created_at, here), local(row.last_at, here), local(row.finished_at, here)),
    ]


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
        "created_at": utc(row.created_at),
        "due_at": utc(row.due_at),
        "last_at": utc(row.last_at),
        "finished_at": utc(row.finished_at),
    }
