"""The tables, one noun a file. Importing this package makes all of them known to Alembic."""

from portal.models.account import Account
from portal.models.api_key import ApiKey
from portal.models.audit import AuditEntry
from portal.models.base import Model, first_id, new_id, now, utcnow
from portal.models.call import Call
from portal.models.catalogue import EventType, Policy
from portal.models.delivery import Attempt, AttemptDelivery, Delivery
from portal.models.endpoint_check import EndpointCheck
from portal.models.event import Event
from portal.models.hook import Hook, HookSecret, Subscription
from portal.models.identity import PersonIdentity, ProviderVisit
from portal.models.notice import Notice
from portal.models.password_link import PasswordLink, PasswordRequest
from portal.models.payload_mask import PayloadMask
from portal.models.person import Invitation, Membership, Person, SignInFailure, SignInSession
from portal.models.resend import Resend
from portal.models.rollup import AccountRollup, FailureRollup, HookRollup
from portal.models.sandbox import Sandbox, SandboxArrival
from portal.models.second_step import HalfSignIn, RecoveryCode, SecondStep
from portal.models.stream import Stream
from portal.models.trigger import Trigger, TriggerVersion

__all__ = [
    "Account",
    "AccountRollup",
    "ApiKey",
    "Attempt",
    "AttemptDelivery",
    "AuditEntry",
    "Call",
    "Delivery",
    "EndpointCheck",
    "Event",
    "EventType",
    "FailureRollup",
    "HalfSignIn",
    "Hook",
    "HookRollup",
    "HookSecret",
    "Invitation",
    "Membership",
    "Model",
    "Notice",
    "PasswordLink",
    "PasswordRequest",
    "PayloadMask",
    "Person",
    "PersonIdentity",
    "Policy",
    "ProviderVisit",
    "RecoveryCode",
    "Resend",
    "Sandbox",
    "SandboxArrival",
    "SecondStep",
    "SignInFailure",
    "SignInSession",
    "Stream",
    "Subscription",
    "Trigger",
    "TriggerVersion",
    "first_id",
    "new_id",
    "now",
    "utcnow",
]
