"""The variables of a trigger, as a form asks for them: three tables of rows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wtforms import BooleanField, Field, HiddenField, StringField, TextAreaField

from portal.domain.problems import Problem
from portal.domain.samples import Row
from portal.domain.triggers.variables import KEYS, MAX_VARIABLES
from portal.web.forms import Form
from portal.web.messages import message

PARTS = tuple(KEYS)


@dataclass
class Variable:
    """One row: ``path`` is a header's name in the first table."""

    path: str = ""
    alias: str = ""
    errors: list[str] = field(default_factory=list)


class VariablesField(Field):
    """Rows of a table, each sent as a path and an alias."""

    data: list[Variable]

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Take the rows from what was sent, or from what is saved."""
        self.errors = []
        if not formdata:
            self.data = [Variable(**row) for row in data or ()] if isinstance(data, list) else []
            return
        pairs = (formdata.getlist(f"{self.name}_{part}") for part in ("path", "alias"))
        self.data = [Variable(*pair) for pair in zip(*pairs, strict=False)]

    def rows(self, key: str) -> list[dict[str, str]]:
        """The rows in which anything stands, as the API would take them."""
        self.data = [row for row in self.data if row.path.strip() or row.alias.strip()]
        return [
            {key: row.path.strip()} | ({"alias": row.alias.strip()} if row.alias.strip() else {})
            for row in self.data
        ]


class VariableFields(Form):
    """The part of a trigger's form that says what is read from a call."""

    variables_headers = VariablesField()
    variables_query = VariablesField()
    variables_body = VariablesField()
    query_sample = StringField()
    body_sample = TextAreaField()
    by_index = BooleanField()
    # What the last parsing saw, mapped or not, as JSON.
    sample = HiddenField()

    def variable_values(self) -> dict[str, Any]:
        """The variables that were asked for, as the API would take them."""
        rows = {part: self[f"variables_{part}"].rows(key) for part, key in KEYS.items()}
        return rows | ({"sample": self.seen()} if self.sample.data else {})

    def seen(self) -> dict[str, Any]:
        """What the last parsing saw: lists of path and type by part."""
        try:
            seen = json.loads(self.sample.data or "{}")
        except ValueError:
            return {}
        return seen if isinstance(seen, dict) else {}

    def types(self, part: str) -> dict[str, str]:
        """The type of each path of ``part`` that the last parsing saw."""
        rows = self.seen().get(part)
        known = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        return {str(row.get("path")): str(row.get("type")) for row in known}

    def map(self, part: str, rows: Sequence[Row]) -> int:
        """Add what ``rows`` of a sample hold and the table of ``part`` does not; how many rows
        found no room. What is mapped keeps its path and alias."""
        table = self[f"variables_{part}"]
        mapped = {one.path.strip() for one in table.data}
        fresh = [Variable(row.path) for row in rows if row.path not in mapped]
        room = max(0, MAX_VARIABLES - len(table.data))
        table.data = [*table.data, *fresh[:room]]
        seen = [{"path": row.path, "type": row.type} for row in rows]
        self.sample.data = json.dumps(self.seen() | {part: seen}, ensure_ascii=False)
        return len(fresh) - min(room, len(fresh))

    def blame(self, problem: Problem) -> bool:
        """Put ``problem`` beside its row, if it is one of a row."""
        root, part, *rest = [*problem.pointer.strip("/").split("/"), ""]
        if root != "variables" or part not in PARTS:
            return False
        table, words = self[f"variables_{part}"], message(problem.code, problem.params)
        table.errors = [*table.errors, words]
        if rest[0].isdigit() and int(rest[0]) < len(table.data):
            table.data[int(rest[0])].errors.append(words)
        return True


def variables_shown(variables: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a form for the variables that are saved."""
    shown: dict[str, Any] = {
        f"variables_{part}": [
            {"path": row[key], "alias": row.get("alias", "")} for row in variables[part]
        ]
        for part, key in KEYS.items()
    }
    if "sample" in variables:
        shown["sample"] = json.dumps(variables["sample"], ensure_ascii=False)
    return shown
