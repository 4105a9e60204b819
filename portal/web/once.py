"""A secret is shown in full once, on the first page that follows its making."""

from flask import session

from portal.domain.permissions import Permission
from portal.models import Hook
from portal.pipeline.hooks import public_key_of, secret_of
from portal.web.access import may

# Only the hook's id stands in the cookie, which is no place for a secret.
_KEY = "just_made"


def will_show_secret(hook_id: str) -> None:
    """Let the next page of the hook show its newest secret."""
    session[_KEY] = hook_id


def new_secret_of(hook: Hook) -> str | None:
    """The secret of ``hook`` if it was just made, or of a key pair the public key: the private one
    is of no use to anybody else. Asked again, None."""
    if session.get(_KEY) != hook.id or not may(Permission.SEE_SECRETS):
        return None
    del session[_KEY]
    return public_key_of(hook) or secret_of(hook)
