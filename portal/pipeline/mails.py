"""Mails: notices are sent to the admins of their account, each once, whenever the mail server can.

A lease by the database's clock, as everywhere: of two tickers one sends. A mail box that took a
notice is written down at once, so that a repetition after a failure goes to the others alone.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from portal.domain.mail_page import MailText
from portal.domain.notice_mail import compose
from portal.domain.notices import When, named, next_mail_at, tell
from portal.domain.states import Role
from portal.extensions import settings
from portal.models import Account, Membership, Notice, Person, utcnow
from portal.models.notice import IS_TO_MAIL
from portal.pipeline.transactions import reading, writing
from portal.sender.mail import Mail, MailError, MailServer

# Far longer than a round takes, each step of whose mails is given up after seconds.
LEASE, ROUND_SECONDS = timedelta(minutes=10), 60.0
MOST = 10
_QUIET = {"synchronize_session": False}


@dataclass(frozen=True)
class Letter:
    """A notice on its way: its words, who has it already, and who is to have it."""

    notice_id: str
    attempts: int
    words: MailText
    mailed_to: tuple[str, ...]
    missing: tuple[str, ...]


def send_due(should_stop: Callable[[], bool] = lambda: False) -> int:
    """Send the notices that are due, a few of them; return how many mails were taken."""
    if settings().smtp is None or not _anything_due():
        return 0
    token = os.urandom(16).hex()
    letters = _take(token)
    if not letters:
        return 0
    ends = monotonic() + ROUND_SECONDS
    try:
        with MailServer(*settings().smtp) as server:
            return sum(
                _send(server, token, letter, lambda: should_stop() or monotonic() > ends)
                for letter in letters
            )
    except MailError as error:
        # The server itself is away, or takes nothing from us: that goes for all of them.
        for letter in letters:
            _end(token, letter, error.code)
        return 0


def _send(server: MailServer, token: str, letter: Letter, is_over: Callable[[], bool]) -> int:
    """Send one notice to everybody who lacks it; return how many mail boxes took it. What is left
    when the round ``is_over`` is given back."""
    done, code = list(letter.mailed_to), None
    for address in letter.missing:
        if is_over():
            _note(token, letter.notice_id, _OVER | {"mail_due_at": utcnow()})
            break
        mail = Mail(letter.notice_id, address, *letter.words)
        try:
            server.send(mail, settings().mail_from)
        except MailError as error:
            code = error.code
            continue
        done.append(address)
        _note(token, letter.notice_id, {"mailed_to": list(done)})
    else:
        _end(token, letter, code)
    return len(done) - len(letter.mailed_to)


def _end(token: str, letter: Letter, code: str | None) -> None:
    """Write down how the attempt ended: with nothing left to do, or when to try again."""
    if code is None:
        _note(token, letter.notice_id, _OVER | {"mailed_at": utcnow(), "mail_error": None})
        return
    attempts = letter.attempts + 1
    with reading() as session:
        due_at = next_mail_at(attempts, session.scalar(select(utcnow())))
    again = {"mail_due_at": due_at, "mail_attempts": attempts, "mail_error": code}
    _note(token, letter.notice_id, _OVER | again)


_OVER = {"mail_due_at": None, "mail_token": None}


def _note(token: str, notice_id: str, values: dict[str, object]) -> None:
    with writing() as session:
        session.execute(
            update(Notice).where(Notice.id == notice_id, Notice.mail_token == token).values(values),
            execution_options=_QUIET,
        )


def _anything_due() -> bool:
    with reading() as session:
        return bool(session.scalar(select(exists().where(*_IS_DUE))))


def _take(token: str) -> list[Letter]:
    with writing() as session:
        notices = session.scalars(
            select(Notice)
            .where(*_IS_DUE)
            .order_by(Notice.mail_due_at)
            .limit(MOST)
            .with_for_update(skip_locked=True)
        ).all()
        now = session.scalar(select(utcnow()))
        for notice in notices:
            notice.mail_token, notice.mail_due_at = token, now + LEASE
        return [_letter(session, notice) for notice in notices]


def _letter(session: Session, notice: Notice) -> Letter:
    account = session.get_one(Account, notice.account_id)
    done = tuple(notice.mailed_to)
    return Letter(
        notice_id=notice.id,
        attempts=notice.mail_attempts,
        words=_words(notice, account),
        mailed_to=done,
        missing=tuple(one for one in _admins(session, account.id) if one not in done),
    )


def _words(notice: Notice, account: Account) -> MailText:
    hooks = notice.data.get("hooks", ())
    return compose(
        tell(notice.kind, notice.data, When(notice.created_at, account.time_zone)),
        [named(hook["name"]) for hook in hooks],
        named(account.name),
        f"{settings().base_url}/notices",
    )


def _admins(session: Session, account_id: str) -> Sequence[str]:
    return session.scalars(
        select(Person.email)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.account_id == account_id,
            Membership.role == Role.ADMIN,
            Person.disabled_at.is_(None),
        )
        .order_by(Person.email)
    ).all()


_IS_DUE = (IS_TO_MAIL, Notice.mail_due_at <= utcnow())
