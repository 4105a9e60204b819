"""The log as a file: for spreadsheets and for programs."""

import csv
import io
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event as sqlalchemy_event

from portal.extensions import db
from portal.models import Account, Hook
from portal.queries import delivery_rows, walking
from portal.web import log_export, row_files
from tests import factories
from tests.clients import Browser

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


@pytest.fixture
def hook(account: Account) -> Hook:
    """A hook with secrets in its address and in its headers."""
    url = "http://127.0.0.1:9/orders?key=s3cret"
    return factories.make_hook(url, name="متجر النور", headers={"X-Key": "s3cret"})


def exported(browser: Browser, kind: str, **query: Any) -> str:
    """The file of ``kind`` for ``query``, with the mark that it begins with."""
    answer = browser.get(f"/deliveries/export.{kind}", query_string=query)
    assert answer.status_code == 200
    assert answer.is_streamed
    return answer.data.decode()


def table(browser: Browser, **query: Any) -> list[list[str]]:
    """The rows of a CSV file, its heading first."""
    return list(csv.reader(io.StringIO(exported(browser, "csv", **query).removeprefix(MARK))))


def objects(browser: Browser, **query: Any) -> list[dict[str, Any]]:
    """The lines of an NDJSON file."""
    return [json.loads(line) for line in exported(browser, "ndjson", **query).splitlines()]


def test_a_table_says_in_arabic_what_each_delivery_came_to(support: Browser, hook: Hook) -> None:
    event = factories.make_event(dedupe_key='طلب ١٧، "عاجل"\nسطر')
    delivery = factories.make_delivery(
        hook,
        event,
        created_at=NOON,
        state="undelivered",
        attempt_count=3,
        last_status_code=503,
        last_error="http_503",
        last_at=NOON,
        message_id="msg_17",
    )
    text = exported(support, "csv")
    assert text.startswith(f"{MARK}معرّف العملية,الحالة,الخطاف,")
    assert text.endswith("\r\n")
    [headings, row] = table(support)
    said = dict(zip(headings, row, strict=True))
    assert said == {
        "معرّف العملية": delivery.id,
        "الحالة": "غير مُسلَّمة",
        "الخطاف": "متجر النور",
        "معرّف الخطاف": hook.id,
        "الرابط": "http://127.0.0.1:9/orders?…",
        "الحدث": "رسالة واردة",
        "نوع الحدث": "message.received",
        "معرّف الحدث": event.id,
        "مفتاح منع التكرار": event.dedupe_key,
        "معرّف الرسالة": "msg_17",
        "المحاولات": "3",
        "رمز الاستجابة": "503",
        "السبب": "النظام المستقبِل غير متاح مؤقتًا",
        "رمز السبب": "http_503",
        "وقت الإنشاء": "2026-11-22 15:00:00+03:00",
        "آخر محاولة": "2026-11-22 15:00:00+03:00",
        "وقت الانتهاء": "",
    }


def test_lines_for_programs_have_names_that_stay_and_moments_in_utc(
    support: Browser, hook: Hook
) -> None:
    event = factories.make_event(dedupe_key="=1+1")
    delivery = factories.make_delivery(hook, event, created_at=NOON, due_at=NOON)
    [line] = objects(support)
    assert line == {
        "id": delivery.id,
        "state": "waiting",
        "attempt_count": 0,
        "hook": hook.id,
        "hook_name": "متجر النور",
        "url": "http://127.0.0.1:9/orders?…",
        "event": event.id,
        "event_type": "message.received",
        "dedupe_key": "=1+1",
        "message_id": None,
        "status_code": None,
        "error": None,
        "created_at": "2026-11-22T12:00:00Z",
        "due_at": "2026-11-22T12:00:00Z",
        "last_at": None,
        "finished_at": None,
    }
    assert "متجر" in exported(support, "ndjson")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_cells_that_begin_a_formula_are_harmless(support: Browser, hook: Hook, sign: str) -> None:
    key = f"{sign}HYPERLINK(1)"
    factories.make_delivery(hook, factories.make_event(dedupe_key=key))
    factories.make_delivery(hook, factories.make_event(dedupe_key=f"x{key}"))
    column = log_export.HEADINGS.index("مفتاح منع التكرار")
    assert [row[column] for row in table(support)[1:]] == [f"x{key}", f"'{key}"]


def test_nothing_secret_is_in_a_file(admin: Browser, hook: Hook) -> None:
    factories.make_delivery(hook)
    for kind in ("csv", "ndjson"):
        assert "s3cret" not in exported(admin, kind)


def test_a_file_holds_what_the_filter_means_and_nothing_of_others(
    support: Browser, outsider: Browser, hook: Hook
) -> None:
    held = factories.make_delivery(hook, state="held")
    factories.make_delivery(hook)
    assert [line["id"] for line in objects(support, state="held", hook=hook.id)] == [held.id]
    assert [row[0] for row in table(support, state="held", q="السلام")[1:]] == [held.id]
    assert len(objects(support, state="no such state")) == 2
    assert objects(outsider) == objects(outsider, hook=hook.id, q=held.id) == []
    assert len(table(outsider)) == 1


def test_a_file_is_named_after_its_day_and_downloaded(support: Browser, hook: Hook) -> None:
    for kind, content_type in (("csv", "text/csv; charset=utf-8"), ("ndjson", "application/x-nd")):
        answer = support.get(f"/deliveries/export.{kind}")
        assert answer.content_type.startswith(content_type)
        said = answer.headers["Content-Disposition"]
        assert re.fullmatch(rf'attachment; filename="deliveries-\d{{4}}-\d\d-\d\d\.{kind}"', said)
        assert answer.headers["Cache-Control"] == "no-store"
        answer.close()


def test_a_file_is_read_in_bites_with_no_transaction_between_them(
    app: Flask, support: Browser, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_rows, "BITE", 2)
    monkeypatch.setattr(walking, "LARGEST_BITE", 2)
    ids = [factories.make_delivery(hook).id for _ in range(7)][::-1]
    out: list[int] = []
    sqlalchemy_event.listen(db.engine, "checkout", lambda *_: out.append(1))
    sqlalchemy_event.listen(db.engine, "checkin", lambda *_: out.append(-1))
    answer = support.get("/deliveries/export.ndjson")
    before, pieces, seen = sum(out), iter(answer.response), []
    for piece in pieces:
        assert sum(out) <= before
        seen += [json.loads(line)["id"] for line in piece.decode().splitlines()]
        if len(seen) == 2:
            # What comes or changes meanwhile waits for nobody, and is not in the file.
            factories.make_delivery(hook)
    assert seen == ids
    assert len(out) >= 8


def test_a_file_that_would_be_too_long_says_so_at_its_end(
    support: Browser, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_files, "MOST_ROWS", 3)
    monkeypatch.setattr(log_export, "MOST_ROWS", 3)
    monkeypatch.setattr(delivery_rows, "BITE", 2)
    for number in range(4):
        factories.make_delivery(hook)
        rows = table(support)
        lines = objects(support)
        assert len(lines) == len(rows) - 1 == number + 1
        assert ("truncated" in lines[-1]) is (number == 3)
    assert lines[-1] == {"truncated": True, "rows": 3}
    assert rows[-1][0].startswith("اقتُصر الملف على أحدث العمليات، وعددها 3.")
    assert [line["id"] for line in lines[:3]] == [row[0] for row in rows[1:4]]
