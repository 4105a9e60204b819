"""Sessions: the browsers in which somebody is signed in, as that person sees and ends them."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.domain.actor import Actor
from portal.domain.audit import Action
from portal.domain.tokens import hash_of
from portal.models import HalfSignIn, PasswordLink, SignInSession, now
from portal.pipeline import audit
from portal.pipeline.transactions import Busy, writing, writing_unless_busy


def end_one(token_hash: str, actor: Actor) -> None:
    """Sign the browser with the session ``token_hash`` of ``actor``'s own out, wherever it is."""
    with writing() as session:
        _end(session, SignInSession.token_hash == token_hash, actor=actor)


def end_others(token: str, actor: Actor) -> int:
    """Sign ``actor`` out of every browser but the one with ``token``; return how many that were."""
    with writing() as session:
        return _end(session, SignInSession.token_hash != hash_of(token), actor=actor)


def shut_out(session: Session, person_id: str, but: str | None = None) -> None:
    """End, within ``session``, everything that was opened with a person's old password: sessions
    except that with the token ``but``, sign-ins that wait for a code, and links to a new one."""
    kept = hash_of(but) if but else ""
    for table in (SignInSession, HalfSignIn, PasswordLink):
        session.execute(
            delete(table).where(table.person_id == person_id, table.token_hash != kept),
            execution_options={"synchronize_session": False},
        )


def note_seen(token: str) -> None:
    """Remember that a session was used just now, unless somebody else is writing."""
    mine = (
        select(SignInSession.token_hash)
        .where(SignInSession.token_hash == hash_of(token))
        .with_for_update(skip_locked=True)
    )
    with suppress(Busy), writing_unless_busy() as session:
        session.execute(
            update(SignInSession)
            .where(SignInSession.token_hash.in_(mine))
            .values(last_seen_at=now()),
            execution_options={"synchronize_session": False},
        )


def _end(session: Session, which: object, actor: Actor) -> int:
    rows: Sequence[SignInSession] = session.scalars(
        select(SignInSession)
        .where(SignInSession.person_id == actor.person_id, which)
        .with_for_update()
    ).all()
    for row in rows:
        session.delete(row)
        # On record where it was signed in, which may be another account of the person's.
        there = replace(actor, account_id=row.account_id)
        before = {"peer": row.peer, "user_agent": row.user_agent}
        audit.note(session, there, Action.SESSION_ENDED, actor.person_id, actor.name, before=before)
    return len(rows)
