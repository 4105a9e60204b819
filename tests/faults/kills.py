"""The first experiment: workers are killed in mid-send, one after the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from threading import Event
from time import monotonic

from tests.faults.oracle import ON_THE_WAY_SECONDS, Fault, Oracle
from tests.faults.stage import Line, Stage
from tests.receiver import Receiver

# Beyond a lease, somebody has to notice that it ended, and to send: a tick of a second, a ring.
NOTICE_SECONDS = 2.0
# What a machine that others use as well may take longer.
SLACK_SECONDS = 2.0
# As slow as that everybody can send a few hundred events in the time of all kills.
ANSWER_SECONDS = 0.15


@dataclass(frozen=True, slots=True)
class Killed:
    """The end of a worker: when, and the ids of the hooks that were leased to it then."""

    fault: Fault
    hooks: frozenset[str]


def nothing_is_lost_when_workers_are_killed(
    stage: Stage, receiver: Receiver, events: int, kills: int, pause: float
) -> None:
    """Publish ``events`` to ten hooks, and kill a worker every ``pause`` seconds.

    Nothing comes twice but what was in flight at a kill, and the hooks of the dead hear again as
    soon as their lease has ended.
    """
    oracle = Oracle(receiver, ANSWER_SECONDS)
    lines = stage.lines(oracle, 10)
    for line in lines:
        stage.publish(line, oracle, events // len(lines))
    oracle.wait_for_some()
    killed = [kill_a_sender(stage, oracle) for _ in ticks(kills, pause)]
    stage.finish(oracle, lines, 60 + events / 50)
    assert len(oracle.accepted) == events
    assert not oracle.renamed
    unexplained = oracle.unexplained(*(one.fault for one in killed))
    assert not unexplained, f"sent again for no reason: {len(unexplained)}"
    silences = list(silences_of(oracle, lines, killed))
    assert silences, "nobody who was killed had anything left to send"
    longest, allowed = max(silences), stage.lease + NOTICE_SECONDS + SLACK_SECONDS
    assert longest < allowed, f"silent for {longest:.1f} s: {sorted(silences)}"


def kill_a_sender(stage: Stage, oracle: Oracle) -> Killed:
    """Kill a worker that is sending, or any if none is."""
    workers = stage.workers
    sending = [one for one in workers if stage.books.leased_under(stage.token_of(one))]
    victim = stage.random.choice(sending or oracle.senders(workers) or workers)
    begun = monotonic()
    stage.end(victim)
    # Only the dead take no more leases, under this token or another.
    return Killed((begun, monotonic()), stage.books.leased_under(stage.token_of(victim)))


def silences_of(oracle: Oracle, lines: Sequence[Line], killed: Sequence[Killed]) -> Iterator[float]:
    """For each kill and each hook that it left owed something: the seconds till that heard more.

    Without those whose next worker was killed as well before it had sent anything.
    """
    for (number, kill), line in product(enumerate(killed), lines):
        begun, ended = kill.fault
        if line.hook_id not in kill.hooks:
            continue
        later = [one.at for one in oracle.sights if one.path == line.path]
        heard = min((at for at in later if at > ended + ON_THE_WAY_SECONDS), default=None)
        others = (one.fault[0] for one in killed[number + 1 :] if line.hook_id in one.hooks)
        if heard is not None and not any(at < heard for at in others):
            yield heard - begun


def ticks(number: int, pause: float) -> Iterator[int]:
    """Counts to ``number``, and waits ``pause`` seconds before each."""
    clock = Event()
    for tick in range(number):
        clock.wait(pause)
        yield tick
