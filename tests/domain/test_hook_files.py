"""Hooks as a file: what is written, and what would become of what a file holds."""

import json
from typing import Any

import pytest

from portal.domain.addresses import Guard
from portal.domain.hook_files import MOST_HOOKS, Entry, Fate, plan, read_file, written
from portal.domain.hooks import HookDraft, Surroundings, folded_name
from portal.domain.problems import Refused

GOOD = {"name": "طلبات", "url": "https://example.com/in", "event_types": ["order.status"]}
AROUND = Surroundings(
    Guard((), (443,), "https://portal.example"), {"order.status"}, {"simple"}, False
)


def planned(*hooks: Any, taken: tuple[str, ...] = ()) -> list[Entry]:
    """What would become of ``hooks``."""
    return plan(hooks, AROUND, {folded_name(name) for name in taken})


def faults(entry: Entry) -> list[tuple[str, str]]:
    """What is wrong with an entry: pointers and codes."""
    return [(one.pointer, one.code) for one in entry.problems]


def test_no_secret_and_no_value_of_a_header_is_written() -> None:
    draft = HookDraft(
        "طلبات", "https://example.com/in", ("a", "b"), headers={"X-Key": "s3cret"}, secret="s3cret"
    )
    made = written(draft)
    assert "s3cret" not in json.dumps(made)
    assert (made["header_names"], made["event_types"]) == (["X-Key"], ["a", "b"])


def test_what_is_written_can_be_taken_again() -> None:
    draft = HookDraft(**GOOD | {"event_types": ("order.status",)}, enabled=False, policy="simple")
    [entry] = planned(written(draft))
    assert (entry.fate, entry.draft) == (Fate.NEW, draft)


def test_a_hook_whose_name_is_taken_is_left_alone_whatever_else_is_wrong() -> None:
    [entry] = planned(GOOD | {"url": "ftp://x"}, taken=("طَلبات",))
    assert (entry.fate, faults(entry)) == (Fate.EXISTS, [])


def test_a_name_twice_in_the_file_is_wrong_the_second_time() -> None:
    first, second = planned(GOOD, GOOD)
    assert first.fate is Fate.NEW
    assert (second.fate, faults(second)) == (Fate.WRONG, [("/name", "name_twice")])


@pytest.mark.parametrize(
    ("hook", "expected"),
    [
        ("نص", [("", "not_an_object")]),
        (GOOD | {"event_types": ["x.y"]}, [("/event_types/0", "unknown_event_type")]),
        (GOOD | {"policy": "none"}, [("/policy", "unknown_policy")]),
        (GOOD | {"url": "https://10.0.0.1/"}, [("/url", "blocked_private_address")]),
        (GOOD | {"name": 7}, [("/name", "not_a_text")]),
        (GOOD | {"secret": "whsec_x"}, [("/secret", "unknown_member")]),
        (GOOD | {"headers": {}}, [("/headers", "unknown_member")]),
        (GOOD | {"header_names": ["Host"]}, [("/header_names", "reserved_header")]),
        (GOOD | {"header_names": "X-A"}, [("/header_names", "not_texts")]),
    ],
)
def test_what_is_wrong_with_a_hook_is_said_where_it_stands(
    hook: Any, expected: list[tuple[str, str]]
) -> None:
    good, entry = planned(GOOD | {"name": "قبله"}, hook)
    assert good.fate is Fate.NEW
    assert (entry.fate, faults(entry)) == (Fate.WRONG, expected)


@pytest.mark.parametrize("value", [{"hooks": [GOOD]}, [GOOD]])
def test_a_file_is_an_object_with_hooks_or_their_list(value: Any) -> None:
    assert read_file(json.dumps(value).encode()) == [GOOD]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", "malformed"),
        (b"7", "no_hooks_in_file"),
        (b"[]", "no_hooks_in_file"),
        (b'{"hooks": {}}', "no_hooks_in_file"),
        (json.dumps([1] * (MOST_HOOKS + 1)).encode(), "too_many"),
    ],
)
def test_what_is_no_such_file_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(Refused) as caught:
        read_file(raw)
    assert [(one.pointer, one.code) for one in caught.value.problems] == [("/text", code)]
