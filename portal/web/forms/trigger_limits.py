"""The limits of a trigger, and by what a repeated call is told, as a form asks for them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from wtforms import StringField, TextAreaField

from portal.domain.signatures.presets import PRESETS
from portal.domain.triggers.limits import LIMITS, MAX_BODY_BYTES
from portal.web.forms import Form
from portal.web.forms.numbers import decimal, whole

KIB = 1024
MAX_BODY_KIB = MAX_BODY_BYTES // KIB
# What stands in the list of sources for the one that the sender is known to have.
SUGGESTED = "suggested"


class LimitFields(Form):
    """The part of a trigger's form that says how much, how often and from where."""

    body_kib = StringField(default=str(LIMITS["body_bytes"] // KIB))
    per_minute = StringField()
    addresses = TextAreaField()
    dedupe = StringField(default=SUGGESTED)
    dedupe_name = StringField()

    def limit_values(self) -> dict[str, Any]:
        """The limits that were asked for, as the API would take them."""
        kib = decimal(self.body_kib.data)
        lines = [line.strip() for line in (self.addresses.data or "").splitlines()]
        return {
            "body_bytes": None if kib is None else int(kib * KIB),
            "per_minute": whole(self.per_minute.data),
            "addresses": [line for line in lines if line],
        }

    def dedupe_values(self, auth: Mapping[str, Any]) -> dict[str, str] | None:
        """By what a repeat is told, as the API would take it, under the authentication ``auth``."""
        if self.dedupe.data == SUGGESTED:
            return suggested(auth)
        if not self.dedupe.data:
            return None
        return {"from": f"{self.dedupe.data}:{(self.dedupe_name.data or '').strip()}"}


def suggested(auth: Mapping[str, Any]) -> dict[str, str] | None:
    """By what repeats of the sender in ``auth`` are known to be told."""
    preset = PRESETS.get(auth.get("preset", ""))
    return {"from": preset.dedupe} if preset and preset.dedupe else None


def limits_shown(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a form for the limits that are saved."""
    limits, dedupe = configuration["limits"], configuration["dedupe"]
    part, _, name = (dedupe or {"from": ""})["from"].partition(":")
    if dedupe and dedupe == suggested(configuration["auth"]):
        part, name = SUGGESTED, ""
    return {
        "body_kib": f"{Decimal(limits['body_bytes']) / KIB:f}",
        "per_minute": "" if limits["per_minute"] is None else str(limits["per_minute"]),
        "addresses": "\n".join(limits["addresses"]),
        "dedupe": part,
        "dedupe_name": name,
    }
