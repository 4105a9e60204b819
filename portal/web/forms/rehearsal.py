"""«جرّب»: what a call might bring, typed, pasted, or taken from a call on record."""

import json
from collections.abc import Sequence
from typing import Any

from wtforms import StringField, TextAreaField

from portal.domain.calls import headers_of, kept_replies
from portal.domain.masking import Veil
from portal.domain.paths import MISSING
from portal.domain.problems import Problem, Refused
from portal.domain.storable import storable
from portal.domain.strict_json import JsonRefused, parse
from portal.domain.triggers.outside import OutsideReply, said_by
from portal.models import Call
from portal.web.forms import Form
from portal.web.forms.rule_values import json_text
from portal.web.forms.typed_json import typed_json


class RehearsalForm(Form):
    """The fields of a call that is only tried."""

    headers = TextAreaField()
    query = StringField()
    body = TextAreaField()
    calls = TextAreaField()

    def pairs(self) -> Sequence[tuple[str, str]]:
        """The headers, one ``Name: value`` a line; raises :class:`Refused`."""
        lines = [line.strip() for line in (self.headers.data or "").splitlines()]
        parts = [line.partition(":") for line in lines if line]
        if not all(name.strip() and colon for name, colon, _ in parts):
            raise Refused(Problem("/headers", "bad_header_line"))
        return [(name.strip(), value.strip()) for name, _, value in parts]

    def value(self) -> Any:
        """The JSON value of the body, MISSING where there is none; raises :class:`Refused`."""
        return typed_json("/body", self.body.data, MISSING)

    def replies(self) -> dict[str, OutsideReply]:
        """What other addresses are taken to say, by name; raises :class:`Refused`."""
        value = typed_json("/calls", self.calls.data, MISSING)
        return {} if value is MISSING else said_by(value)

    @classmethod
    def of(cls, call: Call, veil: Veil) -> "RehearsalForm":
        """The form with what ``call`` brought, as far as it is kept and ``veil``, which has learned
        of it, shows it."""
        lines = [f"{name}: {value}" for name, value in veil.headers(headers_of(call.headers))]
        replies = kept_replies(call.explanation)
        said = {name: veil.reply(reply.value) for name, reply in replies.items()}
        return cls(
            formdata=None,
            headers="\n".join(lines),
            query=veil.query(call.query),
            body=_pretty(veil.data(storable(call.body)).encode() if veil else call.body),
            calls=json_text(said, indent=2) if said else "",
        )


class SampleForm(RehearsalForm):
    """The same fields inside a rule's form, which is tried before it is saved."""

    def __init__(self, **given: Any) -> None:
        super().__init__(prefix="sample-", **given)


def _pretty(body: bytes) -> str:
    """A body as people can change it; to the letter where it is no JSON."""
    try:
        value = parse(body) if body else MISSING
    except JsonRefused:
        return storable(body)
    return "" if value is MISSING else json.dumps(value, ensure_ascii=False, indent=2)
