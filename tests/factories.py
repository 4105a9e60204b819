"""Rows for tests, each a plain function with defaults; what a verb can make, a verb makes."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from portal.domain.actor import Actor
from portal.domain.durations import slot_of
from portal.domain.folding import fold
from portal.domain.hooks import HookDraft
from portal.domain.masking import MaskDraft, MaskKind
from portal.domain.scopes import KeyDraft
from portal.domain.states import DeliveryState, Role
from portal.domain.triggers.draft import TriggerDraft, read_trigger
from portal.domain.watch import origin_of
from portal.extensions import db
from portal.models import (
    Account,
    AuditEntry,
    Call,
    Delivery,
    EndpointCheck,
    Event,
    Hook,
    Notice,
    PayloadMask,
    Person,
    Trigger,
    now,
)
from portal.models.base import first_id
from portal.pipeline import accounts, hooks, keys, masks, people, triggers
from portal.pipeline.plans import current_version_id
from portal.pipeline.rollups import Counted, Damage, Tally, add_up
from portal.pipeline.transactions import writing

PASSWORD = "كلمة مرور طويلة 2026"
# 24 bytes, as the Standard Webhooks specification's own example has it.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

_numbers = count(1)


def make_account(name: str = "متجر النور", slug: str = "nour") -> Account:
    """An account, the same one when ``slug`` is known already."""
    known = db.session.query(Account).filter_by(slug=slug).one_or_none()
    return known or accounts.make_account(name, slug)


def make_person(
    email: str | None = None,
    role: Role | str = Role.STAFF,
    account: Account | None = None,
    password: str = PASSWORD,
) -> Person:
    """Somebody with ``role`` in ``account``."""
    email = email or f"person{next(_numbers)}@nour.example"
    return people.make_person(email, password, Role(role), (account or make_account()).slug)


def make_key(account: Account | None = None, name: str = "المنصة", **draft: Any) -> str:
    """The text of a new API key of ``account``; ``draft`` holds further members of KeyDraft."""
    return keys.make_api_key(KeyDraft(name, **draft), make_actor(account))[1]


def make_actor(account: Account | None = None, role: Role = Role.ADMIN) -> Actor:
    """Somebody to act in ``account``, who stands in no table."""
    return Actor((account or make_account()).id, "tests@nour.example", role)


def acts() -> list[AuditEntry]:
    """What is on record, but for who came and went, in its order."""
    entries = db.session.query(AuditEntry).filter(~AuditEntry.action.startswith("session."))
    return entries.order_by(AuditEntry.id).all()


def make_hook(
    url: str = "http://127.0.0.1:9/hook",
    event_types: tuple[str, ...] | list[str] = ("message.received",),
    account: Account | None = None,
    **draft: Any,
) -> Hook:
    """A hook with the secret :data:`SECRET`; ``draft`` holds further members of HookDraft."""
    draft = {"name": f"خطاف {next(_numbers)}", "secret": SECRET} | draft
    if draft.get("signature") == "ed25519":
        draft["secret"] = None
    made = hooks.create_hook(
        HookDraft(url=url, event_types=tuple(event_types), **draft), make_actor(account)
    )
    return made.hook


def make_event(
    type: str = "message.received",
    data: str = '{"text": "السلام عليكم"}',
    account: Account | None = None,
    **columns: Any,
) -> Event:
    """A stored event that owes nothing to anybody yet; ``data`` is JSON text."""
    event = Event(
        account_id=(account or make_account()).id,
        type=type,
        data=data,
        search=fold(data),
        **({"occurred_at": now()} | columns),
    )
    return _stored(event)


def make_delivery(hook: Hook, event: Event | None = None, **columns: Any) -> Delivery:
    """One event owed to ``hook``, due now unless ``columns`` say otherwise."""
    account = db.session.get_one(Account, hook.account_id)
    event = event or make_event(hook.event_types[0], account=account)
    if "created_at" in columns and "id" not in columns:
        # Ids sort by time.
        columns["id"] = id_at("dlv", columns["created_at"])
    delivery = Delivery(
        account_id=hook.account_id,
        hook_id=hook.id,
        event_id=event.id,
        event_type=event.type,
        **({"state": DeliveryState.WAITING, "due_at": now() - timedelta(seconds=1)} | columns),
    )
    return _stored(delivery)


def id_at(prefix: str, moment: datetime) -> str:
    """An id that might have been made at ``moment``."""
    return first_id(prefix, moment)[:-8] + f"{next(_numbers):08d}"


def make_trigger(account: Account | None = None, **members: Any) -> Trigger:
    """A trigger; ``members`` are the API's: mode, auth, response, rules and so on."""
    draft = read_trigger({"name": f"مشغّل {next(_numbers)}"} | members, TriggerDraft())
    return triggers.create_trigger(draft, make_actor(account))


def make_call(trigger: Trigger, **columns: Any) -> Call:
    """A call of ``trigger`` on record, accepted and done with unless ``columns`` say otherwise."""
    made = {
        "account_id": trigger.account_id,
        "trigger_id": trigger.id,
        "version_id": current_version_id(trigger.id),
        "peer": "127.0.0.1",
        "method": "POST",
        "verdict": "accepted",
        "status": 200,
        "run_state": "done",
        "headers": '[["Content-Type", "application/json"]]',
        "body": b"{}",
    }
    return _stored(Call(**(made | columns)))


def make_mask(
    pattern: str = "phone", kind: str = "phone", account: Account | None = None, **draft: Any
) -> PayloadMask:
    """A mask of ``account``, for support unless ``draft`` says otherwise."""
    actor = make_actor(account)
    masks.create_masks((MaskDraft(pattern, MaskKind(kind), **draft),), actor)
    return db.session.query(PayloadMask).filter_by(pattern=pattern).one()


def make_notice(account: Account | None = None, hook: Hook | None = None, **columns: Any) -> Notice:
    """Something the account is told: that ``hook`` was switched off, unless ``columns`` say
    otherwise."""
    named = {"id": hook.id, "name": hook.name} if hook else {"id": "hok_1", "name": "المتجر"}
    made = {
        "account_id": (account or make_account()).id,
        "kind": "hook.disabled",
        "hook_id": hook.id if hook else None,
        "data": {**named, "reason": "gone"},
    }
    return _stored(Notice(**(made | columns)))


def make_check(url: str = "https://api.nour.example", **columns: Any) -> EndpointCheck:
    """What the watch has seen of the endpoint of ``url``: all is well unless ``columns`` say
    otherwise."""
    made = {
        "account_id": make_account().id,
        "origin": origin_of(url, ""),
        "due_at": now() + timedelta(days=1),
        "checked_at": now(),
        "connect_ms": 80,
        "expires_at": now() + timedelta(days=104),
        "issuer": "Let's Encrypt",
        "addresses": ["203.0.113.7"],
    }
    return _stored(EndpointCheck(**(made | columns)))


def make_rollups(
    hook: Hook,
    at: datetime | None = None,
    delivered: int = 0,
    times: Sequence[int] = (),
    causes: Mapping[tuple[str, str], int] | None = None,
) -> None:
    """Add to the hour of ``at`` what attempts of ``hook`` came to: deliveries that arrived, how
    long answers took, and how many failed of each cause, a code and a host."""
    moment = at or now()
    tally = Tally(delivered=delivered)
    for milliseconds in times:
        tally.took[slot_of(milliseconds)] += 1
    for cause, failed in (causes or {}).items():
        tally.failed += failed
        tally.causes[cause] = Damage(failed, failed, moment, moment)
    with writing() as session:
        add_up(session, [Counted(hook.id, hook.account_id, tally)], moment)


def let_time_pass() -> None:
    """Make every delivery that waits for its next attempt due now."""
    db.session.rollback()
    waiting = db.session.query(Delivery).filter_by(state=DeliveryState.WAITING)
    waiting.update({"due_at": now() - timedelta(seconds=1)})
    db.session.commit()


def _stored(row: Any) -> Any:
    # Whatever was read before is let go: SQLite refuses to write after an old read.
    db.session.rollback()
    db.session.add(row)
    db.session.commit()
    return row
