"""Showing what is kept sealed, to an admin who says why; every time it is on record."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TypeVar

from portal.domain import signing
from portal.domain.actor import Actor
from portal.domain.audit import Action
from portal.domain.problems import Conflict
from portal.domain.reasons import reason_of
from portal.domain.vault import VaultError
from portal.models import Hook, Trigger
from portal.pipeline.audit import note
from portal.pipeline.hooks import secret_of
from portal.pipeline.transactions import writing
from portal.pipeline.triggers import draft_of

Opened = TypeVar("Opened")

# Which of a trigger's secrets are shown; the headers of rules are seen where rules are edited.
SHOWN = ("password", "secret", "previous_secret")


def reveal_secret(hook_id: str, actor: Actor, reason: str) -> str:
    """The secret that a hook signs with.

    Raises :class:`portal.domain.problems.Refused` without a ``reason``, and :class:`Conflict`:
    ``secret_lost`` where no key opens it, ``key_is_private`` for one half of a key pair.
    """
    why = reason_of(reason)
    with writing() as session:
        hook = session.get_one(Hook, hook_id)
        secret = _opened(lambda: secret_of(hook))
        if secret.startswith(signing.PRIVATE):
            raise Conflict("key_is_private")
        note(session, actor, Action.SECRET_REVEALED, hook.id, hook.name, reason=why)
        return secret


def reveal_credentials(trigger_id: str, actor: Actor, reason: str) -> Mapping[str, str]:
    """What callers of a trigger prove themselves with, by the names of the API.

    Raises as :func:`reveal_secret` does; ``nothing_kept`` where there is none.
    """
    why = reason_of(reason)
    with writing() as session:
        trigger = session.get_one(Trigger, trigger_id)
        known = _opened(lambda: asdict(draft_of(trigger).secrets))
        found = {name: known[name] for name in SHOWN if known.get(name)}
        if not found:
            raise Conflict("nothing_kept")
        note(session, actor, Action.SECRET_REVEALED, trigger.id, trigger.name, reason=why)
        return found


def _opened(open_it: Callable[[], Opened]) -> Opened:
    try:
        return open_it()
    except VaultError as error:
        raise Conflict("secret_lost") from error
