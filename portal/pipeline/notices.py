"""Notices: an account is told of something, in the transaction in which it happens."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.actor import Actor
from portal.domain.notices import NoticeKind
from portal.extensions import settings
from portal.models import Hook, Notice, utcnow
from portal.models.notice import IS_UNSEEN
from portal.pipeline.transactions import writing

_QUIET = {"synchronize_session": False}


def notify(
    session: Session,
    account_id: str,
    kind: NoticeKind,
    data: Mapping[str, Any],
    hook_id: str | None = None,
) -> None:
    """Have an account told; its admins by mail too, where the settings name a mail server."""
    session.add(
        Notice(
            account_id=account_id,
            kind=kind.value,
            hook_id=hook_id,
            data=dict(data),
            created_at=utcnow(),
            mail_due_at=utcnow() if settings().smtp else None,
        )
    )


def notify_of_hook(
    session: Session, hook_id: str, kind: NoticeKind, more: Mapping[str, Any]
) -> None:
    """Have its account told of a hook; ``more`` stands beside the hook's id and name."""
    hook = session.execute(select(Hook.account_id, Hook.name).where(Hook.id == hook_id)).one()
    notify(session, hook.account_id, kind, {"id": hook_id, "name": hook.name, **more}, hook_id)


def see(notice: Notice, actor: Actor) -> None:
    """Take note that somebody has seen a notice; whoever was first stays the one."""
    _see(actor, Notice.id == notice.id)


def see_all(actor: Actor, upto: str) -> None:
    """Take note that somebody has seen every notice of the account up to the id ``upto``."""
    _see(actor, Notice.id <= upto)


def _see(actor: Actor, which: Any) -> None:
    with writing() as session:
        session.execute(
            update(Notice)
            .where(Notice.account_id == actor.account_id, which, IS_UNSEEN)
            .values(seen_at=utcnow(), seen_by=actor.name),
            execution_options=_QUIET,
        )
