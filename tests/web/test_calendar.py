"""Which calendars a reader sees."""

import pytest

from tests import factories
from tests.clients import Browser, sign_in
from tests.web.html import read

# Nothing here depends on the kind of database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_whoever_chooses_the_hijri_calendar_sees_it_beside_the_other(admin: Browser) -> None:
    path = f"/events/{factories.make_event().id}"
    assert "هـ</span>" not in admin.get(path).text
    answer = admin.submit("/calendar", {"hijri": "1", "next": path}, page=path)
    assert (answer.status_code, answer.location) == (303, path)
    page = admin.get(path).text
    assert "هـ</span>" in page
    assert read(page).one("button", name="hijri", value="1")["aria-pressed"] == "true"
    admin.submit("/calendar", {"hijri": "0", "next": "//evil.example"}, page=path)
    assert "هـ</span>" not in admin.get(path).text


def test_how_somebody_reads_outlives_signing_in(admin: Browser) -> None:
    admin.submit("/calendar", {"hijri": "1"}, page="/")
    admin.submit("/deliveries/columns", {"column": ["time", "id"]}, page="/deliveries")
    admin.submit("/logout", {}, page="/")
    sign_in(admin, "admin@nour.example", factories.PASSWORD)
    path = f"/events/{factories.make_event().id}"
    assert "هـ</span>" in admin.get(path).text
    assert read(admin.get("/deliveries").text).one("input", name="column", value="id")
