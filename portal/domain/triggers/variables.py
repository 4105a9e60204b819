"""The variables of a trigger: what is read from headers, query and body, and under which names."""

from collections.abc import Mapping, Sequence
from typing import Any

from portal.domain.fields import Fields
from portal.domain.headers import is_name
from portal.domain.paths import BadPath, Path, parse_path, path_text
from portal.domain.problems import Problem
from portal.domain.storable import storable

# The parts of a call that variables are read from, and what names a variable in each.
KEYS = {"headers": "name", "query": "path", "body": "path"}
NO_VARIABLES: Mapping[str, Any] = {"headers": [], "query": [], "body": []}
MAX_VARIABLES, MAX_ALIAS = 300, 100
MAX_SAMPLE_ROWS = 1000


def read_variables(value: Any, old: Mapping[str, Any]) -> dict[str, Any]:
    """The variables that ``value`` describes; parts it leaves out stay as in ``old``.

    ``sample`` is what the last parsing saw, mapped or not: ``{"query": [{"path", "type"}],
    "body": […]}``. Raises :class:`portal.domain.problems.Refused`.
    """
    fields = Fields(value)
    fields.only(*KEYS, "sample")
    made: dict[str, Any] = {
        "headers": fields.each("headers", old["headers"], _read_header, MAX_VARIABLES),
        "query": fields.each("query", old["query"], _read_row, MAX_VARIABLES),
        "body": fields.each("body", old["body"], _read_row, MAX_VARIABLES),
    }
    sample = fields.inner("sample", old.get("sample"), _read_sample)
    if sample is not None:
        made["sample"] = sample
    for part, key in KEYS.items():
        fields.problems += _repeated(part, key, made[part])
    fields.done()
    return made


def full_paths(variables: Mapping[str, Any]) -> list[str]:
    """The full path of every variable, in the order of the parts: ``body.order.id``."""
    return [
        *(path_text(Path(("headers", row["name"]))) for row in variables["headers"]),
        *(full_path("query", row["path"]) for row in variables["query"]),
        *(full_path("body", row["path"]) for row in variables["body"]),
    ]


def full_path(part: str, path: str) -> str:
    """A row's ``path`` as rules name it: ``items[].id`` of the body is ``body.items[].id``."""
    return part + path if path.startswith("[") else f"{part}.{path}"


def _read_header(value: Any) -> dict[str, str]:
    fields = Fields(value)
    fields.only("name", "alias")
    name = fields.text("name", "").strip()
    if not is_name(name):
        fields.problems.append(Problem("/name", "bad_header_name", {"name": name}))
    return _with_alias({"name": name}, fields)


def _read_row(value: Any) -> dict[str, str]:
    fields = Fields(value)
    fields.only("path", "alias")
    return _with_alias({"path": _read_path(fields)}, fields)


def _read_sample(value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    fields = Fields(value)
    fields.only("query", "body")
    sample = {
        part: fields.each(part, [], _read_sample_row, MAX_SAMPLE_ROWS) for part in ("query", "body")
    }
    fields.done()
    return sample


def _read_sample_row(value: Any) -> dict[str, str]:
    fields = Fields(value)
    row = {"path": _read_path(fields), "type": fields.text("type", "")[:16]}
    fields.done()
    return row


def _read_path(fields: Fields) -> str:
    text = fields.text("path", "").strip()
    try:
        path = parse_path(full_path("body", text)) if text else None
    except BadPath:
        path = None
    if path is None:
        fields.problems.append(Problem("/path", "bad_path"))
        return ""
    return path_text(path).removeprefix("body").removeprefix(".")


def _with_alias(row: dict[str, str], fields: Fields) -> dict[str, str]:
    alias = (fields.optional_text("alias") or "").strip()
    if len(alias) > MAX_ALIAS:
        fields.problems.append(Problem("/alias", "bad_length", {"min": 0, "max": MAX_ALIAS}))
    if storable(alias) != alias:
        fields.problems.append(Problem("/alias", "bad_character"))
    fields.done()
    return {**row, "alias": alias} if alias else row


def _repeated(part: str, key: str, rows: Sequence[Mapping[str, str]]) -> list[Problem]:
    # Names of headers are the same whatever their case (RFC 9110 §5.1).
    names = [row[key].lower() if part == "headers" else row[key] for row in rows]
    return [
        Problem(f"/{part}/{place}/{key}", "variable_twice", {"name": rows[place][key]})
        for place, name in enumerate(names)
        if name in names[:place]
    ]
