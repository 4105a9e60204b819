"""Making, changing, switching and deleting triggers; every change makes a new version."""

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.domain.actor import Actor
from portal.domain.audit import Action
from portal.domain.problems import Problem, Refused
from portal.domain.tokens import hash_of, token_of
from portal.domain.triggers.comparison import changes, same_sender
from portal.domain.triggers.draft import TriggerDraft, folded_name
from portal.domain.triggers.sealing import parted
from portal.extensions import db, settings, vault
from portal.models import EventType, Trigger, TriggerVersion, new_id, now
from portal.pipeline.audit import note
from portal.pipeline.plans import opened
from portal.pipeline.surroundings import guard
from portal.pipeline.transactions import reading, writing

# A token of 144 bits (design §3 asks for at least 128).
TOKEN_BYTES = 18


def create_trigger(draft: TriggerDraft, actor: Actor) -> Trigger:
    """Make a trigger with a token of its own; raises :class:`Refused`."""
    if not draft.name:
        raise Refused(Problem("/name", "required"))
    token = token_of(os.urandom(TOKEN_BYTES))
    with writing() as session:
        _judge(session, draft, actor)
        trigger = Trigger(
            id=new_id("trg"),
            account_id=actor.account_id,
            name=draft.name,
            name_folded=folded_name(draft.name),
            enabled=draft.enabled,
            token_hash=hash_of(token),
            token_sealed=vault().seal(token),
            created_by=actor.person_id,
        )
        session.add(trigger)
        session.flush()
        session.add(_version(trigger, draft, actor))
        target, after = (trigger.id, trigger.name), _whole(trigger, draft.configuration)
        note(session, actor, Action.TRIGGER_CREATED, *target, after=after)
    return trigger


def change_trigger(
    trigger_id: str,
    change: Callable[[TriggerDraft], TriggerDraft],
    actor: Actor,
    action: Action = Action.TRIGGER_CHANGED,
) -> Trigger:
    """Change a trigger to what ``change`` makes of it as it stands, so that of two changes at
    once neither undoes the other; raises :class:`Refused`.

    Calls that came before go on by the version they came under. ``action`` is what stands on
    record of it.
    """
    with writing() as session:
        trigger = _locked(session, trigger_id)
        base = draft_of(trigger)
        draft = change(base)
        _judge(session, draft, actor)
        before = _shown(trigger)
        trigger.name, trigger.name_folded = draft.name, folded_name(draft.name)
        trigger.enabled = draft.enabled
        _renew(session, trigger, draft, actor)
        after = _shown(trigger) | {"changed": _members(base, draft)}
        if before["enabled"] != trigger.enabled:
            _note_switch(session, actor, trigger)
            before["enabled"] = trigger.enabled
        if before | {"changed": []} != after:
            note(session, actor, action, trigger.id, trigger.name, before=before, after=after)
    return trigger


def judge(draft: TriggerDraft, actor: Actor) -> None:
    """Raise :class:`Refused` where a draft could not be saved."""
    with reading() as session:
        _judge(session, draft, actor)


def restore_version(trigger_id: str, number: int, actor: Actor) -> Trigger:
    """Go back to the version ``number``: a new version is made with its configuration, unless the
    current one is the same. Raises :class:`Refused` for what may no longer be saved.

    Secrets stay the current ones, because callers have them; see :func:`restored`.
    """
    return change_trigger(
        trigger_id,
        lambda base: restored(base, version_of(trigger_id, number)),
        actor,
        Action.TRIGGER_RESTORED,
    )


def restored(current: TriggerDraft, version: TriggerVersion) -> TriggerDraft:
    """The draft that takes ``current`` back to ``version``. The version's own secrets come back
    only where the current ones belong to another sender or kind of authentication."""
    configuration, secrets = opened(version.configuration, version.secrets_sealed)
    if same_sender(configuration["auth"], current.configuration["auth"]):
        secrets = current.secrets
    return TriggerDraft(current.name, current.enabled, configuration, secrets)


def switch_trigger(trigger_id: str, enabled: bool, actor: Actor) -> Trigger:
    """Switch a trigger on or off: off, its address answers as if there were none."""
    with writing() as session:
        trigger = _locked(session, trigger_id)
        if trigger.enabled != enabled:
            trigger.enabled = enabled
            _note_switch(session, actor, trigger)
    return trigger


def replace_token(trigger_id: str, actor: Actor) -> Trigger:
    """Give a trigger a new address; the old one leads nowhere from now on."""
    token = token_of(os.urandom(TOKEN_BYTES))
    with writing() as session:
        trigger = _locked(session, trigger_id)
        trigger.token_hash, trigger.token_sealed = hash_of(token), vault().seal(token)
        trigger.updated_at = now()
        note(session, actor, Action.TRIGGER_ADDRESS_REPLACED, trigger.id, trigger.name)
    return trigger


def delete_trigger(trigger_id: str, actor: Actor, reason: str = "") -> None:
    """Delete a trigger: its address leads nowhere, its secrets are erased, its calls stay.

    Runs that are owed are still done: they were promised.
    """
    with writing() as session:
        trigger = _locked(session, trigger_id)
        # As its version keeps it in the clear: a lost key keeps nobody from deleting.
        before = _whole(trigger, _current(trigger).configuration)
        trigger.deleted_at, trigger.enabled = now(), False
        target = (trigger.id, trigger.name)
        note(session, actor, Action.TRIGGER_DELETED, *target, before=before, reason=reason)
        versions = session.scalars(
            select(TriggerVersion).where(TriggerVersion.trigger_id == trigger_id)
        )
        for version in versions:
            version.secrets_sealed = None


def url_of(trigger: Trigger) -> str:
    """What outsiders call; raises :class:`portal.domain.vault.VaultError`."""
    return f"{settings().trigger_base_url}/hooks/in/{vault().open(trigger.token_sealed)}"


def configuration_of(trigger: Trigger) -> Mapping[str, Any]:
    """The trigger's current configuration, in the contract's form, without credentials."""
    return draft_of(trigger).configuration


def draft_of(trigger: Trigger) -> TriggerDraft:
    """A draft that would leave the trigger as it is, secrets included."""
    version = _current(trigger)
    configuration, secrets = opened(version.configuration, version.secrets_sealed)
    return TriggerDraft(trigger.name, trigger.enabled, configuration, secrets)


def version_of(trigger_id: str, number: int) -> TriggerVersion:
    """The version ``number`` of a trigger, which there is."""
    return db.session.scalars(
        select(TriggerVersion).where(
            TriggerVersion.trigger_id == trigger_id, TriggerVersion.number == number
        )
    ).one()


def _current(trigger: Trigger) -> TriggerVersion:
    return version_of(trigger.id, trigger.version)


def _note_switch(session: Session, actor: Actor, trigger: Trigger) -> None:
    action = Action.TRIGGER_SWITCHED_ON if trigger.enabled else Action.TRIGGER_SWITCHED_OFF
    note(session, actor, action, trigger.id, trigger.name)


def _shown(trigger: Trigger) -> dict[str, Any]:
    return {"name": trigger.name, "enabled": trigger.enabled, "version": trigger.version}


def _whole(trigger: Trigger, configuration: Mapping[str, Any]) -> dict[str, Any]:
    told = {"mode": configuration["mode"], "auth": configuration["auth"]["kind"]}
    return _shown(trigger) | told | {"rules": len(configuration["rules"])}


def _members(base: TriggerDraft, draft: TriggerDraft) -> list[str]:
    # What exactly changed is told by the versions, held against each other.
    older, newer = (base.configuration, base.secrets), (draft.configuration, draft.secrets)
    return list(dict.fromkeys(change.root for change in changes(older, newer)))


def _renew(session: Session, trigger: Trigger, draft: TriggerDraft, actor: Actor) -> None:
    if _differs(_current(trigger), draft):
        trigger.version += 1
        session.add(_version(trigger, draft, actor))


def _differs(version: TriggerVersion, draft: TriggerDraft) -> bool:
    # As texts, because the order of members is part of what is answered.
    configuration, secrets = opened(version.configuration, version.secrets_sealed)
    is_same = json.dumps(configuration) == json.dumps(draft.configuration)
    return not is_same or secrets != draft.secrets


def _version(trigger: Trigger, draft: TriggerDraft, actor: Actor) -> TriggerVersion:
    configuration, secret = parted(draft.configuration, draft.secrets)
    return TriggerVersion(
        trigger_id=trigger.id,
        number=trigger.version or 1,
        configuration=configuration,
        secrets_sealed=vault().seal(json.dumps(secret)) if secret else None,
        created_by=actor.person_id,
        author=actor.name,
    )


def _judge(session: Session, draft: TriggerDraft, actor: Actor) -> None:
    """Raise :class:`Refused` where a rule publishes a type that is not in the catalogue, or calls
    an address that the portal may not reach."""
    mine = or_(EventType.account_id.is_(None), EventType.account_id == actor.account_id)
    known = set(session.scalars(select(EventType.key).where(mine)))
    rules = draft.configuration["rules"]
    problems = [
        Problem(f"/rules/{rule_at}/publish/{at}/type", "unknown_event_type", {"key": one["type"]})
        for rule_at, rule in enumerate(rules)
        for at, one in enumerate(rule["publish"])
        if one["type"] not in known
    ]
    calls = [(at, rule["call"]["url"]) for at, rule in enumerate(rules) if rule.get("call")]
    refusals = ((at, guard().judge_url(url)) for at, url in calls)
    problems += [Problem(f"/rules/{at}/call/url", str(why)) for at, why in refusals if why]
    if problems:
        raise Refused(*problems)


def _locked(session: Session, trigger_id: str) -> Trigger:
    # Two who change a trigger at once come one after the other.
    return session.get_one(Trigger, trigger_id, with_for_update={"of": Trigger})
