"""Single sign-on: sent to the provider and back, and whose account it is that comes back.

The provider's own name for an account (``sub``) decides; its e-mail address does only the first
time, when it is verified, and never for whoever has a role on the whole platform: an address that
the provider hands to somebody else must not open every account. Once somebody of that provider
is known, no other account of its is taken for the same person.
"""

import logging
import os
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import delete, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.actor import Actor
from portal.domain.audit import Action
from portal.domain.openid import Identity, OpenIdError, authorization_address
from portal.domain.problems import Conflict
from portal.domain.states import Role
from portal.domain.tokens import hash_of, token_of
from portal.extensions import db, settings
from portal.models import Membership, Person, PersonIdentity, ProviderVisit, SignInSession, now
from portal.pipeline import audit
from portal.pipeline.accounts import account_id_of
from portal.pipeline.people import plain_email
from portal.pipeline.provider import ProviderAway, find_provider, redeem, us
from portal.pipeline.sign_in import Entry, enter
from portal.pipeline.throttle import admit_departure
from portal.pipeline.transactions import release, writing

log = logging.getLogger(__name__)

VISIT_LIFE = timedelta(minutes=10)
# How far the provider's clock may be from ours.
LEEWAY_SECONDS = 60


class Departure(NamedTuple):
    """Where a browser is sent, and the state that it has to come back with."""

    address: str
    state: str


class Return(NamedTuple):
    """What came of a visit: an entry, or None when somebody only proved once more who they are;
    and where they wanted to go."""

    entry: Entry | None
    target: str


def depart(target: str, peer: str, session_token: str | None = None) -> Departure:
    """Send somebody at ``peer`` to the provider: to sign in, or, within the session
    ``session_token``, to prove once more who they are. ``target`` is where they want to go
    afterwards.

    Raises :class:`Conflict` (``sso_throttled``, ``sso_away``).
    """
    admit_departure(peer)
    state, nonce, verifier = (token_of(os.urandom(32)) for _ in range(3))
    try:
        address = authorization_address(
            find_provider(), us(), state, nonce, verifier, anew=session_token is not None
        )
    except (ProviderAway, OpenIdError) as error:
        log.warning("single sign-on: the provider cannot be used: %s", error)
        raise Conflict("sso_away") from error
    with writing() as session:
        session.add(
            ProviderVisit(
                state_hash=hash_of(state),
                nonce=nonce,
                verifier=verifier,
                target=target,
                session_hash=hash_of(session_token) if session_token else None,
                expires_at=now() + VISIT_LIFE,
            )
        )
    return Departure(address, state)


def come_back(state: str, code: str, peer: str, user_agent: str) -> Return:
    """Let in whoever comes back from the provider with a ``state`` of ours and its ``code``.

    Raises :class:`Conflict`, whose codes begin with ``sso_``.
    """
    visit = end_visit(state)
    release()
    try:
        identity = redeem(code, visit.verifier, visit.nonce, now())
    except ProviderAway as error:
        log.warning("single sign-on: the provider is away: %s", error)
        raise Conflict("sso_away") from error
    except OpenIdError as error:
        log.warning("single sign-on refused: %s", error)
        raise Conflict("sso_invalid") from error
    if visit.session_hash is not None:
        _confirm(visit, identity)
        return Return(None, visit.target)
    return Return(_let_in(identity, peer, user_agent), visit.target)


class Visit(NamedTuple):
    """A visit to the provider that is over."""

    nonce: str
    verifier: str
    target: str
    session_hash: str | None
    began: float


def end_visit(state: str) -> Visit:
    """The visit that ``state`` belongs to, which it opens once; raises :class:`Conflict`
    (``sso_expired``)."""
    with writing() as session:
        gone = session.execute(
            delete(ProviderVisit)
            .where(ProviderVisit.state_hash == hash_of(state), ProviderVisit.expires_at > now())
            .returning(
                ProviderVisit.nonce,
                ProviderVisit.verifier,
                ProviderVisit.target,
                ProviderVisit.session_hash,
                ProviderVisit.began_at,
            )
        ).first()
    if gone is None:
        raise Conflict("sso_expired")
    return Visit(*gone[:4], gone[4].timestamp())


def _let_in(identity: Identity, peer: str, user_agent: str) -> Entry:
    try:
        return enter(_person_of(identity, peer), peer, user_agent)
    except IntegrityError as error:
        # Two browsers came back as the same newcomer at once; one of them has to try again.
        raise Conflict("sso_expired") from error
    except Conflict as conflict:
        if conflict.code != "wrong_credentials":
            raise
        # No password was given that could be wrong: the person was switched off.
        raise Conflict("sso_unknown") from conflict


def _confirm(visit: Visit, identity: Identity) -> None:
    """Note that the person of a session has proved to the provider once more who they are."""
    # A provider that does not say when was at least asked for a fresh proof.
    if identity.proved_at is not None and identity.proved_at < visit.began - LEEWAY_SECONDS:
        raise Conflict("sso_stale")
    with writing() as session:
        row = session.get(SignInSession, visit.session_hash)
        known = session.get(PersonIdentity, (identity.issuer, identity.subject))
        if row is None or known is None or known.person_id != row.person_id:
            raise Conflict("sso_other_person")
        row.confirmed_at = now()


def _person_of(identity: Identity, peer: str) -> str:
    """The id of the person whose identity it is, who is linked or made the first time."""
    known = db.session.get(PersonIdentity, (identity.issuer, identity.subject))
    if known is not None:
        return known.person_id
    if identity.email is None:
        raise Conflict("sso_unverified")
    oidc = settings().oidc
    account_id = account_id_of(oidc.account) if oidc.account else None
    with writing() as session:
        email = plain_email(identity.email)
        person = session.scalar(select(Person).where(Person.email == email).with_for_update())
        if person is None:
            if account_id is None:
                raise Conflict("sso_unknown")
            person = _welcome(session, email, account_id, Role(oidc.role), peer)
        elif not _may_link(session, person, identity.issuer):
            raise Conflict("sso_not_linked")
        session.add(
            PersonIdentity(issuer=identity.issuer, subject=identity.subject, person_id=person.id)
        )
        return person.id


def _may_link(session: Session, person: Person, issuer: str) -> bool:
    has_another = exists().where(
        PersonIdentity.person_id == person.id, PersonIdentity.issuer == issuer
    )
    is_free = person.platform_role is None and person.disabled_at is None
    return is_free and not session.scalar(select(has_another))


def _welcome(session: Session, email: str, account_id: str, role: Role, peer: str) -> Person:
    """A person without a password, with ``role`` in the account that newcomers join."""
    person = Person(email=email, password_hash="")
    session.add(person)
    session.flush()
    session.add(Membership(person_id=person.id, account_id=account_id, role=role))
    actor = Actor(account_id, email, role, person.id, peer=peer)
    audit.note(session, actor, Action.PERSON_JOINED, person.id, email, after={"role": role.value})
    return person
