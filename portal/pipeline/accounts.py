"""Accounts: making one, naming it, and going from one to another."""

import re

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.domain.actor import Actor
from portal.domain.audit import Action
from portal.domain.folding import fold
from portal.domain.problems import Conflict, Problem, Refused
from portal.domain.tokens import hash_of
from portal.domain.zones import is_zone
from portal.extensions import db, settings
from portal.models import Account, SignInSession
from portal.pipeline.audit import note
from portal.pipeline.transactions import writing

FIRST_ACCOUNT, FIRST_ACCOUNT_NAME = "main", "الحساب الرئيس"
MAX_NAME = 200
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def make_account(name: str, slug: str) -> Account:
    """A new account; raises :class:`Conflict` (account_exists) when the slug is taken."""
    with writing() as session:
        if session.scalar(select(exists().where(Account.slug == slug))):
            raise Conflict("account_exists", slug=slug)
        return account_of(session, slug, name)


def open_account(name: str, slug: str, time_zone: str, actor: Actor) -> Account:
    """A new account, made by whoever runs the portal; raises :class:`Refused`."""
    problems = [*_name_problems(name), *_zone_problems(time_zone)]
    if not _SLUG.fullmatch(slug):
        problems.append(Problem("/slug", "bad_slug"))
    if problems:
        raise Refused(*problems)
    with writing() as session:
        if session.scalar(select(exists().where(Account.slug == slug))):
            raise Refused(Problem("/slug", "slug_taken"))
        account = account_of(session, slug, name.strip())
        account.time_zone = time_zone
        there, target = actor.within(account.id), (account.id, account.name)
        note(session, there, Action.ACCOUNT_CREATED, *target, after=_shown(account))
        return account


def edit_account(account_id: str, name: str, time_zone: str, actor: Actor) -> Account:
    """Give an account another name or time zone; raises :class:`Refused`."""
    problems = [*_name_problems(name), *_zone_problems(time_zone)]
    if problems:
        raise Refused(*problems)
    with writing() as session:
        account = session.get_one(Account, account_id, with_for_update=True)
        before = _shown(account)
        account.call(name.strip())
        account.time_zone = time_zone
        after = _shown(account)
        if before != after:
            # On record where it was done, wherever whoever runs the portal came from.
            there, target = actor.within(account.id), (account.id, account.name)
            note(session, there, Action.ACCOUNT_EDITED, *target, before=before, after=after)
        return account


def enter(token: str, account_id: str, actor: Actor, as_visitor: bool) -> None:
    """Let the session ``token`` go on in another account.

    That somebody enters who does not belong there (``as_visitor``) is on record in that account.
    """
    with writing() as session:
        row = session.get_one(SignInSession, hash_of(token), with_for_update=True)
        if row.account_id != account_id and as_visitor:
            account = session.get_one(Account, account_id)
            there = actor.within(account_id)
            note(session, there, Action.ACCOUNT_ENTERED, account_id, account.name)
        row.account_id = account_id


def account_id_of(slug: str, name: str | None = None) -> str:
    """The id of the account ``slug``, which is made when it is missing."""
    known = db.session.scalar(select(Account.id).where(Account.slug == slug))
    if known is not None:
        return known
    with writing() as session:
        return account_of(session, slug, name).id


def account_of(session: Session, slug: str, name: str | None = None) -> Account:
    """The account ``slug``, made within ``session`` when it is missing."""
    account = session.scalar(select(Account).where(Account.slug == slug))
    if account is None:
        account = Account(slug=slug, time_zone=settings().timezone)
        account.call(name or (FIRST_ACCOUNT_NAME if slug == FIRST_ACCOUNT else slug))
        session.add(account)
        session.flush()
    return account


def _shown(account: Account) -> dict[str, str]:
    return {"name": account.name, "slug": account.slug, "time_zone": account.time_zone}


def _name_problems(name: str) -> list[Problem]:
    if not fold(name):
        return [Problem("/name", "required")]
    if len(name) > MAX_NAME:
        return [Problem("/name", "bad_length", {"min": 1, "max": MAX_NAME})]
    return [Problem("/name", "bad_character")] if "\0" in name else []


def _zone_problems(name: str) -> list[Problem]:
    return [] if is_zone(name) else [Problem("/time_zone", "bad_zone")]
