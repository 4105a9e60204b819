"""How bright the pages are."""

import pytest

from tests.clients import Browser, sign_in
from tests.factories import PASSWORD
from tests.web.html import HTMX, read

# Nothing here depends on the kind of database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def theme_of(browser: Browser, path: str = "/") -> str:
    """The theme that the page at ``path`` is shown in."""
    return read(browser.get(path).text).one("html")["data-theme"]


def test_the_choice_is_remembered_and_outlives_signing_in(client: Browser, admin: Browser) -> None:
    assert theme_of(admin) == "auto"
    answer = admin.submit("/theme", {"theme": "dark", "next": "/deliveries?q=x"}, page="/")
    assert (answer.status_code, answer.location) == (303, "/deliveries?q=x")
    assert theme_of(admin) == "dark"
    assert read(admin.get("/").text).one("button", value="dark")["aria-pressed"] == "true"
    client.submit("/theme", {"theme": "light"}, page="/login")
    sign_in(client, "admin@nour.example", PASSWORD)
    assert theme_of(client) == "light"


def test_htmx_is_sent_where_it_was(admin: Browser) -> None:
    fields = {"theme": "light", "next": "/deliveries"}
    answer = admin.submit("/theme", fields, page="/", headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/deliveries")


def test_what_can_only_be_sent_to_is_not_gone_back_to(admin: Browser) -> None:
    # A form with faults is shown where it was sent to.
    answer = admin.submit("/theme", {"theme": "light", "next": "/calendar"}, page="/")
    assert answer.location == "/"


def test_an_unknown_theme_is_the_automatic_one(admin: Browser) -> None:
    for theme in ("", "pink", '"><script>'):
        admin.submit("/theme", {"theme": "dark"}, page="/")
        answer = admin.submit("/theme", {"theme": theme, "next": "//evil.example"}, page="/")
        assert answer.location == "/"
        assert theme_of(admin) == "auto"


def test_the_theme_needs_a_token_and_a_post(admin: Browser) -> None:
    assert admin.post("/theme", data={"theme": "dark"}).status_code == 400
    assert admin.get("/theme").status_code == 405
