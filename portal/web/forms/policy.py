"""A policy's form."""

import re
from typing import Any

from wtforms import BooleanField, StringField, TextAreaField

from portal.domain.policies import PolicyDraft
from portal.web.forms import Form
from portal.web.forms.numbers import whole

NUMBERS = (
    "batch_size",
    "batch_wait_seconds",
    "per_minute",
    "in_flight",
    "timeout_seconds",
    "expires_after_seconds",
)


class PolicyForm(Form):
    """The fields of a policy, under the API's names; numbers may be typed in Arabic digits."""

    name = StringField()
    description = TextAreaField()
    batch_size = StringField()
    batch_wait_seconds = StringField()
    ordered = BooleanField()
    per_minute = StringField()
    in_flight = StringField()
    timeout_seconds = StringField()
    retry_delays = StringField()
    expires_after_seconds = StringField()

    def values(self) -> dict[str, Any]:
        """What was typed, as the API would take it; what is no number stays a text."""
        numbers = {name: whole(self[name].data) for name in NUMBERS}
        return {
            "name": self.name.data or "",
            "description": (self.description.data or "").replace("\r\n", "\n"),
            "ordered": bool(self.ordered.data),
            "retry_delays": [whole(part) for part in _parts(self.retry_delays.data)],
            **numbers,
        }

    @classmethod
    def of(cls, draft: PolicyDraft) -> "PolicyForm":
        """The form as it is shown for ``draft``."""
        shown = {name: getattr(draft, name) for name in draft.__dataclass_fields__}
        # As they would be typed: a page shows an empty field for the number 0.
        shown |= {name: "" if shown[name] is None else str(shown[name]) for name in NUMBERS}
        delays = "، ".join(str(delay) for delay in draft.retry_delays)
        return cls(**{**shown, "retry_delays": delays})


def _parts(text: str | None) -> list[str]:
    return [part for part in re.split(r"[\s,،;]+", text or "") if part]
