"""Rows as the API shows them."""

import json
from typing import Any

from flask import Response

from portal.domain.envelope import moment_text
from portal.domain.masking import Veil
from portal.domain.policies import PolicyDraft
from portal.models import Attempt, Delivery, Event, EventType, Hook, Policy, now
from portal.pipeline.hooks import headers_of, public_key_of
from portal.queries.delivery_views import header_pairs
from portal.queries.events import Route
from portal.queries.hooks import ends_at, state_of
from portal.web.seeing import address, hidden_secret


def answer(value: Any, status: int = 200) -> Response:
    """``value`` as JSON, Arabic left readable."""
    text = json.dumps(value, ensure_ascii=False)
    return Response(text + "\n", status=status, mimetype="application/json")


def hook_json(hook: Hook, secret: str | None = None) -> dict[str, Any]:
    """A hook; its ``secret`` only in the answer that made it. For who sees no secrets, its
    headers stand without their values, and its address without a query."""
    ends = ends_at(hook)
    shown = {
        "id": hook.id,
        "name": hook.name,
        "description": hook.description,
        "event_types": hook.event_types,
        "policy": hook.policy.slug,
        "url": address(hook.url),
        "headers": {name: hidden_secret(value) for name, value in headers_of(hook).items()},
        "enabled": hook.enabled,
        "signature": hook.signature,
        "filter": hook.filter,
        "state": state_of(hook),
        "switch_off_at": moment_text(max(ends, now())) if ends else None,
        "created_at": moment_text(hook.created_at),
    }
    if hook.signature == "ed25519":
        shown["public_key"] = public_key_of(hook)
    return shown if secret is None else {**shown, "secret": secret}


def policy_json(policy: Policy) -> dict[str, Any]:
    """A policy."""
    shown = {name: getattr(policy, name) for name in PolicyDraft.__dataclass_fields__}
    return {**shown, "builtin": policy.account_id is None}


def event_type_json(kind: EventType) -> dict[str, Any]:
    """An event type."""
    return {
        "key": kind.key,
        "label": kind.label,
        "group": kind.group,
        "description": kind.description,
        "example": json.loads(kind.example),
        "schema": kind.schema,
    }


def event_json(event: Event, routing: list[Route], veil: Veil) -> dict[str, Any]:
    """An event with its data, as ``veil`` has it, and what became of it at every hook."""
    return {
        "id": event.id,
        "type": event.type,
        "occurred_at": moment_text(event.occurred_at),
        "created_at": moment_text(event.created_at),
        "data": json.loads(veil.data(event.data)),
        "routing": [
            {"hook": route.hook_id, "matched": route.matched, "reason": route.reason}
            for route in routing
        ],
    }


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    """A delivery as the list shows it."""
    last = None
    if delivery.last_at is not None:
        last = {
            "status_code": delivery.last_status_code,
            "error": delivery.last_error,
            "at": moment_text(delivery.last_at),
        }
    return {
        "id": delivery.id,
        "hook": delivery.hook_id,
        "event": delivery.event_id,
        "event_type": delivery.event_type,
        "state": delivery.state,
        "due_at": moment_text(delivery.due_at),
        "attempt_count": delivery.attempt_count,
        "last": last,
        "message_id": delivery.message_id,
        "created_at": moment_text(delivery.created_at),
    }


def attempt_json(attempt: Attempt, body: str, veil: Veil) -> dict[str, Any]:
    """One POST; ``body`` is what went out, of which ``veil`` has learned."""
    return {
        "id": attempt.id,
        "started_at": moment_text(attempt.started_at),
        "duration_ms": attempt.duration_ms,
        "url": address(attempt.url),
        "status_code": attempt.status_code,
        "error": attempt.error,
        "asked_by": attempt.asked_by,
        "deliveries": attempt.deliveries,
        "request": {
            "headers": dict(veil.headers(header_pairs(attempt.request_headers))),
            "body": body,
        },
        "response": {
            "headers": dict(veil.answer_headers(header_pairs(attempt.response_headers))),
            "body": veil.answer(attempt.response_body or ""),
            "truncated": attempt.truncated,
        },
    }
