"""Resends: many deliveries are sent again, a few at a time, as long as that goes well.

A resend is a row, and each step of it one transaction: what has come back is counted, what that
means is decided (:mod:`portal.domain.resends`), the next deliveries are let go. So it goes on
after a kill where it was, and two tickers at once do no more than one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, case, func, select
from sqlalchemy.orm import Session

from portal import queue
from portal.domain import resends as rules
from portal.domain.actor import Actor
from portal.domain.audit import Action
from portal.domain.outcomes import MAYBE_PROCESSED
from portal.domain.reasons import MANY, reason_of
from portal.domain.resends import MOVING, OVER, Choice, Course, ResendState
from portal.domain.states import DeliveryState
from portal.models import Delivery, Hook, Resend, utcnow
from portal.models.matching import Conditions
from portal.models.resend import IS_UNDER_WAY
from portal.pipeline import waves
from portal.pipeline.audit import note
from portal.pipeline.transactions import reading, writing

# Counting stops here; a resend of more counts on while it runs.
MOST_COUNTED = 1_000_000


@dataclass(frozen=True)
class Scope:
    """What a choice comes to: ``count`` deliveries, ``delivered`` of them for the second time.

    ``unsure`` others may have been worked on although no answer came. ``off`` more are left out
    because their hook is off. None is newer than the id ``upto``.
    """

    upto: str
    count: int
    delivered: int
    unsure: int
    off: int


def size_up(account_id: str, choice: Choice, upto: str = "") -> Scope:
    """Count what ``choice`` means in an account, up to the id ``upto`` (default: the newest).

    Left out are the deliveries of deleted hooks and those that wait or are held: they are owed
    anyway.
    """
    with reading() as session:
        newest = session.scalar(
            select(func.max(Delivery.id)).where(Delivery.account_id == account_id)
        )
        upto = min(upto or newest or "", newest or "")
        found = _kinds(
            session, [*waves.chosen(account_id, choice, whole=True), Delivery.id <= upto]
        )
    return Scope(
        upto,
        count=sum(n for enabled, _, n in found if enabled),
        delivered=sum(n for enabled, kind, n in found if enabled and kind == _DELIVERED),
        unsure=sum(n for enabled, kind, n in found if enabled and kind == _UNSURE),
        off=sum(n for enabled, _, n in found if not enabled),
    )


_DELIVERED, _UNSURE, _OTHER = "delivered", "unsure", "other"


def _kinds(session: Session, conditions: Conditions) -> Sequence[Row[tuple[bool, str, int]]]:
    kind = case(
        (Delivery.state == DeliveryState.DELIVERED, _DELIVERED),
        (Delivery.last_error.in_(MAYBE_PROCESSED), _UNSURE),
        else_=_OTHER,
    )
    rows = (
        select(Hook.enabled, kind.label("kind"))
        .join(Hook, Hook.id == Delivery.hook_id)
        .where(*conditions, Hook.deleted_at.is_(None))
        .limit(MOST_COUNTED)
        .subquery()
    )
    columns = (rows.c.enabled, rows.c.kind)
    return session.execute(select(*columns, func.count()).group_by(*columns)).all()


def start(
    choice: Choice, actor: Actor, upto: str = "", reason: str = "", must_say_why: bool = False
) -> Resend:
    """Begin to send ``choice`` again, with a probe that goes out at once.

    ``upto`` is that of the scope that somebody has agreed to. Where there is nothing to send, the
    resend is done when it begins. With ``must_say_why`` raises :class:`Refused` where there is
    much to send and no ``reason``.
    """
    scope = size_up(actor.account_id, choice, upto)
    if must_say_why and scope.count > MANY:
        reason = reason_of(reason)
    with writing() as session:
        resend = Resend(
            account_id=actor.account_id,
            choice=rules.kept(choice),
            upto=scope.upto,
            count=scope.count,
            off_count=scope.off,
            asked_by=actor.name,
        )
        _steer(session, resend, Course() if scope.count else rules.finish(Course()))
        session.add(resend)
        session.flush()
        after = {"count": scope.count, **rules.kept(choice)}
        note(session, actor, Action.RESEND_STARTED, resend.id, after=after, reason=reason)
    if scope.count:
        _step(resend.id)
    return resend


def pause(resend_id: str, actor: Actor) -> Resend:
    """Let nothing more go; what is in the air comes back. Raises :class:`Conflict`."""
    return _turn(resend_id, rules.pause, actor, Action.RESEND_PAUSED)


def resume(resend_id: str, actor: Actor) -> Resend:
    """Go on after a pause or a stop, with a probe at once. Raises :class:`Conflict`."""
    resend = _turn(resend_id, rules.resume, actor, Action.RESEND_RESUMED)
    _step(resend_id)
    return resend


def cancel(resend_id: str, actor: Actor) -> Resend:
    """Let nothing more go, for good. Raises :class:`Conflict` when it is over already."""
    return _turn(resend_id, rules.cancel, actor, Action.RESEND_CANCELLED)


def advance() -> bool:
    """Take every resend that is under way a step further; returns whether any has moved.

    Cheap when there is none, and harmless when several do it at once.
    """
    with reading() as session:
        ids = session.scalars(select(Resend.id).where(IS_UNDER_WAY).order_by(Resend.id)).all()
    moved = [_step(resend_id) for resend_id in ids]
    return any(moved)


def _step(resend_id: str) -> bool:
    ahead = waves.look_ahead(resend_id)
    with writing() as session:
        resend = session.scalars(
            select(Resend).where(Resend.id == resend_id).with_for_update(skip_locked=True)
        ).one_or_none()
        if resend is None or resend.passed != ahead.passed:
            # Another ticker is at it, or was just now.
            return False
        # Before any delivery: so it is everywhere, lest two wait for each other.
        batching = waves.hold_hooks(session, {hook_id for _, hook_id in ahead.rows})
        back = waves.take_back(session, resend)
        course = rules.after(_course(resend), back.sent, back.failed)
        going = ahead.rows[: course.room(waves.in_air(session, resend))]
        waves.let_go(session, resend, [row.id for row in going], batching)
        _write_down(session, resend, back, course, ahead, going)
    if going:
        queue.ring()
    return bool(going or back.sent or back.failed)


def _write_down(
    session: Session,
    resend: Resend,
    back: waves.Back,
    course: Course,
    ahead: waves.Ahead,
    going: Sequence[Any],
) -> None:
    resend.sent += back.sent
    resend.failed += back.failed
    resend.in_air = waves.in_air(session, resend)
    resend.count = max(resend.count, resend.sent + resend.failed + resend.in_air)
    if going:
        resend.passed = going[-1].id
    if ahead.are_last and len(going) == len(ahead.rows):
        resend.passed = resend.upto
    if course.state == ResendState.STOPPED and back.failed:
        resend.reason = back.reason
    is_through = resend.passed >= resend.upto and not resend.in_air
    _steer(session, resend, rules.finish(course) if is_through else course)


def _turn(resend_id: str, turn: Callable[[Course], Course], actor: Actor, action: Action) -> Resend:
    with writing() as session:
        resend = session.get_one(Resend, resend_id, with_for_update=True)
        _steer(session, resend, turn(_course(resend)))
        note(session, actor, action, resend.id)
    return resend


def _course(resend: Resend) -> Course:
    return Course(
        ResendState(resend.state), *(getattr(resend, name) for name in Course._fields[1:])
    )


def _steer(session: Session, resend: Resend, course: Course) -> None:
    for name, value in course._asdict().items():
        setattr(resend, name, value)
    if course.state in MOVING:
        resend.reason = None
    if course.state in OVER and resend.finished_at is None:
        resend.finished_at = session.scalar(select(utcnow()))
