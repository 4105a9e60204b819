"""What is sent again, how fast, and when that stops."""

from typing import Any

import pytest

from portal.domain.log_filter import LogFilter, filter_members, read_filter
from portal.domain.problems import Conflict, Refused
from portal.domain.resends import (
    LARGEST_WAVE,
    MOST_CHOSEN,
    Choice,
    Course,
    ResendState,
    after,
    cancel,
    choice_members,
    finish,
    kept,
    pause,
    read_choice,
    read_kept,
    resume,
)

RUNNING = ResendState.RUNNING


def test_a_probe_goes_ahead_and_each_wave_doubles() -> None:
    course, waves = Course(), []
    for _ in range(11):
        waves.append(course.wave)
        assert (course.room(0), course.room(course.wave)) == (course.wave, 0)
        course = after(course, course.wave, 0)
        assert course.state == RUNNING
    assert waves == [1, 2, 4, 8, 16, 32, 64, 128, 256, 256, 256]


def test_a_wave_grows_only_when_all_of_it_is_back() -> None:
    course = after(Course(RUNNING, 4), 3, 0)
    assert (course.wave, course.room(1)) == (4, 3)
    assert after(course, 1, 0) == Course(RUNNING, 8)


def test_a_probe_that_fails_stops_it() -> None:
    stopped = after(Course(), 0, 1)
    assert stopped.state == "stopped"
    assert stopped.room(0) == 0
    assert after(stopped, 5, 5) == stopped


@pytest.mark.parametrize(
    ("wave", "failed", "state"),
    [(2, 1, "stopped"), (8, 1, "stopped"), (16, 1, "running"), (16, 2, "stopped")]
    + [(256, 25, "running"), (256, 26, "stopped")],
)
def test_one_in_ten_of_a_large_wave_may_fail(wave: int, failed: int, state: str) -> None:
    course = after(Course(RUNNING, wave), 0, failed)
    assert course.state == state


def test_a_wave_with_a_failure_does_not_grow() -> None:
    assert after(Course(RUNNING, 16), 15, 1) == Course(RUNNING, 16)


def test_nothing_in_the_air_leaves_room_for_what_had_no_outcome() -> None:
    assert Course().room(0) == 1
    assert after(Course(), 0, 0) == Course()


def test_who_may_turn_it_depends_on_where_it_stands() -> None:
    allowed = {
        pause: {"probing", "running"},
        resume: {"paused", "stopped"},
        cancel: {"probing", "running", "paused", "stopped"},
    }
    for turn, states in allowed.items():
        for state in ResendState:
            if state in states:
                turn(Course(state))
            else:
                with pytest.raises(Conflict):
                    turn(Course(state))


def test_it_goes_on_with_a_probe() -> None:
    assert resume(pause(Course(RUNNING, LARGEST_WAVE))) == Course()


def test_a_stop_remains_one_when_nothing_is_left() -> None:
    assert finish(Course()).state == "done"
    for state in ("stopped", "paused", "cancelled"):
        assert finish(Course(ResendState(state))).state == state


def test_a_filter_and_a_list_of_ids_are_read_and_written_alike() -> None:
    everything = {
        "hook": "hok_1",
        "event": "evt_1",
        "event_type": "order.status",
        "state": "undelivered",
        "status_class": "5xx",
        "since": "2026-11-22T12:00:00.123456+00:00",
        "until": "2026-11-23T12:00:00+00:00",
        "q": "أحمد",
    }
    for value in ({"filter": everything}, {"filter": {}}, {"deliveries": ["dlv_1", "dlv_2"]}):
        choice = read_choice(value)
        assert choice_members(choice) == value
        assert read_choice(choice_members(choice)) == choice
    assert read_choice({"filter": {"hook": None}}) == Choice()


@pytest.mark.parametrize(
    ("value", "faults"),
    [
        ([], [("", "not_an_object")]),
        ({}, [("/filter", "required")]),
        ({"filter": []}, [("/filter", "not_an_object")]),
        ({"filter": {}, "deliveries": ["a"]}, [("/deliveries", "filter_or_deliveries")]),
        ({"filters": {}}, [("/filters", "unknown_member")]),
        ({"filter": {"hok": "hok_1"}}, [("/filter/hok", "unknown_member")]),
        ({"filter": {"hook": 1}}, [("/filter/hook", "not_a_text")]),
        ({"filter": {"q": "\0"}}, [("/filter/q", "bad_character")]),
        (
            {"filter": {"state": "lost", "status_class": "6xx", "since": "x"}},
            [("/filter/state", "unknown_choice"), ("/filter/status_class", "unknown_choice")]
            + [("/filter/since", "bad_moment")],
        ),
        ({"deliveries": []}, [("/deliveries", "bad_selection")]),
        ({"deliveries": ["a"] * (MOST_CHOSEN + 1)}, [("/deliveries", "bad_selection")]),
        ({"deliveries": "dlv_1"}, [("/deliveries", "not_texts")]),
    ],
)
def test_what_could_mean_too_much_is_refused(value: Any, faults: list[tuple[str, str]]) -> None:
    with pytest.raises(Refused) as refused:
        read_choice(value)
    assert [(one.pointer, one.code) for one in refused.value.problems] == faults


def test_what_a_text_names_is_kept_with_a_resend_and_said_to_nobody() -> None:
    choice = Choice(LogFilter(q="شهادة", errors=("tls_expired",), hooks=("hok_1", "hok_2")))
    assert read_kept(kept(choice)) == choice
    assert choice_members(choice) == {"filter": {"q": "شهادة"}}
    for plain in (Choice(LogFilter(state="held")), Choice(ids=("dlv_1",))):
        assert kept(plain) == choice_members(plain)
        assert read_kept(kept(plain)) == plain


def test_an_address_names_a_filter_by_its_members_alone() -> None:
    wanted = read_filter({"state": "held", "since": "2026-11-22T15:00:00 03:00", "page": "2"})
    assert filter_members(wanted) == {"state": "held", "since": "2026-11-22T12:00:00+00:00"}
    assert not LogFilter().narrows
