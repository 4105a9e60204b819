"""What entries of the audit log say in Arabic: the act, what it was done to, and what changed."""

import json
from typing import Any, NamedTuple

from flask import Flask, url_for
from markupsafe import Markup

from portal.domain.actor import PORTAL
from portal.domain.audit import Action
from portal.models import AuditEntry
from portal.web.audit_terms import ACTIONS, FIELDS, VALUES
from portal.web.filters import ltr, named

_PAGES = {
    "hok": ("hooks.show", "hook_id"),
    "trg": ("triggers.show", "trigger_id"),
    "dlv": ("deliveries.show", "delivery_id"),
    "cal": ("calls.show", "call_id"),
    "rsd": ("resends.show", "resend_id"),
}


class Difference(NamedTuple):
    """What a field was and is; None where it was not there."""

    field: Markup | str
    before: Markup | None
    after: Markup | None


def register(app: Flask) -> None:
    """Make what entries say known to the templates of ``app``."""
    app.jinja_env.filters.update(
        act=act,
        audit_act=entry_act,
        audit_actor=who,
        audit_doer=who_plainly,
        audit_changes=differences,
        audit_target=address_of,
    )


def act(action: str) -> str:
    """What was done."""
    return ACTIONS[Action(action)]


def entry_act(entry: AuditEntry) -> str:
    """What was done by the act of ``entry``, told by what was and is where its name is the same
    for putting something there and taking it away."""
    if entry.action != Action.MASKS_CHANGED:
        return act(entry.action)
    if not entry.before:
        return "حجب حقل"
    return "تعديل حقل محجوب" if entry.after else "إلغاء حجب حقل"


def who(name: str, key_id: str | None = None) -> Markup:
    """Whoever did it: a person, the portal by itself, or a key, which may be called as another."""
    if key_id is None and name == PORTAL:
        return Markup("المنصة تلقائيًا")
    shown = ltr(name) if name.isascii() else named(name)
    return shown if key_id is None else Markup("المفتاح «{}»").format(shown)


def who_plainly(name: str, key_id: str | None = None) -> str:
    """As :func:`who`, where no markup stands: people and commands as they are called."""
    return name if key_id is None else f"المفتاح «{name}»"


def differences(entry: AuditEntry) -> list[Difference]:
    """What changed, field by field."""
    names = dict.fromkeys([*entry.before, *entry.after])
    sides = (entry.before, entry.after)
    return [
        Difference(FIELDS.get(name) or ltr(name), *(_said(name, side) for side in sides))
        for name in names
    ]


def address_of(entry: AuditEntry) -> str | None:
    """Where the page of what the act was done to stands, of the kinds that have one."""
    endpoint, name = _PAGES.get((entry.target_id or "")[:3], (None, ""))
    return url_for(endpoint, **{name: entry.target_id}) if endpoint else None


def _said(name: str, values: dict[str, Any]) -> Markup | None:
    if name not in values:
        return None
    value, words = values[name], VALUES.get(name, {})
    if isinstance(value, list):
        value = [words.get(one, one) if isinstance(one, str) else one for one in value]
    word = words.get(value) if isinstance(value, str) else None
    return Markup(word) if word else show(value)


def show(value: Any) -> Markup:
    """A JSON value as people read it."""
    if value is None or value == "" or value == []:
        return Markup("—")
    if isinstance(value, bool):
        return Markup("نعم" if value else "لا")
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return Markup("، ").join(show(one) for one in value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return ltr(text) if text.isascii() or not isinstance(value, str) else named(text)
