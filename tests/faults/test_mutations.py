"""Take away what an experiment is about, and it fails: else it would prove nothing."""

import re
from collections.abc import Callable

import pytest

from tests.faults.kills import nothing_is_lost_when_workers_are_killed
from tests.faults.lateness import late_worker_changes_nothing, what_nobody_rang_for_is_sent
from tests.faults.runs import (
    each_is_run_once_when_workers_are_killed,
    late_run_changes_nothing,
    the_run_of_a_dead_web_server_is_done,
    what_nobody_rang_for_is_run,
)
from tests.faults.stage import Stage
from tests.faults.tampering import NO_FENCE, NO_LEASE
from tests.receiver import Receiver

# More than enough: one in some ten tries of what is left to chance shows nothing.
TRIES = 5


@pytest.mark.short("postgresql")
def test_without_the_fence_a_late_worker_changes_what_is_not_its_own(
    stage: Stage, receiver: Receiver
) -> None:
    with stage.switched_on(NO_FENCE), pytest.raises(AssertionError, match="late worker changed"):
        late_worker_changes_nothing(stage, receiver, events=20, leases=1)


@pytest.mark.short("sqlite")
def test_without_the_ticker_what_nobody_rang_for_is_not_sent(
    stage: Stage, receiver: Receiver
) -> None:
    with (
        stage.frozen(*stage.processes("jobs.ticker")),
        pytest.raises(AssertionError, match="nobody has noticed"),
    ):
        what_nobody_rang_for_is_sent(stage, receiver)


@pytest.mark.short("sqlite")
def test_without_the_lease_workers_send_what_others_are_sending(
    stage: Stage, receiver: Receiver
) -> None:
    with stage.switched_on(NO_LEASE):
        fails_sooner_or_later(
            "sent again for no reason",
            stage,
            lambda: nothing_is_lost_when_workers_are_killed(stage, receiver, 400, 1, 0.5),
        )


@pytest.mark.short("postgresql")
def test_without_the_fence_a_late_run_is_done_twice(
    stage: Stage, receiver: Receiver, asked: Receiver
) -> None:
    with stage.switched_on(NO_FENCE), pytest.raises(AssertionError, match="late worker changed"):
        late_run_changes_nothing(stage, receiver, asked, leases=1)


@pytest.mark.short("sqlite")
def test_without_the_ticker_a_call_that_nobody_rang_for_is_not_run(
    stage: Stage, receiver: Receiver
) -> None:
    with (
        stage.frozen(*stage.processes("jobs.ticker")),
        pytest.raises(AssertionError, match="nobody has noticed"),
    ):
        what_nobody_rang_for_is_run(stage, receiver)


@pytest.mark.short("sqlite")
def test_without_the_lease_a_run_is_begun_while_somebody_is_doing_it(
    stage: Stage, receiver: Receiver, asked: Receiver
) -> None:
    with (
        stage.switched_on(NO_LEASE),
        pytest.raises(AssertionError, match="while somebody was asking"),
    ):
        the_run_of_a_dead_web_server_is_done(stage, receiver, asked)


@pytest.mark.short("postgresql")
def test_without_the_lease_workers_take_the_runs_of_others(
    stage: Stage, receiver: Receiver
) -> None:
    with stage.switched_on(NO_LEASE):
        # On a busy machine some are taken so often that they are given up, and never arrive.
        fails_sooner_or_later(
            "taken again for no reason|not true within",
            stage,
            lambda: each_is_run_once_when_workers_are_killed(stage, receiver, 1, 0.5),
        )


def fails_sooner_or_later(words: str, stage: Stage, experiment: Callable[[], None]) -> None:
    """See that ``experiment`` fails of what ``words`` say, in one of some tries: that two workers
    come by at the same moment is chance."""
    said = []
    for _ in range(TRIES):
        stage.settle()
        try:
            experiment()
            said.append("nothing")
        except AssertionError as error:
            if re.search(words, str(error)):
                return
            said.append(str(error))
    pytest.fail(f"never failed of {words!r}, but of {said}")
