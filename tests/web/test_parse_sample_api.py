"""POST /triggers/…/parse: what can be read from a sample, as the second source document has it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.clients import Api
from tests.outsiders import Caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Parse = Callable[..., Any]


@pytest.fixture
def parse(api: Api, caller: Callable[..., Caller]) -> Parse:
    """Parses a sample through the API; returns the answer."""
    path = f"/triggers/{caller().trigger_id}/parse"
    return lambda **members: api.post(path, members)


def rows(answer: Any, part: str) -> list[tuple[str, str, Any]]:
    """Path, type and sample of every row of ``part``."""
    assert answer.status_code == 200, answer.text
    return [(row["path"], row["type"], row["sample"]) for row in answer.json[part]]


def test_pairs_of_json_become_paths(parse: Parse) -> None:
    answer = parse(body={"a": 1, "b": {"c": 2}})
    assert {(path, kind) for path, kind, _ in rows(answer, "body")} == {
        ("a", "number"),
        ("b", "object"),
        ("b.c", "number"),
    }
    assert answer.json["query"] == []


def test_a_whole_address_or_only_its_query_may_be_pasted(parse: Parse) -> None:
    url = "http://localhost:13000/api/webhook:trigger/1hfmkioou0d?query=1"
    for pasted in (url, "?query=1", "query=1", f" {url}#end "):
        assert rows(parse(query=pasted), "query") == [("query", "text", "1")], pasted


def test_brackets_of_a_query_become_indices_and_members(parse: Parse) -> None:
    answer = parse(query="query[0]=1&query[1][a]=2")
    assert [path for path, _, _ in rows(answer, "query")] == [
        "query", "query[0]", "query[1]", "query[1].a",
    ]  # fmt: skip
    assert ("query[0].a", "text", "1") in rows(parse(query="query[0][a]=1"), "query")


def test_lists_of_a_body_are_collapsed_or_by_index_on_request(parse: Parse) -> None:
    body = {"items": [{"id": 1}, {"id": 2, "note": "نص"}]}
    collapsed = [path for path, _, _ in rows(parse(body=body), "body")]
    by_index = [path for path, _, _ in rows(parse(body=body, by_index=True), "body")]
    assert collapsed == ["items", "items[].id", "items[].note"]
    assert by_index == [
        "items", "items[0]", "items[0].id", "items[1]", "items[1].id", "items[1].note",
    ]  # fmt: skip


def test_every_path_leads_back_to_its_value(
    api: Api, caller: Callable[..., Caller], parse: Parse
) -> None:
    body = {"a.b": {"": 1}, "مفتاح": [True], 'q"\\': "x", "[]": None, "0": {"a b": 2.5}}
    found = rows(parse(body=body, by_index=True), "body")
    variables = {"body": [{"path": path} for path, _, _ in found]}
    one = caller(mode="sync", variables=variables)
    one.call(body)
    [call] = api.get(f"/triggers/{one.trigger_id}/calls").json["items"]
    assert len(call["variables"]) == len(found)
    leaves = [sample for _, kind, sample in found if kind not in ("object", "list")]
    read = [value for value in call["variables"].values() if not isinstance(value, dict | list)]
    assert read == leaves


def test_any_root_may_be_a_sample(parse: Parse) -> None:
    for body in (None, 7, "نص", [], {}):
        assert parse(body=body).json["body"] == [], body
    assert [path for path, _, _ in rows(parse(body=[{"a": 1}]), "body")] == ["[].a"]


def test_nothing_is_a_sample_too(parse: Parse) -> None:
    assert parse().json == {"query": [], "body": []}
    assert parse(query=None).json == {"query": [], "body": []}


def test_a_sample_that_is_wrong_is_named(parse: Parse) -> None:
    def faults(**members: Any) -> set[tuple[str, str]]:
        answer = parse(**members)
        assert answer.status_code == 422
        return {(error["pointer"], error["code"]) for error in answer.json["errors"]}

    assert faults(query=7) == {("/query", "not_a_text")}
    assert faults(sample={}) == {("/sample", "unknown_member")}
    assert faults(by_index=1) == {("/by_index", "not_a_flag")}
    assert faults(query="a&" * 1001) == {("/query", "too_many_parameters")}
    assert faults(query="a=" + "x" * 70_000) == {("/query", "query_too_long")}


def test_a_large_sample_has_an_end(parse: Parse) -> None:
    answer = parse(body={f"k{number}": number for number in range(2000)})
    assert len(answer.json["body"]) == 500
