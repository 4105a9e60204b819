"""Upkeep: what is past its time is removed, a bite at a time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.domain.resends import MOVING
from portal.domain.states import FINISHED, DeliveryState
from portal.extensions import settings
from portal.models import (
    AccountRollup,
    Attempt,
    AttemptDelivery,
    Call,
    Delivery,
    Event,
    FailureRollup,
    HalfSignIn,
    HookRollup,
    Notice,
    PasswordLink,
    PasswordRequest,
    ProviderVisit,
    Resend,
    SecondStep,
    SignInFailure,
    SignInSession,
    now,
)
from portal.pipeline.sandbox import close_old
from portal.pipeline.secrets import erase_ended
from portal.pipeline.transactions import writing

# Small enough that a writer beside it hardly waits.
BITE = 500
ROLLUP_LIFE = timedelta(days=400)


def sweep(moment: datetime | None = None) -> int:
    """Remove everything that is older at ``moment`` (default: now) than the settings keep it.

    Returns how many rows went. Nothing that is still owed is ever removed.
    """
    moment = moment or now()
    keep = settings()
    delivered = moment - timedelta(days=keep.keep_delivered_days)
    undelivered = moment - timedelta(days=keep.keep_undelivered_days)
    return (
        _drop_deliveries(Delivery.state == DeliveryState.DELIVERED, delivered)
        + _drop_deliveries(Delivery.state.in_(FINISHED - {DeliveryState.DELIVERED}), undelivered)
        + _drop(Event.id, Event.created_at < delivered, ~_owed())
        + _drop(Call.id, Call.at < moment - timedelta(days=keep.keep_calls_days), ~_to_run())
        + _drop(Resend.id, Resend.created_at < undelivered, *_IS_STILL)
        + _drop(Notice.id, Notice.created_at < undelivered)
        + close_old(moment)
        + _drop_signed_in(moment)
        + _drop(HookRollup.hook_id, HookRollup.hour < moment - ROLLUP_LIFE)
        + erase_ended(moment)
        + _drop(AccountRollup.account_id, AccountRollup.hour < moment - ROLLUP_LIFE)
        + _drop(FailureRollup.hook_id, FailureRollup.hour < moment - ROLLUP_LIFE)
    )


def _drop_signed_in(moment: datetime) -> int:
    """Delete what signing in has left behind: sessions that are over, and beginnings of all kinds
    that came to nothing."""
    yesterday = moment - timedelta(days=1)
    begun = SecondStep.on_since.is_(None), SecondStep.begun_at < yesterday
    return (
        _drop(SignInSession.token_hash, SignInSession.expires_at < moment)
        + _drop(SignInFailure.id, SignInFailure.at < yesterday)
        + _drop(HalfSignIn.token_hash, HalfSignIn.expires_at < moment)
        + _drop(PasswordLink.token_hash, PasswordLink.expires_at < moment)
        + _drop(PasswordRequest.id, PasswordRequest.asked_at < yesterday)
        + _drop(ProviderVisit.state_hash, ProviderVisit.expires_at < moment)
        + _drop(SecondStep.person_id, *begun)
    )


_IS_STILL = (Resend.state.not_in(MOVING), Resend.in_air == 0)


def _owed() -> ColumnElement[bool]:
    return exists().where(Delivery.event_id == Event.id)


def _to_run() -> ColumnElement[bool]:
    return func.coalesce(Call.run_state, "") == "waiting"


def _drop(key: InstrumentedAttribute[Any], *conditions: ColumnElement[bool]) -> int:
    """Delete the rows that meet ``conditions``, in bites; return how many there were."""
    count = 0
    while True:
        with writing() as session:
            bite = session.scalars(select(key).where(*conditions).limit(BITE)).all()
            session.execute(
                delete(key.class_).where(key.in_(bite), *conditions),
                execution_options={"synchronize_session": False},
            )
        count += len(bite)
        if len(bite) < BITE:
            return count


def _drop_deliveries(of_state: ColumnElement[bool], before: datetime) -> int:
    """Delete deliveries of a state that ended before ``before``, with their attempts."""
    count = 0
    while True:
        with writing() as session:
            bite = session.scalars(
                select(Delivery.id)
                .where(of_state, Delivery.finished_at < before)
                .limit(BITE)
                # What somebody is just asking to be sent again is theirs.
                .with_for_update(skip_locked=True)
            ).all()
            _drop_with_attempts(session, bite)
        count += len(bite)
        if len(bite) < BITE:
            return count


def _drop_with_attempts(session: Session, delivery_ids: Sequence[str]) -> None:
    batches = session.scalars(
        select(AttemptDelivery.attempt_id).where(AttemptDelivery.delivery_id.in_(delivery_ids))
    ).all()
    quiet = {"synchronize_session": False}
    alone = delete(Attempt).where(Attempt.delivery_id.in_(delivery_ids))
    session.execute(alone, execution_options=quiet)
    carried = AttemptDelivery.delivery_id.in_(delivery_ids)
    session.execute(delete(AttemptDelivery).where(carried), execution_options=quiet)
    # A batch stays until the last of its deliveries goes.
    is_empty = ~exists().where(AttemptDelivery.attempt_id == Attempt.id)
    emptied = delete(Attempt).where(Attempt.id.in_(batches), is_empty)
    session.execute(emptied, execution_options=quiet)
    session.execute(delete(Delivery).where(Delivery.id.in_(delivery_ids)), execution_options=quiet)
