"""The audit log: which acts are on record, and what of a change is."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

# What stands on record in place of a secret.
HIDDEN = "••••••••"
# A reason is a sentence or two of whoever acts.
MAX_REASON = 500


class Action(StrEnum):
    """An act that is on record: its object and what was done."""

    HOOK_CREATED = "hook.created"
    HOOK_EDITED = "hook.edited"
    HOOK_URL_CHANGED = "hook.url_changed"
    HOOK_SWITCHED_ON = "hook.switched_on"
    HOOK_SWITCHED_OFF = "hook.switched_off"
    HOOK_POSTPONED = "hook.postponed"
    HOOK_DELETED = "hook.deleted"
    HOOK_TESTED = "hook.tested"
    HOOKS_IMPORTED = "hooks.imported"
    HOOKS_EXPORTED = "hooks.exported"
    SECRET_ROTATED = "secret.rotated"
    SECRET_ENDED = "secret.ended"
    SECRET_REVEALED = "secret.revealed"
    TRIGGER_CREATED = "trigger.created"
    TRIGGER_CHANGED = "trigger.changed"
    TRIGGER_RESTORED = "trigger.restored"
    TRIGGER_SWITCHED_ON = "trigger.switched_on"
    TRIGGER_SWITCHED_OFF = "trigger.switched_off"
    TRIGGER_ADDRESS_REPLACED = "trigger.address_replaced"
    TRIGGER_DELETED = "trigger.deleted"
    POLICY_CREATED = "policy.created"
    POLICY_EDITED = "policy.edited"
    POLICY_DELETED = "policy.deleted"
    EVENT_TYPE_CREATED = "event_type.created"
    EVENT_TYPE_EDITED = "event_type.edited"
    EVENT_TYPE_DELETED = "event_type.deleted"
    DELIVERY_RESENT = "delivery.resent"
    RESEND_STARTED = "resend.started"
    RESEND_PAUSED = "resend.paused"
    RESEND_RESUMED = "resend.resumed"
    RESEND_CANCELLED = "resend.cancelled"
    CALL_REPLAYED = "call.replayed"
    CALLS_REPLAYED = "calls.replayed"
    LOG_EXPORTED = "log.exported"
    AUDIT_EXPORTED = "audit.exported"
    ACCOUNT_CREATED = "account.created"
    ACCOUNT_EDITED = "account.edited"
    ACCOUNT_ENTERED = "account.entered"
    PERSON_INVITED = "person.invited"
    INVITATION_WITHDRAWN = "invitation.withdrawn"
    PERSON_JOINED = "person.joined"
    PERSON_ROLE_CHANGED = "person.role_changed"
    PERSON_REMOVED = "person.removed"
    PERSON_SWITCHED_OFF = "person.switched_off"
    PERSON_SWITCHED_ON = "person.switched_on"
    SIGNED_IN = "session.signed_in"
    SIGNED_OUT = "session.signed_out"
    SESSION_ENDED = "session.ended"
    SIGN_IN_LOCKED = "session.locked"
    PASSWORD_CHANGED = "password.changed"
    PASSWORD_LINK_MADE = "password.link_made"
    PASSWORD_RESET = "password.reset"
    SECOND_STEP_ON = "second_step.on"
    SECOND_STEP_OFF = "second_step.off"
    RECOVERY_CODES_MADE = "recovery_codes.made"
    RECOVERY_CODE_USED = "recovery_code.used"
    KEY_CREATED = "api_key.created"
    KEY_EDITED = "api_key.edited"
    KEY_REVOKED = "api_key.revoked"
    MASKS_CHANGED = "masks.changed"


def difference(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The members of ``before`` and of ``after`` that are not the same in both.

    JSON values in, JSON values out; what stands on one side only is left out on the other.
    """
    changed = [name for name in {**before, **after} if _differs(name, before, after)]
    return (
        {name: before[name] for name in changed if name in before},
        {name: after[name] for name in changed if name in after},
    )


def _differs(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    if (name in before) != (name in after):
        return True
    return before[name] != after[name]
