"""Which calendars a reader sees."""

import pytest

from tests import factories
from tests.clients import Browser
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
