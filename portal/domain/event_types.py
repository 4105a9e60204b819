"""What may be saved as an event type of an account's own (contract §3)."""

import json
from dataclasses import dataclass, field
from typing import Any

from portal.domain.events import is_event_type
from portal.domain.fields import Fields
from portal.domain.json_schemas import schema_problems
from portal.domain.problems import Problem

LARGEST_EXAMPLE = LARGEST_SCHEMA = 64 * 1024


@dataclass(frozen=True)
class EventTypeDraft:
    """An event type as somebody wants it to be; ``example`` is the data of an example event."""

    key: str = ""
    label: str = ""
    group: str = ""
    description: str = ""
    example: dict[str, Any] = field(default_factory=dict)
    schema: dict[str, Any] | None = None


def read_event_type(value: Any, base: EventTypeDraft) -> EventTypeDraft:
    """The event type that the parsed JSON ``value`` describes, on top of ``base``.

    Raises :class:`portal.domain.problems.Refused`.
    """
    fields = Fields(value)
    draft = EventTypeDraft(
        key=fields.text("key", base.key),
        label=fields.text("label", base.label).strip(),
        group=fields.text("group", base.group).strip(),
        description=fields.text("description", base.description),
        example=fields.anything("example", base.example),
        schema=fields.anything("schema", base.schema),
    )
    if not is_event_type(draft.key):
        fields.problems.append(Problem("/key", "bad_event_type"))
    fields.problems += _text_problems(draft) + _json_problems(draft)
    fields.done()
    return draft


def _text_problems(draft: EventTypeDraft) -> list[Problem]:
    problems = [] if draft.label else [Problem("/label", "required")]
    for name, text, most in (
        ("label", draft.label, 200),
        ("group", draft.group, 200),
        ("description", draft.description, 2000),
    ):
        if len(text) > most:
            problems.append(Problem(f"/{name}", "bad_length", {"min": 0, "max": most}))
    return problems


def _json_problems(draft: EventTypeDraft) -> list[Problem]:
    problems = []
    if not isinstance(draft.example, dict):
        problems.append(Problem("/example", "not_an_object"))
    elif len(json.dumps(draft.example)) > LARGEST_EXAMPLE:
        problems.append(Problem("/example", "bad_length", {"min": 0, "max": LARGEST_EXAMPLE}))
    if draft.schema is None:
        return problems
    if not isinstance(draft.schema, dict):
        problems.append(Problem("/schema", "not_an_object"))
    elif len(json.dumps(draft.schema)) > LARGEST_SCHEMA:
        problems.append(Problem("/schema", "bad_length", {"min": 0, "max": LARGEST_SCHEMA}))
    return problems or schema_problems(draft.schema, draft.example)
