"""The watch: every endpoint of a living, enabled hook is looked at once a day, a few at a time.

What is due is taken under a lease by the database's clock, looked at with no transaction open, and
written down together with what people and programs are told of it, fenced by the lease. So of two
tickers one looks, and each thing is told once.
"""

import os
import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.watch import AGAIN, EVERY, origin_of
from portal.extensions import settings
from portal.models import EndpointCheck, Hook, utcnow
from portal.pipeline.publish import announce
from portal.pipeline.sightings import Endpoint, Users, write_down
from portal.pipeline.surroundings import guard
from portal.pipeline.transactions import reading, writing
from portal.sender import look_at

# So many endpoints are looked at together; all looks end within ten seconds.
MOST = 20
LEASE = timedelta(seconds=60)
# A person's impatience is not passed on to the endpoint.
LOOKED_JUST_NOW = timedelta(seconds=10)
# Hooks that were changed are looked for so far back, since the clocks of machines differ; and all
# hooks once in so many seconds.
OVERLAP = timedelta(minutes=1)
ALL_AGAIN_SECONDS = 3600.0
# What was set up before that, in bulk as it were, has its first look some time in the day.
NEW = timedelta(hours=1)
_QUIET = {"synchronize_session": False}
# An account and an endpoint.
Key = tuple[str, str]
_LONG_AGO = datetime.fromisoformat("2000-01-01T00:00:00Z")


class Watch:
    """What a ticker remembers of its rounds: until when it has looked for changed hooks, and when
    it looks for all of them."""

    def __init__(self) -> None:
        self._known_until, self._all_again = _LONG_AGO, 0.0

    def go_round(self) -> int:
        """Enrol new endpoints and look at a few that are due; return how many those were."""
        if monotonic() >= self._all_again:
            self._known_until = _LONG_AGO
            self._all_again = monotonic() + ALL_AGAIN_SECONDS
        self._known_until = enrol(self._known_until)
        return look_at_due()


def enrol(since: datetime) -> datetime:
    """Begin to watch the endpoints of the hooks that were changed after ``since``; returns what to
    begin from the next time."""
    with reading() as session:
        now = session.scalar(select(utcnow()))
        changed = session.execute(
            select(Hook.account_id, Hook.url, Hook.updated_at).where(
                *_IS_ON, Hook.updated_at > since
            )
        ).all()
        wanted = {
            (account_id, origin): now if updated_at > now - NEW else _some_time(now)
            for account_id, url, updated_at in changed
            if (origin := _origin(url))
        }
        missing = _missing(session, wanted)
    if missing:
        with writing() as session:
            _begin(session, missing)
    return now - OVERLAP


def look_at_due() -> int:
    """Look at the endpoints that are due, a few of them, and write down what was seen."""
    with reading() as session:
        if not session.scalar(select(exists().where(_IS_DUE))):
            return 0
    token = os.urandom(16).hex()
    taken = _take(token)
    _look(token, taken)
    return len(taken)


def look_now(hook: Hook) -> bool:
    """Look at the endpoint of a hook for somebody who waits for it, whether it is due or not.

    Returns False where there is nothing to look at, or somebody is looking or did just now.
    """
    origin = _origin(hook.url)
    if origin is None:
        return False
    token = os.urandom(16).hex()
    with writing() as session:
        key = (hook.account_id, origin)
        now = session.scalar(select(utcnow()))
        _begin(session, {key: now})
        taken = session.execute(
            update(EndpointCheck)
            .where(
                EndpointCheck.account_id == hook.account_id,
                EndpointCheck.origin == origin,
                or_(EndpointCheck.lease_token.is_(None), _IS_DUE),
                or_(
                    EndpointCheck.checked_at.is_(None),
                    EndpointCheck.checked_at < now - LOOKED_JUST_NOW,
                ),
            )
            .values(lease_token=token, due_at=now + LEASE)
            .returning(EndpointCheck.id),
            execution_options=_QUIET,
        ).scalar()
        users = _users(session, {hook.account_id}, Hook.deleted_at.is_(None)).get(key, [])
    if taken is None:
        return False
    _look(token, [Endpoint(taken, *key, tuple(users))])
    return True


def _look(token: str, taken: Sequence[Endpoint]) -> None:
    if not taken:
        return
    looks = look_at(sorted({endpoint.origin for endpoint in taken}), guard())
    with writing() as session:
        stored = write_down(session, token, [(one, looks[one.origin]) for one in taken], _next)
    for one in stored:
        announce(one)


def _next(now: datetime, is_well: bool) -> datetime:
    return now + (EVERY if is_well else AGAIN) * random.uniform(0.95, 1.05)


def _some_time(now: datetime) -> datetime:
    return now + EVERY * random.random()


def _take(token: str) -> list[Endpoint]:
    """Lease what is due; what no hook sends to any more is forgotten."""
    with writing() as session:
        due = session.scalars(
            select(EndpointCheck)
            .where(_IS_DUE)
            .order_by(EndpointCheck.due_at)
            .limit(MOST)
            .with_for_update(skip_locked=True)
        ).all()
        now = session.scalar(select(utcnow()))
        users = _users(session, {check.account_id for check in due}, *_IS_ON)
        taken = []
        for check in due:
            theirs = users.get((check.account_id, check.origin))
            if theirs is None:
                session.delete(check)
                continue
            check.lease_token, check.due_at = token, now + LEASE
            taken.append(Endpoint(check.id, check.account_id, check.origin, tuple(theirs)))
        return taken


def _users(session: Session, account_ids: set[str], *which: ColumnElement[bool]) -> Users:
    """The hooks of accounts by account and endpoint."""
    found: Users = {}
    rows = session.execute(
        select(Hook.account_id, Hook.url, Hook.id, Hook.name)
        .where(Hook.account_id.in_(account_ids), *which)
        .order_by(Hook.id)
    )
    for account_id, url, hook_id, name in rows:
        if origin := _origin(url):
            found.setdefault((account_id, origin), []).append((hook_id, name))
    return found


def _missing(session: Session, wanted: Mapping[Key, datetime]) -> dict[Key, datetime]:
    """Those of ``wanted`` (account, endpoint) that are not watched yet."""
    if not wanted:
        return {}
    known = session.execute(
        select(EndpointCheck.account_id, EndpointCheck.origin).where(
            EndpointCheck.account_id.in_({account_id for account_id, _ in wanted})
        )
    )
    return {key: wanted[key] for key in wanted.keys() - set(map(tuple, known))}


def _begin(session: Session, due: Mapping[Key, datetime]) -> None:
    """Watch endpoints, each first ``due`` at its time, those aside that are watched already."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    # In one order everywhere, so that two tickers never wait for each other's rows.
    rows = [
        {"account_id": account_id, "origin": origin, "due_at": due[account_id, origin]}
        for account_id, origin in sorted(due)
    ]
    session.execute(dialect.insert(EndpointCheck).on_conflict_do_nothing(), rows)


def _origin(url: str) -> str | None:
    return origin_of(url, settings().base_url)


_IS_ON = (Hook.enabled, Hook.deleted_at.is_(None))
_IS_DUE = EndpointCheck.due_at <= utcnow()
