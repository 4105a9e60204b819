"""The sandboxes of an account, what arrived at one, and the deliveries that brought it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Row, func, select

from portal.extensions import db
from portal.models import Delivery, Hook, Model, Sandbox, SandboxArrival

SHOWN = 20
LISTED = 50


@dataclass(frozen=True)
class Arrived:
    """One request, and the hook and the delivery that sent it, where these are known."""

    arrival: SandboxArrival
    hook: Hook | None
    delivery: Delivery | None

    @property
    def after_ms(self) -> int | None:
        """How long after its delivery was made the first of its attempts arrived."""
        if self.delivery is None or self.delivery.attempt_count > 1:
            return None
        # Two clocks may differ by a hair.
        return max(0, round((self.arrival.at - self.delivery.created_at).total_seconds() * 1000))


@dataclass(frozen=True)
class Seen:
    """What a sandbox got, the newest first, and which hooks point to it (``id``, ``name``)."""

    arrived: Sequence[Arrived]
    hooks: Sequence[Row[tuple[str, str]]]

    @property
    def mark(self) -> str:
        """What changes with everything that is shown."""
        shown = [
            (one.arrival.id, one.delivery and (one.delivery.state, one.delivery.attempt_count))
            for one in self.arrived
        ]
        hooks = [tuple(hook) for hook in self.hooks]
        return sha256(repr((shown, hooks)).encode()).hexdigest()[:16]


def look_into(sandbox: Sandbox, url: str) -> Seen:
    """What ``sandbox``, which receives at ``url``, has got."""
    arrivals = db.session.scalars(
        select(SandboxArrival)
        .where(SandboxArrival.token == sandbox.token)
        .order_by(SandboxArrival.id.desc())
        .limit(SHOWN)
    ).all()
    hooks = _by_id(Hook, {one.hook_id for one in arrivals if one.hook_id})
    deliveries = _by_id(Delivery, {one.delivery_id for one in arrivals if one.delivery_id})
    arrived = [
        Arrived(one, hooks.get(one.hook_id or ""), deliveries.get(one.delivery_id or ""))
        for one in arrivals
    ]
    return Seen(arrived, _hooks_to(url, sandbox.account_id))


@dataclass(frozen=True)
class Listed:
    """A sandbox in the list: how much has arrived there, and when the latest."""

    sandbox: Sandbox
    count: int
    latest_at: datetime | None


def list_sandboxes(account_id: str) -> Sequence[Listed]:
    """The latest sandboxes of an account, the newest first."""
    rows = db.session.execute(
        select(Sandbox, func.count(SandboxArrival.id), func.max(SandboxArrival.at))
        .outerjoin(SandboxArrival, SandboxArrival.token == Sandbox.token)
        .where(Sandbox.account_id == account_id)
        .group_by(Sandbox)
        .order_by(Sandbox.created_at.desc())
        .limit(LISTED)
    )
    return [Listed(*row) for row in rows]


def _by_id(table: type[Model], ids: Collection[str]) -> Mapping[str, Model]:
    rows = db.session.scalars(select(table).where(table.id.in_(ids)))
    return {row.id: row for row in rows}


def _hooks_to(url: str, account_id: str) -> Sequence[Row[tuple[str, str]]]:
    return db.session.execute(
        select(Hook.id, Hook.name)
        .where(Hook.account_id == account_id, Hook.url == url, Hook.deleted_at.is_(None))
        .order_by(Hook.name_folded)
    ).all()
