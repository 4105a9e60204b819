"""What may be saved as a trigger: a draft, read from the API's JSON, with all that is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.domain.fields import Fields
from portal.domain.folding import fold
from portal.domain.problems import Problem
from portal.domain.signatures.presets import PRESETS
from portal.domain.storable import storable
from portal.domain.triggers.answers import ACCEPTED, FAILED, OK, read_answer, read_no_answer
from portal.domain.triggers.auth import Secrets, read_auth
from portal.domain.triggers.limits import LIMITS, read_dedupe, read_limits
from portal.domain.triggers.rules import MAX_RULES, read_rule
from portal.domain.triggers.variables import NO_VARIABLES, read_variables

MAX_NAME, MAX_FOLDED = 200, 400
MODES = ("async", "sync")
# How long a caller is kept waiting for a synchronous run, in seconds (design §5).
DEADLINE_SECONDS, MAX_DEADLINE_SECONDS = 10, 120

DEFAULTS: Mapping[str, Any] = {
    "mode": "async",
    "auth": {"kind": "none"},
    "variables": NO_VARIABLES,
    "response": OK,
    "on_error": FAILED,
    "accepted": ACCEPTED,
    "deadline_seconds": DEADLINE_SECONDS,
    "rules": [],
    "limits": LIMITS,
    "dedupe": None,
}
MEMBERS = ("name", "enabled", *DEFAULTS)
# What an answer shows and a program may hand back unchanged.
SHOWN_ONLY = ("id", "url", "version", "created_at", "updated_at")


@dataclass(frozen=True)
class TriggerDraft:
    """A trigger as somebody wants it to be; ``configuration`` has every member of DEFAULTS."""

    name: str = ""
    enabled: bool = True
    configuration: Mapping[str, Any] = field(default_factory=lambda: dict(DEFAULTS))
    secrets: Secrets = field(default_factory=Secrets)


def read_trigger(value: Any, base: TriggerDraft) -> TriggerDraft:
    """The trigger that the parsed JSON ``value`` describes; what it leaves out stays as in
    ``base``, secrets too.

    Raises :class:`portal.domain.problems.Refused` with everything that is wrong.
    """
    fields, old = Fields(value), base.configuration
    fields.only(*MEMBERS, *SHOWN_ONLY)
    name = fields.text("name", base.name).strip()
    fields.problems += _name_problems(name)
    auth, secrets = fields.inner(
        "auth",
        (old["auth"], base.secrets),
        lambda given: read_auth(given, old["auth"], base.secrets),
    )
    configuration = {
        "mode": fields.one_of("mode", old["mode"], MODES),
        "auth": auth,
        "variables": fields.inner(
            "variables", old["variables"], lambda given: read_variables(given, old["variables"])
        ),
        "response": fields.inner("response", old["response"], read_answer),
        "on_error": fields.inner("on_error", old["on_error"], read_answer),
        "accepted": fields.inner("accepted", old["accepted"], read_no_answer),
        "deadline_seconds": fields.integer(
            "deadline_seconds", _deadline(auth, old), 1, MAX_DEADLINE_SECONDS
        ),
        "rules": fields.each("rules", old["rules"], read_rule, MAX_RULES),
        "limits": fields.inner(
            "limits", old["limits"], lambda given: read_limits(given, old["limits"])
        ),
        "dedupe": fields.inner("dedupe", old["dedupe"], read_dedupe),
    }
    enabled = fields.flag("enabled", base.enabled)
    fields.done()
    return TriggerDraft(name, enabled, configuration, secrets)


def folded_name(name: str) -> str:
    """The form by which names of triggers are searched."""
    return fold(name)[:MAX_FOLDED]


def _deadline(auth: Mapping[str, Any], old: Mapping[str, Any]) -> int:
    """How long a caller waits when nobody has said: what its sender is known to wait."""
    key = auth.get("preset")
    if key is None or key == old["auth"].get("preset"):
        return old["deadline_seconds"]
    return PRESETS[key].deadline_seconds


def _name_problems(name: str) -> list[Problem]:
    if not name:
        return [Problem("/name", "required")]
    if storable(name) != name:
        return [Problem("/name", "bad_character")]
    if len(name) > MAX_NAME:
        return [Problem("/name", "bad_length", {"min": 1, "max": MAX_NAME})]
    return []
