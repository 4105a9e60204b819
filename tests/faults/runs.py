"""Experiments with runs whose holder stopped in the middle: killed, frozen, or come too late."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from json import loads
from threading import Event
from time import monotonic
from typing import Any

from tests.faults.calls import Called, Callers, assert_each_was_run_once, call
from tests.faults.kills import NOTICE_SECONDS, SLACK_SECONDS, ticks
from tests.faults.lateness import TICKER_SECONDS, UNHEARD_SECONDS
from tests.faults.oracle import Oracle
from tests.faults.stage import Door, Stage
from tests.faults.tampering import DIE_BEFORE_FINISH, DIE_BEFORE_RING
from tests.receiver import Answer, Receiver
from tests.waiting import until

# A lease begins a moment before the address is asked.
BEFORE_ASKING_SECONDS = 0.5
# So many runs of the worker that is frozen are in the middle.
FROZEN_RUNS = 4
ANSWER = {"status": 201, "body": "{{ calls.asked.body }}"}
SAID = b'{"known": true}'


@dataclass(frozen=True, slots=True)
class Cut:
    """The end of a worker at ``at``, and the ids of the calls whose runs it was doing."""

    at: float
    calls: frozenset[str]


def each_is_run_once_when_workers_are_killed(
    stage: Stage, receiver: Receiver, kills: int, pause: float
) -> None:
    """Workers are killed while others call: in turn between what a run comes to and its record,
    and at any moment.

    Nobody takes a run that somebody alive is doing, and what the dead were doing is taken as soon
    as their lease has ended.
    """
    oracle = Oracle(receiver)
    (line,) = stage.lines(oracle)
    door = stage.trigger(line)
    with Callers(door, oracle) as callers:
        oracle.wait_for_some()
        cuts = [kill_one(stage, number) for number in ticks(kills, pause)]
    assert_each_was_run_once(stage, door, oracle, 2 * stage.lease + 20 + len(callers.made) / 50)
    assert callers.statuses == {200}
    rows = stage.books.calls(door.trigger_id)
    again = taken_for_no_reason(rows.values(), cuts)
    assert not again, f"taken again for no reason: {len(again)}"
    silences = list(silences_of(oracle, rows, cuts))
    assert silences, "nobody who was killed was doing a run"
    longest, allowed = max(silences), stage.lease + NOTICE_SECONDS + SLACK_SECONDS
    assert longest < allowed, f"silent for {longest:.1f} s: {sorted(silences)}"


def kill_one(stage: Stage, number: int) -> Cut:
    """Kill a worker; every other time one that is just about to record runs."""
    if number % 2:
        stage.end(victim := stage.random.choice(stage.workers))
    else:
        with stage.fatal(DIE_BEFORE_FINISH) as dead:
            pass
        (victim,) = dead
    return Cut(monotonic(), stage.books.runs_under(stage.run_token_of(victim)))


def taken_for_no_reason(rows: Iterable[Mapping[str, Any]], cuts: Sequence[Cut]) -> list[str]:
    """The calls that were taken more often than whoever was doing them was killed, and once."""
    reasons = Counter(id for cut in cuts for id in cut.calls)
    return [row["id"] for row in rows if row["attempt_count"] > 1 + reasons[row["id"]]]


def silences_of(
    oracle: Oracle, rows: Mapping[str, Mapping[str, Any]], cuts: Sequence[Cut]
) -> Iterator[float]:
    """For each kill in the middle of runs: the seconds till the first of their events came."""
    for cut in cuts:
        ids = {loads(rows[id]["body"])["id"] for id in cut.calls}
        came = [one.at - cut.at for one in oracle.sights if one.event in ids]
        if came:
            yield min(came)


def what_nobody_rang_for_is_run(stage: Stage, receiver: Receiver) -> None:
    """The web server dies between the commit of a call and the ring; the caller hears nothing."""
    oracle = Oracle(receiver)
    (line,) = stage.lines(oracle)
    door = stage.trigger(line)
    # A worker that is still busy would find it without being rung for.
    until(stage.is_idle, 20)
    with stage.switched_on(DIE_BEFORE_RING):
        made = call(door, f"{line.event_type}-unheard")
    assert made.status == 0
    within = TICKER_SECONDS + SLACK_SECONDS
    assert oracle.sees_some(within), f"nobody has noticed within {within} s what was not rung for"
    # The run may be over before there is a web server again to ask about it.
    stage.settle()
    assert_each_was_run_once(stage, door, oracle, 20)
    assert [one.event for one in oracle.sights] == [made.id]


def late_run_changes_nothing(
    stage: Stage, receiver: Receiver, asked: Receiver, leases: float
) -> None:
    """A worker is frozen for some ``leases`` while its runs ask another address, and wakes up
    with the answers. Others have done these runs by then."""
    oracle = Oracle(receiver)
    (line,) = stage.lines(oracle)
    door = stage.trigger(line, ask=asked.url)
    go = Event()
    asked.answer(*[Answer(body=SAID, hold=go)] * FROZEN_RUNS, Answer(body=SAID))
    try:
        late = let_one_take(stage, door, oracle, asked)
        with stage.frozen(late):
            ends = monotonic() + leases * stage.asking_lease
            until(lambda: not stage.books.owes_runs(door.trigger_id), stage.asking_lease + 20)
            before = outcomes(stage, door)
            Event().wait(max(0.0, ends - monotonic()))
            go.set()
    finally:
        go.set()
    Event().wait(UNHEARD_SECONDS)
    until(stage.is_idle, 10)
    changed = outcomes(stage, door) != before
    assert not changed, "the late worker changed what others had done"
    assert len(asked.arrivals) == 2 * FROZEN_RUNS
    assert_each_was_run_once(stage, door, oracle, 20)
    assert {len(sights) for sights in oracle.taken.values()} == {1}


def let_one_take(stage: Stage, door: Door, oracle: Oracle, asked: Receiver) -> int:
    """Call ``door`` some times and let all the runs be taken by one worker, which is returned."""
    ids = [f"{door.line.event_type}-late-{number}" for number in range(FROZEN_RUNS)]
    accept(oracle, call(door, ids[0]))
    asked.wait_for(1)
    late = until(lambda: stage.runner(door))
    with stage.frozen(*set(stage.workers) - {late}):
        for id in ids[1:]:
            accept(oracle, call(door, id))
        asked.wait_for(FROZEN_RUNS)
    return late


def accept(oracle: Oracle, made: Called) -> None:
    """Note a call that has to have been accepted."""
    assert made.status == 200, made
    oracle.accept([made.id])


def outcomes(stage: Stage, door: Door) -> tuple[Any, Any]:
    """Everything that the runs of ``door`` have come to: the calls, and what they published."""
    return stage.books.calls(door.trigger_id), stage.books.events(door.line.event_type)


def the_run_of_a_dead_web_server_is_done(stage: Stage, receiver: Receiver, asked: Receiver) -> None:
    """A caller waits for an address that does not answer, and the web server is killed.

    A worker does the run once the lease has ended; till then whoever repeats the call is told to
    wait, and afterwards gets the answer that the first was owed.
    """
    oracle = Oracle(receiver)
    (line,) = stage.lines(oracle)
    rules = {"mode": "sync", "deadline_seconds": 30, "dedupe": {"from": "body:id"}}
    door = stage.trigger(line, ask=asked.url, answer=ANSWER, **rules)
    id, go = f"{line.event_type}-sync", Event()
    asked.answer(Answer(body=SAID, hold=go))
    try:
        cut_off(stage, door, id, asked)
        (first, second) = asked.wait_for(2, stage.asking_lease + 10)[:2]
        waited = second.at - first.at
        assert waited > stage.asking_lease - BEFORE_ASKING_SECONDS, (
            f"asked again after {waited:.1f} s, while somebody was asking"
        )
        assert waited < stage.asking_lease + NOTICE_SECONDS + SLACK_SECONDS
        assert until(lambda: call(door, id).status) == 409
    finally:
        go.set()
    assert_each_was_run_once(stage, door, oracle, 20)
    again = call(door, id)
    assert (again.status, loads(again.text)) == (201, loads(SAID))
    # A short lease may end while it is asked a second time; then a third asks, and one publishes.
    assert stage.books.events(line.event_type) == {id: 1}


def cut_off(stage: Stage, door: Door, id: str, asked: Receiver) -> None:
    """Call ``door``, and kill the web server as soon as its run asks; nobody answers the call."""
    with ThreadPoolExecutor(1) as apart:
        waiting = apart.submit(call, door, id)
        asked.wait_for(1)
        stage.end(*stage.processes("granian"))
        assert waiting.result().status == 0
