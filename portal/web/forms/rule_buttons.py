"""The buttons of a rule's form that change what stands in it and save nothing."""

from collections.abc import Mapping
from typing import Any

from portal.domain.strict_json import JsonRefused
from portal.web.forms.flat import FlatForm
from portal.web.forms.rule_actions import EVENTS
from portal.web.forms.rule_conditions import blank
from portal.web.forms.rule_names import place_after, without
from portal.web.forms.rule_values import json_text, template_read
from portal.web.forms.trigger_answers import body_read
from portal.web.messages import message

WHOLE = "{{ body }}"
# The field that an inserted variable was chosen in, beside the one it goes into.
_CHOSEN = {"body": "pick", "with": "choice"}


def redraw(form: FlatForm, pressed: str, members: Mapping[str, str]) -> None:
    """Do to ``form`` what the button ``pressed`` asks for: "condition:c-0", "group:c", "event:",
    "remove:c-0-1", "whole:p-0", "members:p-0" or "insert:p-0-data". ``members`` are the names and
    placeholders of the trigger's variables."""
    verb, _, name = pressed.partition(":")
    if verb in ("condition", "group", "event"):
        _add(form, verb, place_after(form.fields, EVENTS if verb == "event" else name))
    elif verb == "remove":
        form.fields, parent = without(form.fields, name), name.rpartition("-")[0]
        form.focus = f"{parent}-kind" if parent != EVENTS else ""
    elif verb in ("whole", "members"):
        form.focus = f"{name}-data"
        form.fields[form.focus] = WHOLE if verb == "whole" else json_text(members, indent=2)
    elif verb == "insert":
        form.focus = name
        _insert(form, name, members)


def _add(form: FlatForm, verb: str, fresh: str) -> None:
    first = f"{fresh}-0" if verb == "group" else fresh
    if verb == "event":
        form.fields |= {f"{fresh}-type": "", f"{fresh}-data": WHOLE}
    else:
        form.fields |= {f"{fresh}-kind": "any"} if verb == "group" else {}
        form.fields |= blank(first)
    form.focus = f"{first}-{'type' if verb == 'event' else 'left'}"


def _insert(form: FlatForm, name: str, members: Mapping[str, str]) -> None:
    """Put the variable that was chosen beside the field ``name`` into what stands there."""
    beside = _CHOSEN.get(name, name.removesuffix("data") + "pick")
    path = form.fields.pop(beside, "")
    if not path:
        form.errors[beside] = [message("required")]
        return
    placeholder = f"{{{{ {path} }}}}"
    text = form.fields.get(name, "")
    try:
        value = body_read(text) if name == "body" else template_read(text)
    except JsonRefused as refused:
        form.errors[name] = [message(refused.code, refused.place)]
        return
    # An event or what is sent to an address is an object, so that it begins as one here.
    is_text = name == "body" or not isinstance(value, str)
    form.fields[name] = _with(value if is_text else {}, text, placeholder, members)


def _with(value: Any, text: str, placeholder: str, members: Mapping[str, str]) -> str:
    """``text``, which is read as ``value``, with ``placeholder`` put where it makes sense."""
    if isinstance(value, list):
        return json_text([*value, placeholder], indent=2)
    if not isinstance(value, dict):
        return f"{text} {placeholder}".strip()
    path, named = placeholder.strip("{ }"), {held: name for name, held in members.items()}
    name = named.get(placeholder) or path.rpartition(".")[2]
    return json_text({**value, name if name not in value else path: placeholder}, indent=2)
