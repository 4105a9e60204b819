"""The second step of signing in: set up, asked for, and switched off again."""

import os
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.domain.actor import Actor
from portal.domain.audit import HIDDEN, Action
from portal.domain.problems import Conflict, Problem, Refused
from portal.domain.second_steps import (
    RECOVERY_BYTES,
    RECOVERY_CODES,
    SECRET_BYTES,
    matching_step,
    plain_code,
    recovery_codes_of,
    secret_of,
)
from portal.domain.states import Role
from portal.domain.tokens import hash_of, token_of
from portal.domain.vault import VaultError
from portal.extensions import db, vault
from portal.models import HalfSignIn, Person, RecoveryCode, SecondStep, now
from portal.pipeline import audit
from portal.pipeline.people import plain_email
from portal.pipeline.sign_in import begin, home_of, prove, role_in
from portal.pipeline.throttle import admit, forgive
from portal.pipeline.transactions import release, writing


def begin_setup(actor: Actor) -> None:
    """Make a secret for ``actor``'s authenticator, which changes nothing until it proves itself.

    Raises :class:`Conflict` (``second_step_is_on``).
    """
    sealed = vault().seal(secret_of(os.urandom(SECRET_BYTES)))
    with writing() as session:
        row = session.get(SecondStep, actor.person_id, with_for_update=True)
        if row is not None and row.on_since is not None:
            raise Conflict("second_step_is_on")
        if row is not None:
            session.delete(row)
            session.flush()
        session.add(SecondStep(person_id=actor.person_id, secret_sealed=sealed))


def secret_in_setup(person_id: str) -> str | None:
    """The secret that waits for its first code; once it has proved itself it is never shown."""
    row = db.session.get(SecondStep, person_id)
    return vault().open(row.secret_sealed) if row and row.on_since is None else None


def turn_on(actor: Actor, code: str) -> list[str]:
    """Ask for a code from now on; returns the recovery codes, which are not kept.

    Raises :class:`Conflict` (``throttled``, ``second_step_not_begun``) and :class:`Refused`.
    """
    guess = admit(_key_of(actor.person_id), actor.peer or "?")
    with writing() as session:
        row = session.get(SecondStep, actor.person_id, with_for_update=True)
        if row is None or row.on_since is not None:
            raise Conflict("second_step_not_begun")
        step = matching_step(vault().open(row.secret_sealed), code, now(), row.last_step)
        if step is None:
            raise Refused(Problem("/code", "wrong_code"))
        forgive(session, guess)
        row.on_since, row.last_step = now(), step
        codes = _fresh_codes(session, actor.person_id)
        _note(session, actor, Action.SECOND_STEP_ON, after={"secret": HIDDEN})
    return codes


def turn_off(actor: Actor, password: str) -> None:
    """Ask for no code any more; needs the password of those who have one.

    Raises :class:`Conflict` as :func:`portal.pipeline.sign_in.prove` does.
    """
    has_password = bool(db.session.get_one(Person, actor.person_id).password_hash)
    release()
    guess = prove(actor.person_id, password, actor.peer or "?") if has_password else ()
    with writing() as session:
        forgive(session, guess)
        if clear(session, actor.person_id):
            _note(session, actor, Action.SECOND_STEP_OFF, before={"secret": HIDDEN})


def clear_for(email: str) -> None:
    """Switch off the second step of somebody who has lost phone and codes alike, for who runs the
    portal: nobody else can.

    Raises :class:`Conflict` (``nobody_has_it``, ``second_step_is_off``).
    """
    with writing() as session:
        person = session.scalar(select(Person).where(Person.email == plain_email(email)))
        if person is None:
            raise Conflict("nobody_has_it")
        if not clear(session, person.id):
            raise Conflict("second_step_is_off")
        account_id = home_of(session, person)
        if account_id is not None:
            actor = Actor(account_id, "users second-step-off", Role.ADMIN)
            before = {"secret": HIDDEN}
            audit.note(
                session, actor, Action.SECOND_STEP_OFF, person.id, person.email, before=before
            )


def renew_recovery_codes(actor: Actor) -> list[str]:
    """Ten new recovery codes; those made before stop working.

    Raises :class:`Conflict` (``second_step_is_off``).
    """
    with writing() as session:
        row = session.get(SecondStep, actor.person_id, with_for_update=True)
        if row is None or row.on_since is None:
            raise Conflict("second_step_is_off")
        codes = _fresh_codes(session, actor.person_id)
        _note(session, actor, Action.RECOVERY_CODES_MADE, after={"codes": RECOVERY_CODES})
    return codes


def finish_sign_in(half: str, code: str, peer: str, user_agent: str) -> str:
    """The token of a new session, for whoever has the code after the password that ``half`` stands
    for.

    Raises :class:`Conflict`: ``sign_in_expired``, ``wrong_code`` or ``throttled``.
    """
    waiting = find_half_sign_in(half)
    if waiting is None:
        raise Conflict("sign_in_expired")
    person_id, token = waiting.person_id, token_of(os.urandom(32))
    guess = admit(_key_of(person_id), peer)
    with writing() as session:
        # Locked, so that what opens one session opens one.
        row = session.get(HalfSignIn, hash_of(half), with_for_update=True)
        person = session.get_one(Person, person_id)
        is_over = row is None or row.expires_at <= now() or person.disabled_at is not None
        if is_over or role_in(person, row.account_id) is None:
            raise Conflict("sign_in_expired")
        recovery = _take(session, person_id, code, now())
        forgive(session, guess)
        session.delete(row)
        actor = begin(session, token, person, row.account_id, peer, user_agent)
        if recovery is not None:
            _note(session, actor, Action.RECOVERY_CODE_USED, after={"left": recovery})
    return token


def find_half_sign_in(token: str) -> HalfSignIn | None:
    """The sign-in that waits for a code, by the token that its browser has."""
    return db.session.scalar(
        select(HalfSignIn).where(
            HalfSignIn.token_hash == hash_of(token), HalfSignIn.expires_at > now()
        )
    )


def clear(session: Session, person_id: str | None) -> bool:
    """Forget the second step of a person and their recovery codes, within ``session``."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    gone = session.execute(delete(SecondStep).where(SecondStep.person_id == person_id))
    return gone.rowcount > 0


def _take(session: Session, person_id: str, code: str, moment: datetime) -> int | None:
    """Use up a code of a person's: of a recovery code the number that are left, else None.

    Raises :class:`Conflict`: ``wrong_code``, or ``sign_in_expired`` when none is asked for now.
    """
    row = session.get(SecondStep, person_id, with_for_update=True)
    if row is None:
        # Switched off in another browser meanwhile.
        raise Conflict("sign_in_expired")
    try:
        step = matching_step(vault().open(row.secret_sealed), code, moment, row.last_step)
    except VaultError:
        # The key that sealed the secret is lost; a recovery code still lets its person in.
        step = None
    if step is not None:
        row.last_step = step
        return None
    unused = RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None)
    fitting = select(RecoveryCode).where(*unused, RecoveryCode.code_hash == _hash(code))
    found = session.scalar(fitting.with_for_update())
    if found is None:
        raise Conflict("wrong_code")
    found.used_at = moment
    session.flush()
    return session.scalar(select(func.count()).select_from(RecoveryCode).where(*unused))


def _fresh_codes(session: Session, person_id: str | None) -> list[str]:
    codes = recovery_codes_of(os.urandom(RECOVERY_CODES * RECOVERY_BYTES))
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    session.add_all(RecoveryCode(person_id=person_id, code_hash=_hash(code)) for code in codes)
    return codes


def _hash(code: str) -> str:
    # Eighty random bits need no slower hash.
    return hash_of(plain_code(code))


def _key_of(person_id: str | None) -> str:
    return f"code:{person_id}"


def _note(session: Session, actor: Actor, action: Action, **values: dict[str, object]) -> None:
    audit.note(session, actor, action, actor.person_id, actor.name, **values)
