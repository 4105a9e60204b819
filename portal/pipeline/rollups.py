"""Rollups: what attempts come to is counted where they end, and added to the hour now and then."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Table
from sqlalchemy.orm import Session

from portal.domain.causes import code_of, host_of
from portal.domain.durations import SLOTS, slot_of
from portal.models import AccountRollup, FailureRollup, HookRollup
from portal.models.rollup import PARTS, TOOK
from portal.pipeline.bulk import insert_rows
from portal.pipeline.record import Sent


@dataclass(slots=True)
class Damage:
    """What one cause has done; see :class:`portal.models.FailureRollup`."""

    failed: int
    deliveries: int
    first_at: datetime
    last_at: datetime


@dataclass(slots=True)
class Tally:
    """What the attempts of a stream add up to since it was last written down."""

    delivered: int = 0
    failed: int = 0
    duration_ms: int = 0
    # Of the answers, in each slot of portal.domain.durations.
    took: list[int] = field(default_factory=lambda: [0] * SLOTS)
    # By code and host.
    causes: dict[tuple[str, str], Damage] = field(default_factory=dict)

    def add(self, sent: Sent, clock: datetime) -> None:
        """Count one more attempt, at ``clock`` by the database's clock."""
        self.duration_ms += sent.reply.duration_ms
        if sent.reply.status_code is not None:
            self.took[slot_of(sent.reply.duration_ms)] += 1
        if sent.outcome.delivered:
            self.delivered += len(sent.letter.carried)
        else:
            self.failed += len(sent.letter.carried)
            self._blame(sent, clock)

    def _blame(self, sent: Sent, clock: datetime) -> None:
        error, carried = sent.outcome.error or "", sent.letter.carried
        # What nobody was reached for is no host's fault.
        host = "" if sent.outcome.ours else host_of(sent.letter.endpoint.url)
        cause = code_of(error, sent.outcome.status_code), host
        damage = self.causes.setdefault(cause, Damage(0, 0, clock, clock))
        damage.failed += len(carried)
        damage.deliveries += sum(due.last_error != error for due in carried)
        damage.last_at = clock


class Counted(NamedTuple):
    """The tally of a hook."""

    hook_id: str
    account_id: str
    tally: Tally


def add_up(session: Session, counted: Sequence[Counted], now: datetime) -> None:
    """Add tallies to the rollups of this hour."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    # In one order everywhere, so that nobody waits in a circle.
    ordered = sorted(counted, key=lambda one: one.hook_id)
    hooks = [_of_hook(one, hour) for one in ordered]
    _add(session, HookRollup.__table__, hooks)
    _add(session, AccountRollup.__table__, _of_accounts(hooks, hour))
    _add(session, FailureRollup.__table__, [row for one in ordered for row in _causes(one, hour)])


_COUNTS = ("delivered", "failed", *TOOK)


def _of_hook(one: Counted, hour: datetime) -> dict[str, Any]:
    tally = one.tally
    return {
        "hook_id": one.hook_id,
        "hour": hour,
        "account_id": one.account_id,
        "duration_ms": tally.duration_ms,
        "delivered": tally.delivered,
        "failed": tally.failed,
        **dict(zip(TOOK, tally.took, strict=True)),
    }


def _of_accounts(hooks: Iterable[Mapping[str, Any]], hour: datetime) -> list[dict[str, Any]]:
    part = random.randrange(PARTS)
    together = groupby(sorted(hooks, key=_account), _account)
    return [
        {"account_id": account_id, "hour": hour, "part": part, **_sums(list(rows))}
        for account_id, rows in together
    ]


def _account(row: Mapping[str, Any]) -> str:
    return row["account_id"]


def _sums(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    return {name: sum(row[name] for row in rows) for name in _COUNTS}


def _causes(one: Counted, hour: datetime) -> Iterable[dict[str, Any]]:
    for (code, host), damage in sorted(one.tally.causes.items()):
        yield {
            "hook_id": one.hook_id,
            "hour": hour,
            "code": code,
            "host": host,
            "account_id": one.account_id,
            "failed": damage.failed,
            "deliveries": damage.deliveries,
            "first_at": damage.first_at,
            "last_at": damage.last_at,
        }


def _add(session: Session, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    insert_rows(session, table, rows, _UPSERTS[table.name])


def _upsert(table: Table) -> str:
    """The clause that adds to a row that stands there already, and spans the times of both."""
    stands = table.name
    summed = [column.name for column in table.columns if column.name in _SUMMED]
    changes = [f"{name} = {stands}.{name} + excluded.{name}" for name in summed]
    if table is FailureRollup.__table__:
        changes += [_one_of("first_at", "<", stands), _one_of("last_at", ">", stands)]
    key = ", ".join(table.primary_key.columns.keys())
    return f"ON CONFLICT ({key}) DO UPDATE SET {', '.join(changes)}"


def _one_of(name: str, sign: str, stands: str) -> str:
    """Which of two moments stays; the databases have no common word for the least."""
    comes = f"excluded.{name}"
    stays = f"{stands}.{name}"
    return f"{name} = CASE WHEN {comes} {sign} {stays} THEN {comes} ELSE {stays} END"


_SUMMED = {*_COUNTS, "duration_ms", "deliveries"}
_TABLES = (HookRollup.__table__, AccountRollup.__table__, FailureRollup.__table__)
_UPSERTS = {table.name: _upsert(table) for table in _TABLES}
