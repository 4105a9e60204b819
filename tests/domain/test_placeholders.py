"""Placeholders: values keep their types where they stand alone, and are only ever values."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.paths import MISSING, Path, parse_path, value_at
from portal.domain.placeholders import BadTemplate, TooLong, fill, paths_in, problems_of

ROOT = {
    "body": {
        "order": {"id": 7, "ref": "ط-٩", "paid": True, "note": None, "total": 10.5},
        "items": [{"id": 1}, {"id": 2}],
        "a}}b": "قوسان",
        "trick": "{{ body.secret }}",
        "secret": "سرّ",
    }
}


def look(path: Path) -> Any:
    """What a path leads to in ROOT."""
    return value_at(path, ROOT)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("body.order.id", 7),
        ("body.order.total", 10.5),
        ("body.order.paid", True),
        ("body.order.note", None),
        ("body.order.ref", "ط-٩"),
        ("body.items[].id", [1, 2]),
        ("body.items[0]", {"id": 1}),
        ("body.no_such", None),
    ],
)
def test_a_placeholder_alone_keeps_the_type(path: str, value: Any) -> None:
    assert fill(f"{{{{ {path} }}}}", look) == value
    assert fill(f"{{{{{path}}}}}", look) == value
    assert fill(f"{{{{\n\t{path}  }}}}", look) == value


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("رقم {{ body.order.id }}", "رقم 7"),
        ("{{ body.order.id }}{{ body.order.total }}", "710.5"),
        (" {{ body.order.paid }}", " true"),
        ("[{{ body.order.note }}{{ body.no_such }}]", "[]"),
        ("= {{ body.items }}", '= [{"id":1},{"id":2}]'),
        ("{{ body.order }}.", '{"id":7,"ref":"ط-٩","paid":true,"note":null,"total":10.5}.'),
        ('{{ body["a}}b"] }}!', "قوسان!"),
        ("لا شيء", "لا شيء"),
        ("{ body.order.id }", "{ body.order.id }"),
        ("}} {", "}} {"),
    ],
)
def test_within_a_text_values_are_written_as_text(template: str, text: str) -> None:
    assert fill(template, look) == text


def test_objects_and_lists_are_filled_throughout() -> None:
    template = {"id": "{{ body.order.id }}", "list": ["{{ body.order.paid }}", 1, {"n": None}]}
    assert fill(template, look) == {"id": 7, "list": [True, 1, {"n": None}]}


def test_what_is_missing_drops_a_member_and_leaves_null_in_a_list() -> None:
    template = {"a": "{{ body.no }}", "b": ["{{ body.no }}"], "c": "{{ body.order.note }}"}
    assert fill(template, look) == {"b": [None], "c": None}


def test_names_of_members_are_not_filled() -> None:
    assert fill({"{{ body.order.id }}": 1}, look) == {"{{ body.order.id }}": 1}


def test_a_value_is_never_read_as_a_placeholder() -> None:
    assert fill("{{ body.trick }}", look) == "{{ body.secret }}"
    assert fill("= {{ body.trick }}", look) == "= {{ body.secret }}"
    halves = {"a": "{{ body.", "b": "secret }}"}
    assert fill("{{ a }}{{ b }}", lambda path: value_at(path, halves)) == "{{ body.secret }}"


@given(st.text(alphabet="{}ab .", max_size=20))
def test_values_pass_through_untouched(value: str) -> None:
    assert fill("{{ v }}", lambda _path: value) == value
    assert fill("<{{ v }}>", lambda _path: value) == f"<{value}>"


@given(st.text(alphabet='{}a. "[]\\', max_size=20))
def test_a_template_without_problems_can_be_filled_and_no_other(template: str) -> None:
    if problems_of(template):
        with pytest.raises(BadTemplate):
            fill(template, look)
    else:
        fill(template, look)


@pytest.mark.parametrize(
    ("template", "problems"),
    [
        ("{{ body.a }} {{ b[].c }}", []),
        ("{{ body. }}", [("", "path_malformed")]),
        ("{{ }}", [("", "path_empty")]),
        ("{{ a | upper }}", [("", "path_malformed")]),
        ("{{ a", [("", "placeholder_not_closed")]),
        ("{{{ a }}}", [("", "placeholder_not_closed")]),
        ("{{ " + "a" * 501 + " }}", [("", "path_too_long")]),
        ({"a/b": ["x", "{{ . }}"], "c": {"~": "{{"}}, None),
    ],
)
def test_what_is_no_path_is_a_problem_with_a_place(
    template: Any, problems: list[tuple[str, str]] | None
) -> None:
    expected = [("/a~1b/1", "path_malformed"), ("/c/~0", "placeholder_not_closed")]
    assert problems_of(template) == (expected if problems is None else problems)


def test_a_path_may_be_held_to_the_parts_that_there_are() -> None:
    template = ["{{ body.a }}", "{{ boody.a }}", "{{ [0] }}"]
    assert problems_of(template, ["body"]) == [("/1", "unknown_part"), ("/2", "unknown_part")]


def test_the_paths_of_a_template_are_known_beforehand() -> None:
    template = {"a": "{{ body.b }} {{ call.at }}", "c": ["{{ body.b }}", 1, None]}
    assert paths_in(template) == [parse_path("body.b"), parse_path("call.at")]


@pytest.mark.parametrize(
    "template",
    ["x" * 101, {"n" * 101: 1}, ["{{ long }}"] * 3, "{{ long }}" * 3, ["{{ list }}"] * 3],
)
def test_what_is_filled_has_a_bound(template: Any) -> None:
    root = {"long": "x" * 40, "list": [1] * 20}
    with pytest.raises(TooLong):
        fill(template, lambda path: value_at(path, root), max_length=100)


def test_the_bound_may_be_reached() -> None:
    assert fill(["{{ v }}"] * 2, lambda _path: "x" * 50, max_length=100) == ["x" * 50] * 2


def test_many_open_braces_cost_little() -> None:
    assert problems_of('{{"' * 100_000) == [("", "placeholder_not_closed")]
    assert fill("{{ a }}" * 50_000, lambda _path: MISSING) == ""
