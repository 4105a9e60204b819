"""What may be saved as a policy, and what the portal ships."""

from typing import Any

import pytest

from portal.domain.catalogue import POLICIES
from portal.domain.policies import SLUG, WEEK, PolicyDraft, read_policy, slug_for
from portal.domain.problems import Refused
from portal.domain.retries import DEFAULT_DELAYS

NAMED = PolicyDraft(name="سياسة")

FAULTS = [
    ({}, [("/name", "required")]),
    ({"name": " \u00a0"}, [("/name", "required")]),
    ({"name": "س" * 201}, [("/name", "bad_length")]),
    ({"name": "س", "description": "س" * 2001}, [("/description", "bad_length")]),
    *(
        ({"name": f"س{character}س"}, [("/name", "bad_character")])
        for character in ("\0", "\x1b", "\n", "\x7f", "\x85", "\ud800")
    ),
    *(
        ({"name": "س", "description": f"س{character}س"}, [("/description", "bad_character")])
        for character in ("\0", "\x1b", "\x85", "\udfff")
    ),
    *(
        ({"name": "س", "slug": slug}, [("/slug", "bad_slug")])
        for slug in ("A", "سياسة", "a b", "_a", "a" * 65, "a\n", "../a")
    ),
    *(({"name": "س", "batch_size": n}, [("/batch_size", "bad_number")]) for n in (0, 1001, "1")),
    ({"name": "س", "batch_wait_seconds": -1}, [("/batch_wait_seconds", "bad_number")]),
    ({"name": "س", "ordered": 1}, [("/ordered", "not_a_flag")]),
    ({"name": "س", "per_minute": 0}, [("/per_minute", "bad_number")]),
    *(({"name": "س", "in_flight": n}, [("/in_flight", "bad_number")]) for n in (0, 257, None)),
    *(({"name": "س", "timeout_seconds": n}, [("/timeout_seconds", "bad_number")]) for n in (0, 61)),
    *(
        ({"name": "س", "retry_delays": delays}, [("/retry_delays", "bad_numbers")])
        for delays in ([], [-1], [WEEK + 1], [0] * 51, [0.5], "0", None, [True])
    ),
    ({"name": "س", "expires_after_seconds": 0}, [("/expires_after_seconds", "bad_number")]),
    ({"name": 1, "slug": 2}, [("/slug", "not_a_text"), ("/name", "not_a_text")]),
]


def test_a_name_is_enough_and_the_rest_is_that_of_simple() -> None:
    assert read_policy({"name": " سياسة "}, PolicyDraft()) == NAMED
    (simple,) = [card for card in POLICIES if card.slug == "simple"]
    shared = {k: v for k, v in NAMED.__dict__.items() if k not in ("slug", "name", "description")}
    assert shared.items() <= simple.__dict__.items()


def test_every_member_is_read() -> None:
    given = {
        "slug": "own-1_a",
        "name": "سياسة",
        "description": "وصف",
        "batch_size": 1000,
        "batch_wait_seconds": 3600,
        "ordered": False,
        "per_minute": 100_000,
        "in_flight": 256,
        "timeout_seconds": 60,
        "retry_delays": [0, 1, WEEK],
        "expires_after_seconds": 30 * 24 * 3600,
    }
    read = read_policy(given, PolicyDraft())
    assert {**read.__dict__, "retry_delays": list(read.retry_delays)} == given


def test_what_is_left_out_stays_as_it_was() -> None:
    base = PolicyDraft("own", "سياسة", per_minute=7, retry_delays=(0, 1))
    assert read_policy({"name": "أخرى"}, base) == PolicyDraft(
        "own", "أخرى", per_minute=7, retry_delays=(0, 1)
    )
    assert read_policy({"per_minute": None}, base).per_minute is None


def test_a_description_may_have_lines_and_both_texts_any_letter() -> None:
    given = {"name": "سريع 🌙 \u200f(Fast)", "description": "سطر\r\nآخر\n\tوثالث"}
    read = read_policy(given, PolicyDraft())
    assert (read.name, read.description) == (given["name"], given["description"])


def test_order_leaves_one_request_at_a_time() -> None:
    assert read_policy({"name": "س", "ordered": True, "in_flight": 8}, PolicyDraft()).in_flight == 1


@pytest.mark.parametrize(("given", "faults"), FAULTS)
def test_what_is_wrong_is_said_with_its_place(given: Any, faults: list[tuple[str, str]]) -> None:
    with pytest.raises(Refused) as refused:
        read_policy(given, PolicyDraft())
    said = [(problem.pointer, problem.code) for problem in refused.value.problems]
    assert [one for one in said if one != ("/name", "required") or one in faults] == faults


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Fast & Small", "fast_small_00ff7f"),
        ("سياسة سريعة", "policy_00ff7f"),
        ("__--__", "policy_00ff7f"),
        ("a" * 200, f"{'a' * 40}_00ff7f"),
        ("9 lives", "9_lives_00ff7f"),
        ("İ", "i_00ff7f"),
    ],
)
def test_a_slug_is_made_when_none_is_given(name: str, slug: str) -> None:
    made = slug_for(name, b"\x00\xff\x7f")
    assert made == slug
    assert SLUG.fullmatch(made)


def test_the_shipped_policies_are_those_of_the_contract() -> None:
    slugs = " ".join(card.slug for card in POLICIES)
    assert slugs == "simple small_batch medium_batch large_batch ordered gentle"


@pytest.mark.parametrize("card", POLICIES, ids=lambda card: card.slug)
def test_a_shipped_policy_could_be_saved(card: Any) -> None:
    given = {**card.__dict__, "retry_delays": list(card.retry_delays)}
    assert read_policy(given, PolicyDraft()).__dict__ == card.__dict__
    assert card.retry_delays == DEFAULT_DELAYS
