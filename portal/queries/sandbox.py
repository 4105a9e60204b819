"""What arrived at a sandbox, and the delivery that brought it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.extensions import db
from portal.models import Delivery, Hook, Sandbox, SandboxArrival
from portal.queries.rows import NotFound

SHOWN = 20


@dataclass(frozen=True)
class Seen:
    """The newest arrivals first, and the hook and delivery they came from, where known."""

    arrivals: Sequence[SandboxArrival]
    hook: Hook | None
    delivery: Delivery | None


def look_into(token: str, url: str, account_id: str) -> Seen:
    """What the account's sandbox ``token``, which receives at ``url``, has got.

    Raises :class:`NotFound`.
    """
    sandbox = db.session.get(Sandbox, token)
    if sandbox is None or sandbox.account_id != account_id:
        raise NotFound(token)
    arrivals = db.session.scalars(
        select(SandboxArrival)
        .where(SandboxArrival.token == token)
        .order_by(SandboxArrival.id.desc())
        .limit(SHOWN)
    ).all()
    hook = _hook_to(url, account_id)
    return Seen(arrivals, hook, _latest_delivery(hook.id) if hook else None)


def _hook_to(url: str, account_id: str) -> Hook | None:
    return db.session.scalars(
        select(Hook)
        .where(Hook.account_id == account_id, Hook.url == url, Hook.deleted_at.is_(None))
        .order_by(Hook.id.desc())
    ).first()


def _latest_delivery(hook_id: str) -> Delivery | None:
    return db.session.scalars(
        select(Delivery)
        .where(Delivery.hook_id == hook_id)
        .order_by(Delivery.id.desc())
        .limit(1)
        .options(joinedload(Delivery.hook))
    ).first()
