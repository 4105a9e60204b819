"""The buttons of a trigger's form that change its tables and save nothing."""

from collections.abc import Callable, Sequence
from typing import Any

from portal.domain.masking import Veil
from portal.domain.problems import Problem
from portal.domain.query_strings import BadQuery
from portal.domain.samples import rows_of
from portal.domain.storable import storable
from portal.domain.strict_json import JsonRefused, parse
from portal.domain.triggers.parsing import rows_of_query
from portal.models import Call
from portal.web.forms.trigger import TriggerForm
from portal.web.forms.trigger_variables import PARTS, Variable

# A longer sample is parsed and not put into the page, which would have to send it again.
LONGEST_SHOWN = 64 * 1024

Latest = Callable[[], Sequence[Call]]


def redraw(form: TriggerForm, pressed: str, latest: Latest, veil: Veil) -> None:
    """Do to ``form`` what the button ``pressed`` asks for: "parse:body", "take:call",
    "add:query" or "remove:body:3". ``latest`` finds the latest accepted call, if there is one, of
    which ``veil`` says what is shown."""
    verb, _, rest = pressed.partition(":")
    part, _, place = rest.partition(":")
    if pressed == "take:call":
        _take(form, latest(), veil)
    elif verb == "parse" and part in ("query", "body"):
        (_parse_query if part == "query" else _parse_body)(form)
    elif verb == "add" and part in PARTS:
        form[f"variables_{part}"].data.append(Variable())
    elif verb == "remove" and part in PARTS and place.isdecimal():
        table = form[f"variables_{part}"]
        table.data = [row for at, row in enumerate(table.data) if at != int(place)]


def _parse_query(form: TriggerForm) -> None:
    pasted = form.query_sample.data or ""
    try:
        rows = rows_of_query(pasted)
    except BadQuery as bad:
        form.attach([Problem("/query_sample", bad.code)])
        return
    if not rows:
        form.attach([Problem("/query_sample", "no_parameters")])
        return
    _mapped(form, "query", form.map("query", rows))


def _parse_body(form: TriggerForm) -> None:
    text = form.body_sample.data or ""
    if not text.strip():
        form.attach([Problem("/body_sample", "required")])
        return
    _map_body(form, text.encode("utf-8", "replace"))


def _map_body(
    form: TriggerForm, raw: bytes, is_shown: Callable[[str], bool] = lambda _path: True
) -> None:
    try:
        value = parse(raw)
    except JsonRefused as refused:
        form.attach([Problem("/body_sample", refused.code, refused.place)])
        return
    rows = [row for row in rows_of(value, bool(form.by_index.data)) if is_shown(row.path)]
    if not rows:
        form.attach([Problem("/body_sample", "nothing_to_read")])
        return
    _mapped(form, "body", form.map("body", rows))


def _mapped(form: TriggerForm, part: str, left_out: int) -> None:
    if left_out:
        form.attach([Problem(f"/{part}_sample", "too_many_paths", {"left": left_out})])


def _take(form: TriggerForm, calls: Sequence[Call], veil: Veil) -> None:
    if not calls:
        form.attach([Problem("/body_sample", "no_call_yet")])
        return
    call = calls[0]
    if call.query:
        form.query_sample.data = veil.query(call.query)
        _parse_query(form)
    if call.body:
        is_short = len(call.body) <= LONGEST_SHOWN
        form.body_sample.data = veil.data(storable(call.body)) if is_short else ""
        _map_body(form, call.body, lambda path: not veil.covers(f"body.{path}"))


def examples(form: TriggerForm) -> dict[str, dict[str, Any]]:
    """A value for each path of the samples that stand in the form, by part; containers have
    none."""
    found: dict[str, dict[str, Any]] = {"query": {}, "body": {}}
    try:
        rows = rows_of_query(form.query_sample.data or "")
        found["query"] = {row.path: row.sample for row in rows}
        body = parse((form.body_sample.data or "").encode("utf-8", "replace"))
    except (BadQuery, JsonRefused):
        return found
    found["body"] = {
        row.path: row.sample for indexed in (False, True) for row in rows_of(body, indexed)
    }
    return found
