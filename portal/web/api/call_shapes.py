"""Triggers and calls as the API shows them."""

import json
from collections.abc import Sequence
from typing import Any

from portal.domain.calls import Verdict, answer_of, headers_of
from portal.domain.envelope import moment_text
from portal.domain.masking import Veil
from portal.domain.permissions import Permission
from portal.domain.storable import storable
from portal.domain.triggers.answering import Answer
from portal.domain.triggers.comparison import Change
from portal.domain.triggers.draft import DEFAULTS
from portal.domain.triggers.preview import Difference, Preview
from portal.domain.triggers.running import Decision
from portal.domain.triggers.veiled import veiled_answer
from portal.models import Call, Trigger, TriggerVersion
from portal.pipeline.triggers import draft_of, url_of
from portal.queries.versions import version_number
from portal.web.access import may
from portal.web.seeing import address, hidden_secret


def trigger_json(trigger: Trigger) -> dict[str, Any]:
    """A trigger; of its credentials only that they are there. For who sees no secrets it has no
    address: whoever knows that can call it."""
    draft = draft_of(trigger)
    configuration = _seen({name: draft.configuration[name] for name in DEFAULTS})
    secrets = draft.secrets
    auth = dict(configuration["auth"])
    if auth["kind"] == "basic":
        auth["has_password"] = secrets.password is not None
    if auth["kind"] == "signature":
        auth["has_secret"] = secrets.secret is not None
        auth["has_previous_secret"] = secrets.previous_secret is not None
    return {
        "id": trigger.id,
        "url": url_of(trigger) if may(Permission.SEE_SECRETS) else None,
        "name": trigger.name,
        "enabled": trigger.enabled,
        **configuration,
        "auth": auth,
        "version": trigger.version,
        "created_at": moment_text(trigger.created_at),
        "updated_at": moment_text(trigger.updated_at),
    }


def call_json(call: Call, variables: str | None, veil: Veil) -> dict[str, Any]:
    """A call as the list shows it; ``variables`` is what was read, as JSON text, of which ``veil``
    says what is shown."""
    return {
        "id": call.id,
        "trigger": call.trigger_id,
        "at": moment_text(call.at),
        "peer": call.peer,
        "method": call.method,
        "verdict": call.verdict,
        "reason": call.reason,
        "status": call.status,
        "rule": call.rule,
        "run": call.run_state,
        "variables": veil.variables(json.loads(variables)) if variables else {},
        "duration_ms": call.duration_ms,
        "late": call.is_late,
        "uncounted": call.uncounted,
        "first": call.first_id,
        "replay_of": call.replay_of,
        "asked_by": call.asked_by,
    }


def whole_call_json(call: Call, veil: Veil) -> dict[str, Any]:
    """One call with the version it came under, what came, what was answered, and why; as ``veil``,
    which has learned of the call, has it."""
    shown = veiled_answer(answer_of(call.answer), veil) if call.answer else None
    return {
        **call_json(call, call.variables, veil),
        "version": version_number(call),
        "request": {
            "method": call.method,
            "headers": dict(veil.headers(headers_of(call.headers))),
            "query": veil.query(call.query),
            "body": veil.data(storable(call.body)),
            "body_bytes": call.body_size,
            "truncated": call.verdict == Verdict.REFUSED and call.body_size > len(call.body),
        },
        "response": answer_json(shown) if shown else {"status": call.status} | _NOTHING,
        "explanation": veil.explained(json.loads(call.explanation or "{}")),
    }


def answer_json(answer: Answer) -> dict[str, Any]:
    """An answer; its body as a value where it is JSON, else as text."""
    return {
        "status": answer.status,
        "headers": dict(answer.headers),
        "body": _value(answer),
    }


def rehearsal_json(decision: Decision) -> dict[str, Any]:
    """What a rehearsal came to: the answer, the rule that matched, and why."""
    return {
        **answer_json(decision.answer),
        "rule": decision.rule,
        "error": decision.error,
        "events": [{"type": kind, "data": json.loads(data)} for kind, data in decision.publish],
        "explanation": {"rules": list(decision.explanation)},
    }


def preview_json(preview: Preview) -> dict[str, Any]:
    """What a change would do to the latest calls."""
    return {
        "looked_at": preview.looked_at,
        "ran_out": preview.ran_out,
        "differ": len(preview.differences),
        "items": [_difference_json(one) for one in preview.differences],
        "asks_others": preview.asks_others,
        "left_out": list(preview.at_the_door),
    }


def _difference_json(difference: Difference) -> dict[str, Any]:
    return {
        "call": difference.call,
        "at": moment_text(difference.at),
        "what": list(difference.what),
        "before": rehearsal_json(difference.before),
        "after": rehearsal_json(difference.after),
    }


def version_json(
    version: TriggerVersion, current: int, changes: Sequence[Change]
) -> dict[str, Any]:
    """A version: who made it, when, and the members that it changed."""
    return {
        "number": version.number,
        "created_at": moment_text(version.created_at),
        "author": version.author,
        "current": version.number == current,
        "changed": list(dict.fromkeys(one.root for one in changes)),
    }


def whole_version_json(
    version: TriggerVersion, current: int, changes: Sequence[Change]
) -> dict[str, Any]:
    """A version with its whole configuration, but for secrets, which are sealed beside it."""
    told = version_json(version, current, changes)
    return {**told, "configuration": _seen(version.configuration)}


def _seen(configuration: dict[str, Any]) -> dict[str, Any]:
    """``configuration`` as whoever is asking may see it: for some without what its rules carry to
    other addresses beside the body, and without the token that proves whose the address is."""
    auth = configuration["auth"]
    if auth.get("verify_token"):
        auth = {**auth, "verify_token": hidden_secret(auth["verify_token"])}
    rules = [_rule_seen(rule) for rule in configuration["rules"]]
    return {**configuration, "auth": auth, "rules": rules}


def _rule_seen(rule: dict[str, Any]) -> dict[str, Any]:
    call = rule.get("call")
    if not call:
        return rule
    sent = {name: hidden_secret(value) for name, value in call.get("headers", {}).items()}
    return {**rule, "call": {**call, "url": address(call["url"]), "headers": sent}}


_NOTHING: dict[str, Any] = {"headers": {}, "body": None}


def _value(answer: Answer) -> Any:
    kind = next((value for name, value in answer.headers if name.lower() == "content-type"), "")
    text = answer.body.decode("utf-8", "replace")
    if "json" not in kind.lower():
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
