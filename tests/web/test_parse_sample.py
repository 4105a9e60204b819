"""«تحليل»: the tables of variables, filled from samples and changed row by row."""

import json
from typing import Any

import pytest

from portal.models import Account
from tests.clients import Api, Browser
from tests.web.callers import call, make_trigger
from tests.web.html import HTMX, read
from tests.web.sent import Fields, sent

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NEW = "/triggers/new"
SEED = '{"a": 1, "b": {"c": 2}}'


def pressed(browser: Browser, action: str, path: str = NEW, **typed: Any) -> Fields:
    """The form after a button of it was pressed, with ``typed`` in its fields."""
    before = sent(browser.get(path).text, "trigger-form")
    answer = browser.post(path, data={**before, **typed, "action": action})
    assert answer.status_code == 200, answer.text
    return sent(answer.text, "trigger-form")


def test_a_body_becomes_paths_as_the_seed_says(staff: Browser, account: Account) -> None:
    form = pressed(staff, "parse:body", name="دفع", body_sample=SEED)
    assert form["variables_body_path"] == ["a", "b", "b.c"]
    assert form["variables_body_alias"] == ["", "", ""]
    # Nothing that was typed elsewhere is lost, and nothing is saved.
    assert (form["name"], form["body_sample"]) == (["دفع"], [SEED])
    assert read(staff.get("/triggers").text).rows == []


@pytest.mark.parametrize(
    "pasted",
    [
        "http://localhost:13000/api/webhook:trigger/1hfmkioou0d?query[0][a]=1",
        "query[0][a]=1",
        "?query[0][a]=1",
    ],
)
def test_a_query_becomes_paths_as_the_seed_says(
    staff: Browser, account: Account, pasted: str
) -> None:
    form = pressed(staff, "parse:query", query_sample=pasted)
    assert form["variables_query_path"] == ["query", "query[0]", "query[0].a"]


def test_lists_are_collapsed_or_taken_by_index(staff: Browser, account: Account) -> None:
    sample = '{"items": [{"id": 1}, {"id": 2}]}'
    collapsed = pressed(staff, "parse:body", body_sample=sample)
    assert collapsed["variables_body_path"] == ["items", "items[].id"]
    indexed = pressed(staff, "parse:body", body_sample=sample, by_index="1")
    assert indexed["variables_body_path"][:3] == ["items", "items[0]", "items[0].id"]


def test_htmx_gets_the_tables_alone(staff: Browser, account: Account) -> None:
    before = sent(staff.get(NEW).text, "trigger-form")
    given = {**before, "body_sample": SEED, "action": "parse:body"}
    answer = staff.post(NEW, data=given, headers=HTMX)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    page = read(answer.text)
    assert page.elements[0] == ("div", page.one("div", id="variables"))
    assert [row["data-path"] for row in page.all("tr") if "data-path" in row] == ["a", "b", "b.c"]
    assert not page.all("input", name="password")
    assert "رقم" in page.text


def test_parsing_again_keeps_what_is_mapped(staff: Browser, account: Account) -> None:
    rows = {"variables_body_path": ["b.c", "z"], "variables_body_alias": ["المجموع", "قديم"]}
    form = pressed(staff, "parse:body", body_sample=SEED, **rows)
    assert form["variables_body_path"] == ["b.c", "z", "a", "b"]
    assert form["variables_body_alias"] == ["المجموع", "قديم", "", ""]


def test_what_was_parsed_is_saved_with_its_types_mapped_or_not(
    staff: Browser, api: Api, account: Account
) -> None:
    form = pressed(staff, "parse:body", name="دفع", body_sample=SEED)
    kept = {"variables_body_path": ["b.c"], "variables_body_alias": ["المجموع"]}
    answer = staff.post(NEW, data=form | kept)
    assert answer.status_code == 303, answer.text
    [made] = api.get("/triggers").json["items"]
    assert made["variables"]["body"] == [{"path": "b.c", "alias": "المجموع"}]
    assert made["variables"]["sample"]["body"] == [
        {"path": "a", "type": "number"},
        {"path": "b", "type": "object"},
        {"path": "b.c", "type": "number"},
    ]


def test_rows_are_added_and_removed(staff: Browser, account: Account) -> None:
    rows = {"variables_body_path": ["a", "b", "c"], "variables_body_alias": ["1", "2", "3"]}
    removed = pressed(staff, "remove:body:1", **rows)
    assert removed["variables_body_path"] == ["a", "c"]
    assert removed["variables_body_alias"] == ["1", "3"]
    for part in ("headers", "query", "body"):
        assert pressed(staff, f"add:{part}")[f"variables_{part}_path"] == [""]
    for unknown in ("remove:body:9", "remove:body:x", "remove:cookies:0", "add:cookies", "fly"):
        assert pressed(staff, unknown, **rows)["variables_body_path"] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("action", "typed", "words"),
    [
        ("parse:body", {"body_sample": ""}, "هذا الحقل مطلوب."),
        ("parse:body", {"body_sample": '{"a": }'}, "السطر 1، العمود 7"),
        ("parse:body", {"body_sample": "7"}, "النموذج لا يحتوي على مفاتيح."),
        ("parse:query", {"query_sample": "https://example.com/"}, "لا معاملات في هذا الرابط."),
        ("parse:query", {"query_sample": "a=1&" * 1001}, "أكثر من المسموح"),
        ("take:call", {}, "لم يصل استدعاء مقبول بعد."),
    ],
)
def test_a_sample_that_cannot_be_read_says_why(
    staff: Browser, account: Account, action: str, typed: dict[str, str], words: str
) -> None:
    before = sent(staff.get(NEW).text, "trigger-form")
    answer = staff.post(NEW, data={**before, **typed, "action": action})
    assert answer.status_code == 200
    assert words in read(answer.text).text
    assert "open" in read(answer.text).one("details", id="fold-variables")


def test_more_paths_than_a_table_holds_are_said_to_be_left_out(
    staff: Browser, account: Account
) -> None:
    sample = json.dumps({f"name{number}": number for number in range(310)})
    before = sent(staff.get(NEW).text, "trigger-form")
    given = {**before, "body_sample": sample, "action": "parse:body"}
    answer = staff.post(NEW, data=given)
    assert len(sent(answer.text, "trigger-form")["variables_body_path"]) == 300
    assert "لم نُضف منها: 10." in read(answer.text).text


def test_the_latest_call_is_a_sample_too(staff: Browser, api: Api, account: Account) -> None:
    made = make_trigger(api)
    path = f"/triggers/{made['id']}/edit"
    assert not read(staff.get(path).text).all("button", value="take:call")
    call(staff, made, {"older": 1})
    call(staff, made, '{"order": {"id": "٧"}}'.encode(), query_string="page=2")
    call(staff, made, b"{")
    assert read(staff.get(path).text).one("button", value="take:call")
    form = pressed(staff, "take:call", path)
    assert form["variables_body_path"] == ["order", "order.id"]
    assert form["variables_query_path"] == ["page"]
    assert form["body_sample"] == ['{"order": {"id": "٧"}}']


def test_a_parse_that_is_pressed_never_saves(staff: Browser, api: Api, account: Account) -> None:
    made = make_trigger(api)
    pressed(staff, "parse:body", f"/triggers/{made['id']}/edit", name="آخر", body_sample=SEED)
    assert api.get(f"/triggers/{made['id']}").json == made


def test_enter_in_a_field_saves(staff: Browser, account: Account) -> None:
    buttons = [has for tag, has in read(staff.get(NEW).text).elements if tag == "button"]
    [first, *_] = [has for has in buttons if has.get("name") == "action"]
    assert first["value"] == "save"
