"""The audit log as a file."""

import json
from collections.abc import Sequence
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response

from portal.domain.audit_filter import AuditFilter
from portal.models import AuditEntry
from portal.queries.audit import audit_bites
from portal.web.audit_words import entry_act, who_plainly
from portal.web.moments import zone
from portal.web.row_files import (
    CSV,
    MARK,
    MOST_ROWS,
    NDJSON,
    attachment,
    line,
    lines_of,
    local,
    table,
    utc,
)

HEADINGS = ("الوقت", "الفعل", "رمز الفعل", "على", "المعرّف", "من", "العنوان", "قبل", "بعد", "السبب")
CUT = f"اقتُصر الملف على أحدث القيود، وعددها {MOST_ROWS:,}. ضيّق التصفية أو المدة لتصدير البقية."


def csv_file(account_id: str, wanted: AuditFilter) -> Response:
    """A table with headings in Arabic; moments are in the account's zone."""
    here = zone()

    def written(entries: Sequence[AuditEntry]) -> str:
        return table(_cells(entry, here) for entry in entries)

    lines = lines_of(audit_bites(account_id, wanted), written, table([[CUT]]))
    return attachment("audit", "csv", CSV, chain([MARK + table([HEADINGS])], lines))


def ndjson_file(account_id: str, wanted: AuditFilter) -> Response:
    """One object a line, as the API shows entries."""

    def written(entries: Sequence[AuditEntry]) -> str:
        return "".join(line(entry_json(entry)) for entry in entries)

    cut = line({"truncated": True, "rows": MOST_ROWS})
    bites = audit_bites(account_id, wanted)
    return attachment("audit", "ndjson", NDJSON, lines_of(bites, written, cut))


def entry_json(entry: AuditEntry) -> dict[str, Any]:
    """An entry as programs read it; moments are in UTC."""
    return {
        "id": entry.id,
        "at": utc(entry.at),
        "action": entry.action,
        "actor": entry.actor,
        "person": entry.person_id,
        "key": entry.key_id,
        "peer": entry.peer,
        "target_id": entry.target_id,
        "target": entry.target,
        "before": entry.before,
        "after": entry.after,
        "reason": entry.reason,
    }


def _cells(entry: AuditEntry, here: ZoneInfo) -> list[Any]:
    doer = who_plainly(entry.actor, entry.key_id)
    return [
        *(local(entry.at, here), entry_act(entry), entry.action, entry.target, entry.target_id),
        *(doer, entry.peer, _text(entry.before), _text(entry.after), entry.reason),
    ]


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False) if value else ""
