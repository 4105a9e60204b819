"""What strangers send is shown as it is: nothing runs, hides, or breaks the page."""

from typing import Any

import pytest

from tests.clients import Api, Browser
from tests.outsiders import BASIC
from tests.web.callers import call, latest, make_trigger
from tests.web.html import read

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

MARKUP = '"><script>alert(1)</script><b>'
HIDDEN = "\u202egnp.exe\u2066"
BODIES = [
    b"",
    b"\x00",
    b"\xff\xfe\x00\x01",
    b"[" * 40_000,
    b'{"a": "' + "\u202e".encode() + b'"}',
    b'"\\ud800"',
    b'{"a": ' + b"9" * 70 + b"}",
    f'{{"text": {MARKUP!r}}}'.encode(),
    ("س" * 9000).encode(),
    b"{}" + b" " * 9000 + b"x",
]
QUERIES = ["a=%00", "a=%FF&a[=1&&=", "a[b][c][d]=%E2%80%AE", MARKUP, "x" * 9000]


@pytest.mark.parametrize("auth", [{"kind": "none"}, BASIC], ids=["open", "basic"])
@pytest.mark.parametrize("mode", ["async", "sync"])
def test_every_call_has_a_page_and_a_rehearsal(
    client: Browser, api: Api, admin: Browser, auth: dict[str, Any], mode: str
) -> None:
    variables = {"body": [{"path": "text", "alias": MARKUP}], "headers": [{"name": "X-A"}]}
    trigger = make_trigger(api, auth=auth, mode=mode, name=MARKUP, variables=variables)
    sent = [{"body": body} for body in BODIES]
    sent += [{"query_string": query} for query in QUERIES]
    sent += [
        {"headers": {"X-A": "\u00e9<b>", "Content-Type": kind}} for kind in ("<b>", "a/b+json")
    ]
    sent += [{"method": method} for method in ("GET", "DELETE", "WEIRD")]
    for one in sent:
        call(client, trigger, **{"body": {"text": HIDDEN}, **one})
        path = f"/calls/{latest(api, trigger)['id']}"
        for shown in (path, f"{path}/rehearsal"):
            answer = admin.get(shown)
            assert answer.status_code == 200, (shown, one)
            page = read(answer.text)
            assert not page.all("b"), one
            assert all("src" in script for script in page.all("script")), one
    assert admin.get(f"/triggers/{trigger['id']}/calls").status_code == 200
    assert admin.get(f"/triggers/{trigger['id']}/calls/replay?rehearse=1").status_code == 200


def test_marks_that_turn_a_line_around_are_shown_by_name(
    client: Browser, api: Api, admin: Browser
) -> None:
    trigger = make_trigger(api, variables={"body": [{"path": "text"}]})
    call(client, trigger, {"text": HIDDEN}, query_string="a=\u202eb")
    text = admin.get(f"/calls/{latest(api, trigger)['id']}").text
    assert "\u202e" not in text
    assert "\\u202E" in read(text).text
