"""Secrets of hooks: replaced with an overlap, so that no receiver refuses a delivery meanwhile."""

import os
from datetime import timedelta

from sqlalchemy import or_, select

from portal.domain import signing
from portal.extensions import vault
from portal.models import Hook, HookSecret, now
from portal.pipeline.transactions import writing

MAX_OVERLAP_HOURS, OVERLAP_HOURS = 168, 24


def fresh_secret(signature: str) -> str:
    """A new secret for a hook that signs with "hmac" or "ed25519"."""
    random = os.urandom(32)
    if signature == "ed25519":
        return signing.make_private_key(random)
    return signing.make_secret(random)


def rotate_secret(hook_id: str, overlap_hours: int = OVERLAP_HOURS) -> str:
    """The new secret of a hook; the old ones go on signing beside it for ``overlap_hours``."""
    moment = now()
    with writing() as session:
        hook = session.get_one(Hook, hook_id, with_for_update={"key_share": True, "of": Hook})
        secret = fresh_secret(hook.signature)
        ends = moment + timedelta(hours=overlap_hours)
        alive = or_(HookSecret.expires_at.is_(None), HookSecret.expires_at > ends)
        for old in session.scalars(select(HookSecret).where(HookSecret.hook_id == hook_id, alive)):
            old.expires_at = ends
        session.add(HookSecret(hook_id=hook_id, sealed=vault().seal(secret)))
        # Workers read a hook anew when it says that it was changed.
        hook.updated_at = moment
    return secret
