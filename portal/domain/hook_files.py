"""Hooks as a file: what is written of each, and what would become of each that a file holds."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from portal.domain.fields import Fields
from portal.domain.headers import header_problems
from portal.domain.hooks import (
    HookDraft,
    Surroundings,
    check,
    folded_name,
    read_hook,
    sent_header_fault,
)
from portal.domain.problems import Problem, Refused
from portal.domain.strict_json import JsonRefused, parse

MOST_HOOKS = 1000

# Neither secrets nor the values of headers: a file is handed around.
_MEMBERS = (
    "name",
    "description",
    "event_types",
    "policy",
    "url",
    "header_names",
    "enabled",
    "signature",
    "filter",
)


class Fate(StrEnum):
    """What becomes of a hook that stands in a file."""

    NEW = "new"
    EXISTS = "exists"
    WRONG = "wrong"


@dataclass(frozen=True)
class Entry:
    """One hook of a file; ``draft`` is as much of it as could be read."""

    fate: Fate
    draft: HookDraft
    header_names: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def written(draft: HookDraft) -> dict[str, Any]:
    """What a file says of a hook."""
    values = draft.__dict__ | {"header_names": list(draft.headers)}
    return {name: values[name] for name in _MEMBERS} | {"event_types": list(draft.event_types)}


def read_file(raw: bytes) -> list[Any]:
    """The hooks that the file ``raw`` lists, not yet looked at; raises :class:`Refused`."""
    try:
        value = parse(raw)
    except JsonRefused as refused:
        raise Refused(Problem("/text", refused.code, refused.place)) from refused
    hooks = value.get("hooks") if isinstance(value, dict) else value
    if not isinstance(hooks, list) or not hooks:
        raise Refused(Problem("/text", "no_hooks_in_file"))
    if len(hooks) > MOST_HOOKS:
        raise Refused(Problem("/text", "too_many", {"max": MOST_HOOKS}))
    return hooks


def plan(hooks: Iterable[Any], around: Surroundings, taken: Collection[str]) -> list[Entry]:
    """What would become of each of ``hooks``; ``taken`` are the folded names of those there are.

    A hook whose name is taken is left alone, whatever else the file says of it.
    """
    entries: list[Entry] = []
    seen: set[str] = set()
    for value in hooks:
        entry = _judge(_read(value), around, taken, seen)
        seen.add(folded_name(entry.draft.name))
        entries.append(entry)
    return entries


def _judge(
    entry: Entry, around: Surroundings, taken: Collection[str], seen: Collection[str]
) -> Entry:
    name = folded_name(entry.draft.name)
    if name and name in taken:
        return replace(entry, fate=Fate.EXISTS, problems=())
    problems = entry.problems or (
        *([Problem("/name", "name_twice")] if name and name in seen else []),
        *check(entry.draft, around),
        *_name_problems(entry.header_names),
    )
    return replace(entry, fate=Fate.WRONG if problems else Fate.NEW, problems=tuple(problems))


def _read(value: Any) -> Entry:
    try:
        fields = Fields(value)
    except Refused as refused:
        return Entry(Fate.WRONG, HookDraft(), (), refused.problems)
    fields.only(*_MEMBERS)
    names = fields.texts("header_names", ())
    known = {name: value[name] for name in _MEMBERS if name in value and name != "header_names"}
    faults: tuple[Problem, ...] = ()
    try:
        draft = read_hook(known, HookDraft())
    except Refused as refused:
        # The name is still what people know it by.
        draft, faults = HookDraft(name=Fields(value).text("name", "")), refused.problems
    return Entry(Fate.WRONG, draft, names, (*faults, *fields.problems))


def _name_problems(names: tuple[str, ...]) -> list[Problem]:
    found = header_problems(dict.fromkeys(names, ""), sent_header_fault)
    return [replace(one, pointer="/header_names") for one in found]
