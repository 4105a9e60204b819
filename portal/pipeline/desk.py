"""Desk: the database's side of a drain: streams are taken, read, recorded and given back."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.domain.health import after_failure, after_success
from portal.domain.states import DeliveryState
from portal.models import new_id, utcnow
from portal.pipeline import streams
from portal.pipeline.due import Due, read_data
from portal.pipeline.endpoints import changed, read_endpoints
from portal.pipeline.flow import Flow, Tally
from portal.pipeline.holding import announce, disable
from portal.pipeline.ledger import Ledger
from portal.pipeline.letters import Letter, batches_of, letter_of
from portal.pipeline.lookout import Lookout
from portal.pipeline.post import Answered
from portal.pipeline.record import Sent, add_up, expire, weigh
from portal.pipeline.transactions import reading, writing

# How many streams a worker takes at a time, and has at most: other workers want their share.
TAKE, MOST_STREAMS, MOST_UNPROVEN = 64, 512, 256
# In seconds: how often it looks for changes in its streams, and writes down their health.
TEND_EVERY, RENEW_EVERY = 1.0, 4.0


class Desk:
    """The streams that one drain has leased, and the outcomes that are yet to be recorded."""

    def __init__(self) -> None:
        self.flows: dict[str, Flow] = {}
        self.count = 0
        self._token = new_id("lea")
        self._ledger = Ledger(self._token)
        self._lookout = Lookout()
        self._recorded: list[Sent] = []
        self._tended_at = float("-inf")
        self._renewed_at = monotonic()
        self._clock_offset = timedelta(0)

    def refill(self) -> None:
        """Take streams that have something due, and read what is due in those there are."""
        now = monotonic()
        # First of all, lest a process that stood still sends under leases that it has lost.
        if now - self._tended_at >= TEND_EVERY:
            self._tended_at = now
            self._tend(now)
        if (self._lookout.others or not self.flows) and len(self.flows) < MOST_STREAMS:
            self._take(now)
        for flow, rows in self._lookout.found():
            if rows and flow.flows(self._clock()):
                self._make_ready(flow, self._without_overdue(flow, rows), now)
        if not self._lookout.is_busy:
            self._lookout.look(self.flows.values(), now, self._clock())

    def read_large(self, letter: Letter) -> Mapping[str, str]:
        """The data that ``letter`` does not carry, by event id."""
        missing = [due.event_id for due in letter.carried if due.data is None]
        if not missing:
            return {}
        with reading() as session:
            return {event_id: read_data(session, event_id) for event_id in missing}

    def take_in(self, answered: Iterable[Answered]) -> None:
        """Judge what came back; it is written down by :meth:`settle`."""
        clock = self._clock()
        for one in answered:
            sent = weigh(one.letter, one.headers, one.reply, one.started_at, clock)
            self._ledger.enter(sent)
            self.count += 1
            _learn(self.flows[one.letter.endpoint.hook_id], sent, clock)

    def settle(self, hurry: bool) -> None:
        """Have outcomes recorded: in time, or at once in a ``hurry``; never waits for it."""
        self._recorded += self._ledger.settle(hurry, self._clock())
        if not self._lookout.is_busy:
            self._forget_recorded()

    def let_go(self, stopping: bool) -> None:
        """Give back the streams in which nothing is left to do."""
        now = monotonic()
        self._give_back(
            [
                hook_id
                for hook_id, flow in self.flows.items()
                if flow.is_over(now) or (stopping and not flow.under_way and not flow.known)
            ]
        )

    def forget_unsent(self) -> None:
        """Drop what was read and not sent; another worker will read it."""
        for _ in self._lookout.found(wait=True):
            pass
        for flow in self.flows.values():
            flow.clear()

    def close(self) -> None:
        """Give everything back; for the end of a drain, whatever ended it."""
        # Where the database is away, the leases run out by themselves.
        self._lookout.close()
        with suppress(SQLAlchemyError):
            self._ledger.finish(self._clock())
            self._give_back(list(self.flows))
        self._ledger.close()

    def _forget_recorded(self) -> None:
        for one in self._recorded:
            flow = self.flows[one.letter.endpoint.hook_id]
            flow.known.difference_update([due.id for due in one.letter.carried])
            if not one.outcome.delivered:
                flow.is_stuck = False
        self._recorded.clear()

    def _clock(self) -> datetime:
        """The database's clock, by what was seen of it last."""
        return datetime.now(UTC) + self._clock_offset

    def _take(self, now: float) -> None:
        unproven = sum(not flow.health.last_ok for flow in self.flows.values())
        with writing() as session:
            taken = streams.take(session, self._token, TAKE, min(TAKE, MOST_UNPROVEN - unproven))
            endpoints = read_endpoints(session, taken)
            self._clock_offset = session.scalar(select(utcnow())) - datetime.now(UTC)
        # A full hand means that there are more: the next are taken as soon as these are read.
        self._lookout.others = len(taken) >= TAKE
        for hook_id, health in taken.items():
            # One of ours whose lease ran out while this process stood still goes on as it was.
            if hook_id not in self.flows:
                self.flows[hook_id] = Flow(endpoints[hook_id], health, active_at=now)
            self.flows[hook_id].is_lost = False

    def _tend(self, now: float) -> None:
        """See what has changed in the hooks; now and then write down and lengthen the leases."""
        if not self.flows:
            return
        known = {hook_id: flow.endpoint for hook_id, flow in self.flows.items()}
        renews = now - self._renewed_at >= RENEW_EVERY
        if renews:
            self._renew(now)
        with reading() as session:
            stale = set(known) if renews else changed(session, known)
            fresh = read_endpoints(session, stale) if stale else {}
        for hook_id, endpoint in fresh.items():
            self.flows[hook_id].endpoint = endpoint
            if not endpoint.sends:
                self.flows[hook_id].clear()
        for flow in self.flows.values():
            flow.passed = None

    def _renew(self, now: float) -> None:
        self._renewed_at = now
        with writing() as session:
            held = streams.renew(session, self._token, list(self.flows))
            disabled = self._write_down(session, held)
        announce(disabled)
        for hook_id in self.flows.keys() - held:
            self.flows[hook_id].is_lost = True
            self.flows[hook_id].clear()

    def _write_down(self, session: Session, hook_ids: Sequence[str]) -> list[str]:
        """Note health and tallies; returns the ids of hooks that were switched off for it."""
        flows = {hook_id: self.flows[hook_id] for hook_id in hook_ids}
        dirty = {hook_id: flow.health for hook_id, flow in flows.items() if flow.is_dirty}
        streams.write_health(session, self._token, dirty)
        self._add_up(session, flows)
        for hook_id in dirty:
            flows[hook_id].is_dirty = False
        clock = self._clock()
        return [
            hook_id
            for hook_id in streams.hopeless(session, dirty, clock)
            if disable(session, hook_id, "failing", clock)
        ]

    def _add_up(self, session: Session, flows: Mapping[str, Flow]) -> None:
        tallies = [
            (hook_id, flow.endpoint.account_id, flow.tally)
            for hook_id, flow in flows.items()
            if flow.tally != Tally()
        ]
        add_up(session, tallies, self._clock())
        for hook_id, _, _ in tallies:
            flows[hook_id].tally = Tally()

    def _make_ready(self, flow: Flow, rows: Sequence[Due], now: float) -> None:
        if flow.endpoint.batch_size > 1:
            with writing() as session:
                flow.add(batches_of(session, flow.endpoint, rows), now)
            return
        if flow.endpoint.ordered and rows and rows[0].due_in > 0:
            flow.rest_until(self._clock() + timedelta(seconds=rows[0].due_in))
            return
        due = [row for row in rows if row.due_in <= 0]
        flow.add([letter_of(flow.endpoint, row) for row in due], now)

    def _without_overdue(self, flow: Flow, rows: Sequence[Due]) -> list[Due]:
        limit = flow.endpoint.expires_after_seconds
        if limit is None:
            return list(rows)
        over = [due for due in rows if due.asked_by is None and due.age > limit]
        if over:
            with writing() as session:
                expire(session, over, self._token, self._clock())
        return [due for due in rows if due not in over]

    def _give_back(self, hook_ids: Sequence[str]) -> None:
        if not hook_ids:
            return
        now, clock = monotonic(), self._clock()
        with writing() as session:
            disabled = self._write_down(session, hook_ids)
            left = {hook_id: self.flows[hook_id].farewell(now, clock) for hook_id in hook_ids}
            streams.give_back(session, self._token, left)
        for hook_id in hook_ids:
            del self.flows[hook_id]
        announce(disabled)


def _learn(flow: Flow, sent: Sent, clock: datetime) -> None:
    """What the outcome ``sent`` tells of the stream it belongs to."""
    flow.under_way -= 1
    flow.is_dirty = True
    flow.active_at = monotonic()
    flow.tally.duration_ms += sent.reply.duration_ms
    if sent.outcome.delivered:
        flow.tally.delivered += 1
        flow.health = after_success(flow.health, clock)
        return
    flow.tally.failed += 1
    flow.health = after_failure(flow.health, clock)
    if flow.health.resting:
        flow.clear()
    if sent.outcome.gone:
        flow.endpoint = replace(flow.endpoint, sends=False)
        flow.clear()
    if flow.endpoint.ordered and sent.verdict.state == DeliveryState.WAITING:
        flow.is_stuck = True
        flow.rest_until(clock + (sent.verdict.wait or timedelta(0)))
