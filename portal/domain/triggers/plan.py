"""A configuration made ready: parsed, compiled and immutable, so that a call costs little."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.domain.conditions import Group, read_conditions
from portal.domain.paths import Path, parse_path
from portal.domain.signatures.presets import PRESETS, Preset
from portal.domain.signatures.scheme import Scheme
from portal.domain.triggers.answering import Template, template_of
from portal.domain.triggers.auth import Secrets, basic_pair, scheme_of
from portal.domain.triggers.limits import Network, dedupe_path, network
from portal.domain.triggers.outside import PlannedCall, planned_call
from portal.domain.triggers.variables import full_paths


@dataclass(frozen=True, slots=True)
class PlannedRule:
    """A rule that is on. ``when`` None means always; ``response`` None is the default of 200."""

    name: str
    number: int
    when: Group | None
    call: PlannedCall | None
    publish: tuple[tuple[str, Any], ...]
    response: Template | None

    @property
    def only_asks(self) -> bool:
        """Whether all it does is call another address, for later rules to look at the reply."""
        return self.call is not None and not self.publish and self.response is None


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a call of one trigger, in one version of it, is judged and answered by."""

    mode: str
    auth: str
    basic: bytes | None
    scheme: Scheme | None
    preset: Preset | None
    secrets: Secrets
    verify_token: str | None
    networks: tuple[Network, ...]
    per_minute: int | None
    body_bytes: int
    dedupe: Path | None
    variables: tuple[tuple[str, Path], ...]
    rules: tuple[PlannedRule, ...]
    response: Template
    on_error: Template
    accepted: Template | None
    deadline_seconds: int

    @property
    def is_sync(self) -> bool:
        """Whether the caller waits for the rules."""
        return self.mode == "sync"

    @property
    def asks_others(self) -> bool:
        """Whether a run may have to wait for another address."""
        return any(rule.call is not None for rule in self.rules)

    @property
    def signing_secrets(self) -> Sequence[str]:
        """What a signature may have been made with, the newest first."""
        return [one for one in (self.secrets.secret, self.secrets.previous_secret) if one]


def plan_of(configuration: Mapping[str, Any], secrets: Secrets) -> Plan:
    """The plan of a configuration that was accepted once."""
    auth, limits = configuration["auth"], configuration["limits"]
    dedupe, accepted = configuration["dedupe"], configuration["accepted"]
    basic = None
    if auth["kind"] == "basic" and secrets.password:
        basic = basic_pair(auth["username"], secrets.password)
    return Plan(
        mode=configuration["mode"],
        auth=auth["kind"],
        basic=basic,
        scheme=scheme_of(auth),
        preset=PRESETS.get(auth.get("preset", "")),
        secrets=secrets,
        verify_token=auth.get("verify_token"),
        networks=tuple(network(text) for text in limits["addresses"]),
        per_minute=limits["per_minute"],
        body_bytes=limits["body_bytes"],
        dedupe=parse_path(dedupe_path(dedupe["from"])) if dedupe else None,
        variables=tuple(
            (text, parse_path(text)) for text in full_paths(configuration["variables"])
        ),
        rules=tuple(
            _planned(number, rule)
            for number, rule in enumerate(configuration["rules"], start=1)
            if rule["enabled"]
        ),
        response=template_of(configuration["response"]),
        on_error=template_of(configuration["on_error"]),
        accepted=template_of(accepted) if accepted else None,
        deadline_seconds=configuration["deadline_seconds"],
    )


def _planned(number: int, rule: Mapping[str, Any]) -> PlannedRule:
    when, call, response = rule["when"], rule.get("call"), rule.get("response")
    return PlannedRule(
        name=rule["name"] or f"#{number}",
        number=number,
        when=None if when is None else read_conditions(when),
        call=None if call is None else planned_call(call),
        publish=tuple((one["type"], one["data"]) for one in rule["publish"]),
        response=None if response is None else template_of(response),
    )
