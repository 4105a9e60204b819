"""The sandbox: a receiver of the portal's own, in which people see what arrives."""

import os
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.domain.actor import Actor
from portal.domain.events import EventDraft
from portal.domain.folding import fold
from portal.domain.hooks import HookDraft
from portal.domain.problems import Refused
from portal.domain.sandbox import Answer
from portal.domain.storable import storable
from portal.domain.tokens import token_of
from portal.extensions import db, settings
from portal.models import Hook, Sandbox, SandboxArrival, now
from portal.pipeline.arrivals import origin_of
from portal.pipeline.example import example_of
from portal.pipeline.hooks import create_hook, delete_hook, edit_hook
from portal.pipeline.publish import publish
from portal.pipeline.transactions import reading, writing

HOOK_NAME = "تجربة: صندوق التجربة"
TRIED_TYPE = "message.received"
LARGEST_REQUEST = 10 * 1024 * 1024
MAX_ARRIVAL_BYTES = 64 * 1024
MAX_ARRIVALS = 200
SANDBOX_LIFE = timedelta(days=1)


def open_sandbox(account_id: str) -> str:
    """The token of a new sandbox of the account."""
    token = token_of(os.urandom(18))
    with writing() as session:
        session.add(Sandbox(token=token, account_id=account_id))
    return token


def set_answer(token: str, answer: Answer) -> None:
    """Let a sandbox answer so from now on."""
    with writing() as session:
        sandbox = session.get_one(Sandbox, token)
        sandbox.status, sandbox.delay_seconds = answer


def sandbox_url(token: str) -> str:
    """The address at which a sandbox receives."""
    return f"{settings().base_url}/sandbox/{token}"


def try_now(actor: Actor) -> str:
    """Publish an example event to a sandbox and to nothing else; return the sandbox's token.

    The hook to the sandbox is made the first time, and pointed at the new sandbox afterwards.
    """
    token = open_sandbox(actor.account_id)
    draft = HookDraft(name=HOOK_NAME, url=sandbox_url(token), event_types=(TRIED_TYPE,))
    hook_id = _trial_hook_id(actor.account_id)
    if hook_id is None:
        hook_id = _make_trial_hook(draft, actor)
    else:
        name = db.session.get_one(Hook, hook_id).name
        edit_hook(hook_id, replace(draft, name=name), actor, held="skip")
    example = EventDraft(TRIED_TYPE, example_of(actor.account_id, TRIED_TYPE))
    publish(actor.account_id, [example], only_hook=hook_id)
    return token


def _make_trial_hook(draft: HookDraft, actor: Actor) -> str:
    try:
        return create_hook(draft, actor).hook.id
    except Refused:
        # Somebody has a hook of that name already.
        named_apart = replace(draft, name=f"{HOOK_NAME} {draft.url[-4:]}")
        return create_hook(named_apart, actor).hook.id


def _trial_hook_id(account_id: str) -> str | None:
    return db.session.scalar(
        select(Hook.id).where(
            Hook.account_id == account_id,
            Hook.name_folded.startswith(fold(HOOK_NAME)),
            # A person's own hook of that name is theirs.
            Hook.url.startswith(sandbox_url(""), autoescape=True),
            Hook.deleted_at.is_(None),
        )
    )


def receive(token: str, headers: list[list[str]], body: bytes) -> Answer | None:
    """Keep what arrived at the sandbox ``token``, judged by the hook that sent it.

    Returns what it is answered with; None when there is no such sandbox.
    """
    given, moment = {name.lower(): value for name, value in headers}, now()
    with reading() as session:
        sandbox = session.get(Sandbox, token)
        if sandbox is None:
            return None
        answer = Answer(sandbox.status, sandbox.delay_seconds)
        # Now and from the whole body: secrets are replaced, and only a part of it is kept.
        url, account_id = sandbox_url(token), sandbox.account_id
        origin = origin_of(session, account_id, url, given, body, moment)
    with writing() as session:
        if session.get(Sandbox, token) is None:
            return None
        arrival = SandboxArrival(
            token=token,
            at=moment,
            message_id=given["webhook-id"][:64] if "webhook-id" in given else None,
            headers=headers,
            body=storable(body[:MAX_ARRIVAL_BYTES]),
            **answer._asdict(),
            **origin._asdict(),
        )
        session.add(arrival)
        session.flush()
        _forget_oldest(session, token)
    return answer


def close_old(moment: datetime) -> int:
    """Forget what arrived more than a day before ``moment``, and close the sandboxes made before
    that, with the hooks that were made to them. One to which a hook of somebody's own points stays.

    Returns how many were closed.
    """
    before = moment - SANDBOX_LIFE
    with writing() as session:
        session.execute(delete(SandboxArrival).where(SandboxArrival.at < before))
    old = db.session.scalars(select(Sandbox.token).where(Sandbox.created_at < before)).all()
    return sum(_close(token) for token in old)


def _close(token: str) -> bool:
    hooks = db.session.execute(
        select(Hook.id, Hook.name, Hook.account_id).where(
            Hook.url == sandbox_url(token), Hook.deleted_at.is_(None)
        )
    ).all()
    if not all(fold(hook.name).startswith(fold(HOOK_NAME)) or token in hook.name for hook in hooks):
        return False
    for hook in hooks:
        delete_hook(hook.id, Actor.portal(hook.account_id))
    with writing() as session:
        session.execute(delete(SandboxArrival).where(SandboxArrival.token == token))
        session.execute(delete(Sandbox).where(Sandbox.token == token))
    return True


def _forget_oldest(session: Session, token: str) -> None:
    old = session.scalars(
        select(SandboxArrival)
        .where(SandboxArrival.token == token)
        .order_by(SandboxArrival.id.desc())
        .offset(MAX_ARRIVALS)
    )
    for arrival in old:
        session.delete(arrival)
