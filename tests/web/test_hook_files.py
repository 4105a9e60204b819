"""Hooks as a file: downloaded, looked through, made after one confirmation."""

import json
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import update

from portal.extensions import db
from portal.models import Account, Hook
from tests import factories
from tests.clients import Api, Browser
from tests.web.html import read

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

EXPORT, IMPORT = "/settings/webhooks/export.json", "/settings/webhooks/import"
GOOD = {
    "name": "خطاف الملف",
    "url": "https://example.com/in",
    "event_types": ["order.status"],
    "header_names": ["X-Key"],
}


def given(*hooks: Any, **fields: str) -> dict[str, str]:
    """What the page sends for a file of ``hooks``."""
    return {"text": json.dumps({"hooks": hooks}), **fields}


def hooks_of(api: Api) -> dict[str, dict[str, Any]]:
    """The hooks of the account by their names."""
    return {hook["name"]: hook for hook in api.get("/hooks").json["items"]}


def test_the_download_holds_every_hook_and_no_secret(admin: Browser, outsider: Browser) -> None:
    secrets = {"headers": {"X-Key": "s3cret"}, "secret": "whsec_c2VjcmV0c2VjcmV0c2VjcmV0"}
    factories.make_hook(name="أول", **secrets)
    gone = factories.make_hook(name="محذوف")
    db.session.execute(update(Hook).where(Hook.id == gone.id).values(deleted_at=gone.created_at))
    db.session.commit()
    answer = admin.get(EXPORT)
    assert answer.headers["Content-Disposition"] == "attachment; filename=webhooks.json"
    [hook] = answer.json["hooks"]
    assert (hook["name"], hook["header_names"]) == ("أول", ["X-Key"])
    assert "s3cret" not in answer.text
    assert "c2VjcmV0" not in answer.text
    assert outsider.get(EXPORT).json == {"hooks": []}


def test_nothing_is_made_before_it_is_confirmed(staff: Browser, api: Api) -> None:
    factories.make_hook(name="موجود")
    answer = staff.submit(
        IMPORT, given(GOOD, GOOD | {"name": "موجود"}, GOOD | {"name": "خطأ", "policy": "none"})
    )
    page = read(answer.text)
    states = [row["data-state"] for row in page.all("tr") if "data-state" in row]
    assert (answer.status_code, states) == (200, ["new", "exists", "wrong"])
    assert "هذه السياسة غير موجودة" in page.text
    assert "X-Key" in page.text
    assert set(hooks_of(api)) == {"موجود"}


def test_a_file_is_taken_as_its_text_is(staff: Browser) -> None:
    raw = BytesIO(b"\xef\xbb\xbf" + json.dumps([GOOD]).encode())
    answer = staff.submit(IMPORT, {"file": (raw, "hooks.json")})
    assert read(answer.text).one("tr", data_id="1")["data-state"] == "new"


@pytest.mark.parametrize(("chosen", "expected"), [({}, False), ({"enabled": "1"}, True)])
def test_the_good_ones_are_made_off_unless_chosen(
    staff: Browser, api: Api, chosen: dict[str, str], expected: bool
) -> None:
    off, wrong = GOOD | {"name": "موقوف", "enabled": False}, GOOD | {"name": "خطأ", "url": "x"}
    answer = staff.submit(IMPORT, given(GOOD, off, wrong, confirmed="1", **chosen))
    assert (answer.status_code, answer.location) == (303, "/settings/webhooks")
    made = hooks_of(api)
    assert {name: hook["enabled"] for name, hook in made.items()} == {
        "خطاف الملف": expected,
        "موقوف": False,
    }


def test_a_confirmation_sent_twice_makes_nothing_twice(staff: Browser, api: Api) -> None:
    for status in (303, 409):
        assert staff.submit(IMPORT, given(GOOD, confirmed="1")).status_code == status
    assert list(hooks_of(api)) == ["خطاف الملف"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}'])
def test_what_is_no_such_file_is_said_and_stays(staff: Browser, text: str) -> None:
    answer = staff.submit(IMPORT, {"text": text})
    assert answer.status_code == 422
    assert 'id="text-error"' in answer.text


def test_what_is_moved_arrives_whole_in_another_account(
    admin: Browser, outsider: Browser, outside_api: Api, account: Account
) -> None:
    seen = {"all": [{"left": "data.status", "op": "eq", "right": "paid"}]}
    factories.make_hook("https://example.com/a?b=1", ["order.status"], name="نقل", filter=seen)
    moved = admin.get(EXPORT).text
    outsider.submit(IMPORT, {"text": moved, "confirmed": "1", "enabled": "1"})
    made = hooks_of(outside_api)["نقل"]
    assert (made["url"], made["filter"]) == ("https://example.com/a?b=1", seen)


def test_support_neither_downloads_nor_takes(support: Browser) -> None:
    assert support.get(EXPORT).status_code == 403
    assert support.get(IMPORT).status_code == 403
    assert IMPORT not in read(support.get("/settings/webhooks").text).links()
