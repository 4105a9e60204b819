"""Waves: what goes next in a resend, and what has come back of it."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Row, case, func, or_, select, update
from sqlalchemy.orm import Session

from portal.domain.resends import LARGEST_WAVE, MOVING, Choice, read_kept
from portal.domain.states import FINISHED, DeliveryState
from portal.models import Delivery, Hook, Policy, Resend, utcnow
from portal.models.matching import Conditions, matches
from portal.pipeline import streams
from portal.pipeline.transactions import reading

_QUIET = {"synchronize_session": False}


class Ahead(NamedTuple):
    """The deliveries that come next after the id ``passed``, and whether they are the last."""

    passed: str
    rows: Sequence[Row[tuple[str, str]]]
    are_last: bool


class Back(NamedTuple):
    """What has come back: how many arrived, how many did not, and mostly for which reason."""

    sent: int
    failed: int
    reason: str | None


def look_ahead(resend_id: str) -> Ahead:
    """What comes next; read apart, because a rare match may be a long way off."""
    with reading() as session:
        resend = session.get_one(Resend, resend_id)
        passed = resend.passed
        if resend.state not in MOVING or passed >= resend.upto:
            return Ahead(passed, (), are_last=False)
        if _unjudged(session, resend) >= resend.wave:
            # Looking for what comes next can take long, and none of it could go.
            return Ahead(passed, (), are_last=False)
        # A wave may double when its outcomes are counted.
        most = min(2 * resend.wave, LARGEST_WAVE)
        rows = session.execute(
            select(Delivery.id, Delivery.hook_id)
            .join(Hook, Hook.id == Delivery.hook_id)
            .where(*chosen(resend.account_id, read_kept(resend.choice)))
            .where(Delivery.id > passed, Delivery.id <= resend.upto, *_IS_SERVED)
            .order_by(Delivery.id)
            .limit(most)
        ).all()
    return Ahead(passed, rows, are_last=len(rows) < most)


_IS_SERVED = (Hook.enabled, Hook.deleted_at.is_(None))


def chosen(account_id: str, choice: Choice, whole: bool = False) -> Conditions:
    """What holds for the deliveries that may be sent again; ``whole``: to be read all at once."""
    ids = [] if choice.ids is None else [Delivery.id.in_(choice.ids)]
    # One that bears a resend's id is let go already, and its outcome not counted yet.
    return [*matches(account_id, choice.wanted, whole), *ids, *_IS_AT_REST]


_IS_AT_REST = (Delivery.state.in_(FINISHED), Delivery.resend_id.is_(None))


def hold_hooks(session: Session, hook_ids: set[str]) -> dict[str, bool]:
    """Whether each of the hooks sends batches, of those that are on; they stay so meanwhile."""
    if not hook_ids:
        return {}
    rows = session.execute(
        select(Hook.id, Policy.batch_size > 1)
        .join(Policy, Policy.id == Hook.policy_id)
        .where(Hook.id.in_(hook_ids), *_IS_SERVED)
        .order_by(Hook.id)
        .with_for_update(read=True, of=Hook)
    )
    return {hook_id: bool(batches) for hook_id, batches in rows}


def take_back(session: Session, resend: Resend) -> Back:
    """Count the outcomes that are there, and let go of their rows."""
    # What somebody is writing at this moment is counted the next time.
    judged = session.execute(
        select(Delivery.id, Delivery.state, Delivery.last_error)
        .where(Delivery.resend_id == resend.id, _is_judged())
        .with_for_update(skip_locked=True)
    ).all()
    ids = [row.id for row in judged]
    session.execute(
        update(Delivery).where(Delivery.id.in_(ids)).values(resend_id=None),
        execution_options=_QUIET,
    )
    errors = Counter(row.last_error for row in judged if row.state in _FAILED)
    reason = errors.most_common(1)[0][0] if errors else None
    sent = sum(row.state == DeliveryState.DELIVERED for row in judged)
    return Back(sent, errors.total(), reason)


# One that failed waits for its next attempt, if there is one. What was held, skipped or cancelled
# in the meantime has no outcome.
_FAILED = frozenset({DeliveryState.WAITING, DeliveryState.UNDELIVERED})


def _is_judged() -> ColumnElement[bool]:
    # The schedule begins anew when it is let go, and every attempt that fails moves it; only a
    # batch that was halved does not, and is still to be judged.
    return or_(
        Delivery.state != DeliveryState.WAITING, Delivery.retry_step > 0, Delivery.unpaid_waits > 0
    )


def _unjudged(session: Session, resend: Resend) -> int:
    mine = select(func.count()).where(Delivery.resend_id == resend.id, ~_is_judged())
    return session.scalar(mine) or 0


def let_go(session: Session, resend: Resend, ids: list[str], batching: dict[str, bool]) -> None:
    """Make those of the deliveries ``ids`` due that are still at rest, for hooks that are on."""
    free = session.scalars(
        select(Delivery.id)
        .where(Delivery.id.in_(ids), Delivery.hook_id.in_(batching), *_IS_AT_REST)
        .with_for_update(skip_locked=True)
    ).all()
    batches = [hook_id for hook_id, sends_batches in batching.items() if sends_batches]
    ordered = select(Hook.id).join(Policy, Policy.id == Hook.policy_id).where(Policy.ordered)
    if free:
        streams.let_flow(session, session.scalars(ordered.where(Hook.id.in_(batching))))
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(free))
        .values(
            state=DeliveryState.WAITING,
            due_at=utcnow(),
            resent_at=utcnow(),
            retry_step=0,
            unpaid_waits=0,
            finished_at=None,
            asked_by=resend.asked_by,
            resend_id=resend.id,
            # Alone it goes under its own message id, as ever; a batch of others is a new message.
            message_id=case(
                (Delivery.hook_id.in_(batches), None),
                else_="msg_" + func.substr(Delivery.id, 5),
            ),
        ),
        execution_options=_QUIET,
    )


def in_air(session: Session, resend: Resend) -> int:
    """How many it has let go whose outcome is not counted yet."""
    mine = select(func.count()).select_from(Delivery).where(Delivery.resend_id == resend.id)
    return session.scalar(mine) or 0
