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
from portal.pipeline.due import Due, read_data, read_due, read_in_order
from portal.pipeline.endpoints import changed, read_endpoints
from portal.pipeline.flow import Flow, Tally
from portal.pipeline.holding import announce, disable
from portal.pipeline.letters import Letter, batches_of, letter_of
from portal.pipeline.post import Answered
from portal.pipeline.record import Sent, add_up, expire, record, weigh
from portal.pipeline.transactions import reading, writing

# How many streams a worker takes at a time, and has at most: other workers want their share.
TAKE, MOST_STREAMS, MOST_UNPROVEN = 64, 512, 256
# In seconds: how often it looks for streams, for changes in its own, and writes down their health.
TAKE_EVERY, TEND_EVERY, RENEW_EVERY = 0.1, 1.0, 4.0
# Outcomes are recorded together, but none waits longer than this.
RECORD_AT, RECORD_WITHIN = 256, 0.01
ROWS_AT_ONCE = 512


class Desk:
    """The streams that one drain has leased, and the outcomes that are yet to be recorded."""

    def __init__(self) -> None:
        self.flows: dict[str, Flow] = {}
        self.count = 0
        self._token = new_id("lea")
        self._sent: list[Sent] = []
        self._oldest_sent = 0.0
        self._taken_at = self._tended_at = float("-inf")
        self._renewed_at = monotonic()
        self._clock_offset = timedelta(0)

    def refill(self) -> None:
        """Take streams that have something due, and read what is due in those there are."""
        now = monotonic()
        if now - self._taken_at >= TAKE_EVERY and len(self.flows) < MOST_STREAMS:
            self._taken_at = now
            self._take(now)
        if now - self._tended_at >= TEND_EVERY:
            self._tended_at = now
            self._tend(now)
        self._read(now)

    def read_large(self, letter: Letter) -> Mapping[str, str]:
        """The data that ``letter`` does not carry, by event id."""
        missing = [due.event_id for due in letter.carried if due.data is None]
        if not missing:
            return {}
        with reading() as session:
            return {event_id: read_data(session, event_id) for event_id in missing}

    def take_in(self, answered: Iterable[Answered]) -> None:
        """Judge what came back; it is written down by :meth:`settle`."""
        for one in answered:
            clock = self._clock()
            sent = weigh(one.letter, one.headers, one.reply, one.started_at, clock)
            if not self._sent:
                self._oldest_sent = monotonic()
            self._sent.append(sent)
            self.count += 1
            _learn(self.flows[one.letter.endpoint.hook_id], sent, clock)

    def settle(self, at_once: bool) -> None:
        """Record outcomes, when there are many, or old ones, or ``at_once``."""
        if not self._sent:
            return
        is_young = monotonic() - self._oldest_sent < RECORD_WITHIN
        if not at_once and is_young and len(self._sent) < RECORD_AT:
            return
        with writing() as session:
            disabled = record(session, self._sent, self._token, self._clock())
        sent, self._sent = self._sent, []
        announce(disabled)
        for one in sent:
            flow = self.flows[one.letter.endpoint.hook_id]
            flow.known.difference_update(due.id for due in one.letter.carried)

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
        for flow in self.flows.values():
            flow.clear()

    def close(self) -> None:
        """Give everything back; for the end of a drain, whatever ended it."""
        # Where the database is away, the leases run out by themselves.
        with suppress(SQLAlchemyError):
            self.settle(at_once=True)
            self._give_back(list(self.flows))

    def _clock(self) -> datetime:
        """The database's clock, by what was seen of it last."""
        return datetime.now(UTC) + self._clock_offset

    def _take(self, now: float) -> None:
        if not streams.anything_due():
            return
        unproven = sum(not flow.health.last_ok for flow in self.flows.values())
        with writing() as session:
            taken = streams.take(session, self._token, TAKE, min(TAKE, MOST_UNPROVEN - unproven))
            endpoints = read_endpoints(session, taken)
            self._clock_offset = session.scalar(select(utcnow())) - datetime.now(UTC)
        for hook_id, health in taken.items():
            # One of ours whose lease ran out while this process stood still goes on as it was.
            if hook_id not in self.flows:
                self.flows[hook_id] = Flow(endpoints[hook_id], health, active_at=now)

    def _tend(self, now: float) -> None:
        """See what has changed in the hooks; now and then write down and lengthen the leases."""
        if not self.flows:
            return
        known = {hook_id: flow.endpoint for hook_id, flow in self.flows.items()}
        renews = now - self._renewed_at >= RENEW_EVERY
        with reading() as session:
            stale = set(known) if renews else changed(session, known)
            fresh = read_endpoints(session, stale) if stale else {}
        for hook_id, endpoint in fresh.items():
            self.flows[hook_id].endpoint = endpoint
            if not endpoint.sends:
                self.flows[hook_id].clear()
        if renews:
            self._renewed_at = now
            with writing() as session:
                streams.renew(session, self._token, list(self.flows))
                disabled = self._write_down(session, list(self.flows))
            announce(disabled)

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

    def _read(self, now: float) -> None:
        clock = self._clock()
        looking = [flow for flow in self.flows.values() if flow.wants_to_read(now, clock)]
        if not looking:
            return
        share = ROWS_AT_ONCE // len(looking)
        plain = {f.endpoint.hook_id: f.rows_to_read(share) for f in looking if not f.reads_in_order}
        ordered = {f.endpoint.hook_id: f.rows_to_read(share) for f in looking if f.reads_in_order}
        with reading() as session:
            found = read_due(session, plain) | read_in_order(session, ordered)
        for flow in looking:
            flow.looked_at = now
            rows = flow.unknown(found.get(flow.endpoint.hook_id, ()))
            if rows:
                self._make_ready(flow, self._without_overdue(flow, rows), now)

    def _make_ready(self, flow: Flow, rows: Sequence[Due], now: float) -> None:
        if flow.endpoint.batch_size > 1:
            with writing() as session:
                flow.add(batches_of(session, flow.endpoint, rows), now)
            return
        if flow.endpoint.ordered and rows and rows[0].due_at > rows[0].now:
            flow.rest_until(rows[0].due_at)
            return
        due = [row for row in rows if row.due_at <= row.now]
        flow.add([letter_of(flow.endpoint, row) for row in due], now)

    def _without_overdue(self, flow: Flow, rows: Sequence[Due]) -> list[Due]:
        limit = flow.endpoint.expires_after_seconds
        if limit is None:
            return list(rows)
        over = [
            due
            for due in rows
            if due.asked_by is None and due.now - due.created_at > timedelta(seconds=limit)
        ]
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
        flow.rest_until(clock + (sent.verdict.wait or timedelta(0)))
