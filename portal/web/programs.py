"""Which program is asking, and what its key may be used for: every request to the API passes
here."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Response, abort, g, request

from portal.domain.actor import Actor
from portal.domain.scopes import Scope, refusal
from portal.domain.states import Role
from portal.models import now
from portal.pipeline.keys import note_use
from portal.pipeline.pace import seconds_to_wait
from portal.queries.sign_in import KnownKey, find_api_key
from portal.web.access import peer
from portal.web.api import problems

P = ParamSpec("P")
R = TypeVar("R")

# A key's last use is shown in minutes; writing it more often would cost every request.
NOTE_USE_EVERY = timedelta(minutes=1)


def need_key() -> Response | None:
    """Let only requests with a living API key past, and no more of them than it may send; for
    ``before_request`` of the API."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    key = find_api_key(token.strip()) if scheme.lower() == "bearer" else None
    if key is None:
        abort(401)
    wait = key.per_minute and seconds_to_wait(key.id, key.per_minute)
    if wait:
        return _too_fast(wait)
    g.actor = Actor(key.account_id, key.name, Role(key.role), key_id=key.id, peer=peer())
    g.scopes = key.scopes
    _note_use(key)
    return None


def needs(scope: Scope) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
    """Let only keys past that may be used for ``scope``; 403 for all others."""

    def guarding(view: Callable[P, R]) -> Callable[P, R | Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
            code = refusal(g.scopes, g.actor.role, scope)
            if code:
                return problems.document(403, code, scope=scope.value)
            return view(*args, **kwargs)

        guarded.scope = scope  # type: ignore[attr-defined]
        return guarded

    return guarding


def _too_fast(wait: int) -> Response:
    answer = problems.document(429, "key_throttled")
    answer.headers["Retry-After"] = str(wait)
    return answer


def _note_use(key: KnownKey) -> None:
    if key.last_used_at is None or now() - key.last_used_at > NOTE_USE_EVERY:
        note_use(key.id, peer())
