"""Arrivals: which hook sent what arrives at a sandbox, and whether it was signed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.envelope import TRIAL_HEADER
from portal.domain.sandbox import Secrets, Signature, judge
from portal.domain.vault import VaultError
from portal.extensions import vault
from portal.models import Delivery, Hook, HookSecret

# So many hooks of an account that point to one sandbox are asked whose signature it is.
MOST_ASKED = 20


class Origin(NamedTuple):
    """The hook and the delivery that sent something, as far as that is known, and whether it was
    signed with the hook's secret; None where there is no secret to tell by."""

    hook_id: str | None = None
    delivery_id: str | None = None
    signature: Signature | None = None


def origin_of(
    session: Session,
    account_id: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    at: datetime,
) -> Origin:
    """Where a request to ``url`` comes from; ``headers`` have names in lower case.

    Its message id names a delivery, and that its hook. What names none, such as a batch, is of the
    hook pointing there with whose secret it is signed.
    """
    delivery = _delivery(session, account_id, headers.get("webhook-id", ""))
    named = delivery.hook_id if delivery else headers.get(TRIAL_HEADER, "")
    hook = session.get(Hook, named)
    if hook is not None and hook.account_id == account_id:
        signature = _judged(session, hook.id, headers, body, at)
        return Origin(hook.id, delivery.id if delivery else None, signature)
    found = [
        Origin(hook_id, None, _judged(session, hook_id, headers, body, at))
        for hook_id in _pointing(session, account_id, url)
    ]
    return _likeliest(found)


def _likeliest(found: Sequence[Origin]) -> Origin:
    for origin in found:
        if origin.signature and origin.signature.is_good:
            return origin
    if len(found) == 1:
        return found[0]
    # Of several whose secret does not fit, nobody knows which one it is.
    signatures = {origin.signature for origin in found}
    return Origin(signature=signatures.pop() if len(signatures) == 1 else None)


def _delivery(session: Session, account_id: str, message_id: str) -> Delivery | None:
    delivery = session.get(Delivery, f"dlv_{message_id.removeprefix('msg_')}"[:32])
    return delivery if delivery and delivery.account_id == account_id else None


def _pointing(session: Session, account_id: str, url: str) -> Sequence[str]:
    return session.scalars(
        select(Hook.id)
        .where(Hook.account_id == account_id, Hook.url == url, Hook.deleted_at.is_(None))
        .order_by(Hook.id.desc())
        .limit(MOST_ASKED)
    ).all()


def _judged(
    session: Session, hook_id: str, headers: Mapping[str, str], body: bytes, at: datetime
) -> Signature | None:
    secrets = _secrets(session, hook_id, at)
    return judge(secrets, headers, body, at) if secrets.alive else None


def _secrets(session: Session, hook_id: str, at: datetime) -> Secrets:
    rows = session.scalars(
        select(HookSecret)
        .where(HookSecret.hook_id == hook_id)
        .order_by(HookSecret.created_at.desc())
    )
    alive, expired = [], []
    for row in rows:
        is_alive = row.expires_at is None or row.expires_at > at
        (alive if is_alive else expired).extend(_opened(row.sealed))
    return Secrets(alive, expired)


def _opened(sealed: str) -> list[str]:
    try:
        return [vault().open(sealed)]
    except VaultError:
        return []
