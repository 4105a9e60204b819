"""An event type's form."""

from typing import Any

from wtforms import StringField, TextAreaField

from portal.domain.event_types import EventTypeDraft
from portal.domain.problems import Problem, Refused
from portal.web.forms import Form
from portal.web.forms.rule_values import json_text
from portal.web.forms.typed_json import typed_json


class EventTypeForm(Form):
    """The fields of an event type, under the API's names; two of them hold JSON."""

    key = StringField()
    label = StringField()
    group = StringField()
    description = TextAreaField()
    example = TextAreaField()
    schema = TextAreaField()

    def values(self, key: str | None = None) -> dict[str, Any]:
        """What was typed, as the API would take it; ``key`` stands for the typed one where it
        cannot change. Raises :class:`Refused` for what is no JSON."""
        problems: list[Problem] = []
        made = {
            "key": key or (self.key.data or "").strip(),
            "label": self.label.data or "",
            "group": self.group.data or "",
            "description": (self.description.data or "").replace("\r\n", "\n"),
            "example": _read("/example", self.example.data, {}, problems),
            "schema": _read("/schema", self.schema.data, None, problems),
        }
        if problems:
            raise Refused(*problems)
        return made

    @classmethod
    def of(cls, draft: EventTypeDraft) -> "EventTypeForm":
        """The form as it is shown for ``draft``."""
        shown = dict(draft.__dict__)
        shown["example"] = json_text(draft.example, indent=2)
        shown["schema"] = "" if draft.schema is None else json_text(draft.schema, indent=2)
        return cls(formdata=None, **shown)


def _read(pointer: str, typed: str | None, empty: Any, problems: list[Problem]) -> Any:
    try:
        return typed_json(pointer, typed, empty)
    except Refused as refused:
        problems += refused.problems
        return empty
