"""Mails with links to a new password: whoever asked for one and is known gets it.

Asking leaves the same row behind for every address, and all else happens here, beside the
ticker: nothing that a browser sees tells who is known. A lease, as everywhere: of two tickers one
sends. Each attempt makes a link of its own, because no link is kept in a form that can be sent.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import delete, select, update

from portal.domain.password_mail import compose
from portal.extensions import settings
from portal.models import PasswordRequest, Person, utcnow
from portal.pipeline.passwords import LINK_LIFE, add_link, address_of
from portal.pipeline.transactions import reading, writing
from portal.sender.mail import Mail, MailError, MailServer

LEASE, AGAIN = timedelta(minutes=5), timedelta(minutes=2)
MOST, ATTEMPTS = 10, 10


class Asked(NamedTuple):
    """A request that this process has taken, and whose address it came to."""

    id: str
    email: str


def send_links(should_stop: Callable[[], bool] = lambda: False) -> int:
    """Send the links that are due, a few of them; return how many mails were taken."""
    if not _anything_due():
        return 0
    token = os.urandom(16).hex()
    taken = _take(token)
    if not taken:
        return 0
    if settings().smtp is None:
        # The server was taken out of the settings since they asked.
        for asked in taken:
            _end(token, asked)
        return 0
    try:
        with MailServer(*settings().smtp) as server:
            return sum(_send(server, token, asked) for asked in taken if not should_stop())
    except MailError:
        for asked in taken:
            _try_again(token, asked)
        return 0


def _send(server: MailServer, token: str, asked: Asked) -> bool:
    link = _link_for(asked.email)
    if link is not None:
        words = compose(link, int(LINK_LIFE.total_seconds() // 60))
        # Not the same again when it is tried again: then an earlier link no longer works.
        mail = Mail(f"{asked.id}.{token[:8]}", asked.email, *words)
        try:
            server.send(mail, settings().mail_from)
        except MailError:
            _try_again(token, asked)
            return False
    _end(token, asked)
    return link is not None


def _link_for(email: str) -> str | None:
    """A new link for whoever has ``email`` and a password; None when nobody has."""
    with writing() as session:
        person = session.scalar(
            select(Person).where(
                Person.email == email,
                Person.disabled_at.is_(None),
                # Who only comes through single sign-on gets no second way in by asking for it.
                Person.password_hash != "",
            )
        )
        return address_of(add_link(session, person.id)) if person else None


def _anything_due() -> bool:
    with reading() as session:
        return session.scalar(select(PasswordRequest.id).where(*_IS_DUE).limit(1)) is not None


def _take(token: str) -> list[Asked]:
    with writing() as session:
        rows = session.scalars(
            select(PasswordRequest)
            .where(*_IS_DUE)
            .order_by(PasswordRequest.due_at)
            .limit(MOST)
            .with_for_update(skip_locked=True)
        ).all()
        now = session.scalar(select(utcnow()))
        for row in rows:
            row.lease_token, row.due_at, row.attempts = token, now + LEASE, row.attempts + 1
        return [Asked(row.id, row.email) for row in rows]


def _end(token: str, asked: Asked) -> None:
    with writing() as session:
        session.execute(delete(PasswordRequest).where(*_is_mine(token, asked)))


def _try_again(token: str, asked: Asked) -> None:
    with writing() as session:
        now = session.scalar(select(utcnow()))
        session.execute(
            update(PasswordRequest).where(*_is_mine(token, asked)).values(due_at=now + AGAIN)
        )


def _is_mine(token: str, asked: Asked) -> tuple:
    return PasswordRequest.id == asked.id, PasswordRequest.lease_token == token


_IS_DUE = PasswordRequest.due_at <= utcnow(), PasswordRequest.attempts < ATTEMPTS
