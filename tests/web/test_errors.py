"""What a refused or failed request gets to see."""

import json

import pytest

from portal.web.api import hooks as api_hooks
from portal.web.routes import overview
from tests.clients import Api, Browser
from tests.web.html import HTMX, read

# Nothing here depends on the kind of database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_page_that_is_not_there_says_what_to_do(admin: Browser, client: Browser) -> None:
    for browser in (admin, client):
        for path in ("/no/such/page", "/متجر", "/settings/webhooks/", "/deliveries/a/b/c"):
            answer = browser.get(path)
            assert answer.status_code == 404
            page = read(answer.text)
            assert "لم نعثر على هذه الصفحة" in page.text
            assert "/" in page.links()


def test_the_api_answers_with_problem_documents(api: Api, client: Browser) -> None:
    answers = {
        404: client.get("/api/v1/no/such/route"),
        401: client.get("/api/v1/hooks"),
        405: client.put("/api/v1/hooks"),
        415: api.post("/hooks", data="{}", content_type="text/plain"),
        422: api.post("/hooks", {}),
        400: api.post("/hooks", "{"),
    }
    for status, answer in answers.items():
        assert answer.mimetype == "application/problem+json"
        problem = json.loads(answer.data)
        assert {"type", "title", "status", "detail", "code"} <= problem.keys()
        assert answer.status_code == problem["status"] == status
        assert "؀" <= problem["title"][0] <= "ۿ"
        assert problem["detail"].endswith((".", "application/json."))


def test_a_form_that_is_too_large_is_refused(admin: Browser) -> None:
    large = b"x" * 1_100_000
    part = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
    for body, kind in (
        (b"name=" + large, "application/x-www-form-urlencoded"),
        (part + large + b"\r\n--b--\r\n", "multipart/form-data; boundary=b"),
    ):
        answer = admin.post("/login", data=body, content_type=kind)
        assert answer.status_code == 413, kind
        assert "الطلب أكبر من المسموح" in read(answer.text).text


def test_a_forgotten_token_says_to_reload(admin: Browser) -> None:
    for headers in ({}, HTMX):
        answer = admin.post("/settings/webhooks/new", data={"name": "x"}, headers=headers)
        assert answer.status_code == 400
        assert "حدّث الصفحة ثم أعد المحاولة." in read(answer.text).text


@pytest.mark.parametrize("door", ["page", "api"])
def test_an_unexpected_failure_shows_a_reference_and_nothing_of_ours(
    admin: Browser,
    api: Api,
    door: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("whsec_of_somebody")

    monkeypatch.setattr(overview, "look_around", fail)
    monkeypatch.setattr(api_hooks, "list_hooks", fail)
    answer = admin.get("/") if door == "page" else api.get("/hooks")
    assert answer.status_code == 500
    assert "whsec_of_somebody" not in answer.text
    assert "Traceback" not in answer.text
    reference = caplog.records[-1].args[0]
    assert str(reference) in answer.text
    assert "حدث خطأ من جانبنا" in answer.text


def test_a_poll_after_the_session_ended_leads_to_the_door(admin: Browser) -> None:
    cookie = admin.get_cookie("khuttaf", "127.0.0.1")
    admin.submit("/logout", page="/")
    admin.set_cookie("khuttaf", cookie.value, domain="127.0.0.1")
    answer = admin.get("/deliveries/fresh?after=x", headers=HTMX)
    assert (answer.status_code, answer.text) == (401, "")
    assert answer.headers["HX-Redirect"] == "/login"
