"""Changing where a hook points, and going back."""

from dataclasses import replace

from portal.domain.actor import Actor
from portal.domain.problems import Conflict
from portal.extensions import db
from portal.models import Hook
from portal.pipeline.hooks import draft_of, edit_hook


def switch_url(hook_id: str, url: str, seen: str, actor: Actor, reason: str = "") -> Hook:
    """Let a hook point to ``url`` and stay as it is otherwise.

    Raises :class:`Conflict` ``hook_changed`` when it is not as whoever asks has ``seen`` it, see
    :func:`mark_of`, and :class:`portal.domain.problems.Refused`.
    """
    hook = db.session.get_one(Hook, hook_id)
    if mark_of(hook) != seen:
        raise Conflict("hook_changed")
    return _point(hook, url, actor, reason)


def switch_back(hook_id: str, changed_at: str, actor: Actor, reason: str = "") -> Hook:
    """Undo the change of a hook's URL that was made at ``changed_at``, as ISO 8601.

    Raises what :func:`switch_url` does; ``hook_changed`` where there was another one since.
    """
    hook = db.session.get_one(Hook, hook_id)
    if not hook.previous_url or not hook.url_changed_at:
        raise Conflict("hook_changed")
    if hook.url_changed_at.isoformat() != changed_at:
        raise Conflict("hook_changed")
    return _point(hook, hook.previous_url, actor, reason)


def mark_of(hook: Hook) -> str:
    """What changes with every change of a hook."""
    return hook.updated_at.isoformat()


def _point(hook: Hook, url: str, actor: Actor, reason: str) -> Hook:
    draft = replace(draft_of(hook), url=url)
    return edit_hook(hook.id, draft, actor, seen=hook.updated_at, reason=reason)
