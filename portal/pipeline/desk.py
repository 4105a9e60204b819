"""Desk: the database's side of a drain: streams are taken, read, recorded and given back."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.domain.fairness import SHARES
from portal.domain.health import Standing
from portal.models import new_id, utcnow
from portal.pipeline import streams
from portal.pipeline.due import Due, read_data
from portal.pipeline.endpoints import changed, read_endpoints
from portal.pipeline.flow import Flow
from portal.pipeline.learning import learn
from portal.pipeline.ledger import Ledger
from portal.pipeline.letters import Letter, letters_of
from portal.pipeline.lookout import Lookout
from portal.pipeline.news import News, announce, give_up
from portal.pipeline.post import SLOTS, Answered
from portal.pipeline.record import Sent, expire, put_together, weigh
from portal.pipeline.rollups import Counted, Tally, add_up
from portal.pipeline.transactions import reading, writing

# How many streams of each standing a worker takes at a time, and has at most: no more than it has
# slots for, because other workers have some too.
TAKE, MOST = 64, {standing: int(SLOTS * share) for standing, share in SHARES.items()}
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
        if self._lookout.others or not self.flows:
            self._take(now)
        for flow, rows in self._lookout.found():
            if rows and flow.flows(self._clock()):
                self._make_ready(flow, self._without_overdue(flow, rows), now)
        for flow in self.flows.values():
            flow.drop_overdue(now)
        if not self._lookout.is_busy:
            # What was recorded may be forgotten only between two readings: the one before may
            # have seen it as it was.
            self._forget_recorded()
            self._lookout.look(self.flows.values(), now, self._clock())

    def read_large(self, letter: Letter) -> Mapping[str, str]:
        """The data that ``letter`` does not carry, by event id."""
        missing = [due.event_id for due in letter.carried if due.data is None]
        if not missing:
            return {}
        with reading() as session:
            return read_data(session, missing)

    def take_in(self, answered: Iterable[Answered]) -> None:
        """Judge what came back; it is written down by :meth:`settle`."""
        clock = self._clock()
        for one in answered:
            sent = weigh(one.letter, one.headers, one.reply, one.started_at, clock)
            self._ledger.enter(sent)
            self.count += 1
            learn(self.flows[one.letter.endpoint.hook_id], sent, clock)

    def settle(self, hurry: bool) -> None:
        """Have outcomes recorded: in time, or at once in a ``hurry``; never waits for it."""
        self._recorded += self._ledger.settle(hurry, self._clock())

    def wait(self, seconds: float) -> None:
        """Wait so long, or until something has come of what is read or recorded."""
        if not self._lookout.wait(seconds) and not self._ledger.wait(seconds):
            sleep(seconds)

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
        self._forget_recorded()

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
        have = Counter(flow.health.standing for flow in self.flows.values())
        most = {standing: min(TAKE, MOST[standing] - have[standing]) for standing in Standing}
        with writing() as session:
            taken = streams.take(session, self._token, most)
            endpoints = read_endpoints(session, taken)
            self._clock_offset = session.scalar(select(utcnow())) - datetime.now(UTC)
        # A full hand means that there are more: the next are taken as soon as these are read.
        self._lookout.others = len(taken) >= TAKE
        for hook_id, health in taken.items():
            # One of ours whose lease ran out while this process stood still goes on as it was.
            if hook_id not in self.flows:
                self.flows[hook_id] = Flow(endpoints[hook_id], health, noted=health, active_at=now)
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
            flow = self.flows[hook_id]
            if endpoint != flow.endpoint:
                # What was made ready would go by the old address, secret and policy.
                flow.clear()
                flow.endpoint = endpoint
        for flow in self.flows.values():
            flow.passed = None

    def _renew(self, now: float) -> None:
        self._renewed_at = now
        with writing() as session:
            held = streams.renew(session, self._token, list(self.flows))
        # Apart, because a hook that is switched off for its failures comes before its stream.
        with writing() as session:
            news = self._write_down(session, held)
        announce(news)
        for hook_id in self.flows.keys() - held:
            self.flows[hook_id].is_lost = True
            self.flows[hook_id].clear()

    def _write_down(self, session: Session, hook_ids: Sequence[str]) -> list[News]:
        """Note health and tallies; returns what there is to announce of them."""
        flows = {hook_id: self.flows[hook_id] for hook_id in hook_ids}
        dirty = {hook_id: flow for hook_id, flow in flows.items() if flow.health != flow.noted}
        healths = {hook_id: (flow.noted, flow.health) for hook_id, flow in dirty.items()}
        # The hook before its stream, as everywhere, so that nobody waits in a circle.
        news = give_up(session, healths, self._clock())
        streams.write_health(
            session, self._token, {hook_id: flow.health for hook_id, flow in dirty.items()}
        )
        self._add_up(session, flows)
        for flow in dirty.values():
            flow.noted = flow.health
        return news

    def _add_up(self, session: Session, flows: Mapping[str, Flow]) -> None:
        counted = [
            Counted(hook_id, flow.endpoint.account_id, flow.tally)
            for hook_id, flow in flows.items()
            if flow.tally != Tally()
        ]
        add_up(session, counted, self._clock())
        for one in counted:
            flows[one.hook_id].tally = Tally()

    def _make_ready(self, flow: Flow, rows: Sequence[Due], now: float) -> None:
        letters = letters_of(flow.endpoint, rows, flow.batch_size, now)
        if letters.new:
            with writing() as session:
                put_together(session, letters.new, self._token, self._clock())
        flow.add(letters.all, now)
        held_up = letters.held_up
        # A batch that is still being filled is woken when it is full: it must not rest till then.
        if held_up and not letters.all and (held_up.message_id or held_up.attempt_count):
            flow.rest_until(self._clock() + timedelta(seconds=held_up.due_in))

    def _without_overdue(self, flow: Flow, rows: Sequence[Due]) -> Sequence[Due]:
        limit = flow.endpoint.expires_after_seconds
        over = [due for due in rows if limit is not None and due.waited > limit]
        if not over:
            return rows
        with writing() as session:
            expire(session, over, self._token, self._clock())
        # What is left of a batch is another message.
        broken = {due.message_id for due in over}
        return [
            due._replace(message_id=None) if due.message_id in broken else due
            for due in rows
            if due not in over
        ]

    def _give_back(self, hook_ids: Sequence[str]) -> None:
        if not hook_ids:
            return
        now, clock = monotonic(), self._clock()
        with writing() as session:
            news = self._write_down(session, hook_ids)
            left = {hook_id: self.flows[hook_id].farewell(now, clock) for hook_id in hook_ids}
            streams.give_back(session, self._token, left)
        for hook_id in hook_ids:
            del self.flows[hook_id]
        announce(news)
