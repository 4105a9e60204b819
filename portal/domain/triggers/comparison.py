"""Two versions of a trigger compared: what changed from the older to the newer, member by member.

What is secret is compared and never told: a change of it has neither a before nor an after.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.domain.triggers.auth import Secrets
from portal.domain.triggers.draft import DEFAULTS
from portal.domain.triggers.rule_pairs import Pair, pairs_of
from portal.domain.triggers.variables import KEYS, full_paths

CHANGED, ADDED, REMOVED, MOVED = "changed", "added", "removed", "moved"
# What of an authentication is known to few: whoever may only look is not told.
CREDENTIALS = ("username", "verify_token")
_ANSWERS = ("response", "on_error", "accepted")
_ANSWER_PARTS = ("status", "headers", "body")
_LIMITS = ("body_bytes", "per_minute", "addresses")
_SECRETS = ("password", "secret", "previous_secret")
_RULE_PARTS = ("name", "enabled", "when", "publish")
_CALL_PARTS = ("as", "url", "body")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs.

    ``member`` is a dotted name: "mode", "response.status", "auth.secret", "variables", "rules";
    ``kind`` is CHANGED, ADDED, REMOVED or MOVED. ``key`` names a variable by its full path, and a
    rule by its name; ``number`` is where the rule stands, counted from 1: in the newer version,
    in the older one where it was removed. ``parts`` are the changes inside a rule.
    """

    member: str
    kind: str = CHANGED
    before: Any = None
    after: Any = None
    key: str = ""
    number: int = 0
    parts: tuple["Change", ...] = ()

    @property
    def root(self) -> str:
        """The member of the configuration it belongs to."""
        return self.member.partition(".")[0]


Whole = tuple[Mapping[str, Any], Secrets]


def changes(older: Whole, newer: Whole) -> list[Change]:
    """What changed from ``older`` to ``newer``, each a whole configuration and its secrets, in
    the order of the form; empty where nothing differs."""
    (old, old_secrets), (new, new_secrets) = older, newer
    return [
        *_value("mode", old, new),
        *_auth(old["auth"], new["auth"]),
        *_secrets(old_secrets, new_secrets),
        *_variables(old["variables"], new["variables"]),
        *(change for name in _ANSWERS for change in _answer(name, old[name], new[name])),
        *_value("deadline_seconds", old, new),
        *_rules(old["rules"], new["rules"]),
        *(change for name in _LIMITS for change in _inner("limits", name, old, new)),
        *_value("dedupe", old, new),
        *_others(old, new),
    ]


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same to the letter: the order of members counts, because
    it is that of what is answered."""
    return json.dumps(one) == json.dumps(other)


def _value(
    name: str, old: Mapping[str, Any], new: Mapping[str, Any], prefix: str = ""
) -> Iterator[Change]:
    """The change of a member that either may lack."""
    before, after = old.get(name), new.get(name)
    if not same(before, after) or (name in old) != (name in new):
        yield Change(prefix + name, _kind(before, after), before, after)


def _inner(
    outer: str, name: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Change]:
    return _value(name, old[outer], new[outer], f"{outer}.")


def _kind(before: Any, after: Any) -> str:
    if before is None:
        return ADDED
    return REMOVED if after is None else CHANGED


def _auth(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    if _sender(old) != _sender(new):
        yield Change("auth", CHANGED, old, new)
        return
    for name in dict.fromkeys([*old, *new]):
        if name == "custom" and not same(old.get(name), new.get(name)):
            for part in dict.fromkeys([*old[name], *new[name]]):
                yield from _value(part, old[name], new[name], "auth.custom.")
        elif name in CREDENTIALS and old.get(name) != new.get(name):
            yield Change(f"auth.{name}", _kind(old.get(name), new.get(name)))
        elif name not in CREDENTIALS:
            yield from _value(name, old, new, "auth.")


def _sender(auth: Mapping[str, Any]) -> tuple[Any, ...]:
    return auth["kind"], auth.get("preset"), "custom" in auth


def same_sender(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether the secrets of one authentication fit the other: the same kind and preset."""
    return _sender(one) == _sender(other)


def _secrets(old: Secrets, new: Secrets) -> Iterator[Change]:
    for name in _SECRETS:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield Change(f"auth.{name}", _kind(before, after))
    if old.ended != new.ended and all(getattr(old, one) == getattr(new, one) for one in _SECRETS):
        yield Change("auth.ended")


def _variables(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    before, after = _aliases(old), _aliases(new)
    found = [
        *(Change("variables", ADDED, None, after[path], path) for path in after.keys() - before),
        *(Change("variables", REMOVED, before[path], None, path) for path in before.keys() - after),
        *(
            Change("variables", CHANGED, before[path], after[path], path)
            for path in before.keys() & after
            if before[path] != after[path]
        ),
    ]
    places = {path: place for place, path in enumerate([*before, *after])}
    yield from sorted(found, key=lambda one: places[one.key])
    if not found and not same(_rows(old), _rows(new)):
        yield Change("variables.order")
    yield from _value("sample", _bare_sample(old), _bare_sample(new), "variables.")


def _aliases(variables: Mapping[str, Any]) -> dict[str, str]:
    rows = [row for part in KEYS for row in variables[part]]
    aliases = (row.get("alias", "") for row in rows)
    return dict(zip(full_paths(variables), aliases, strict=True))


def _rows(variables: Mapping[str, Any]) -> Any:
    return [variables[part] for part in KEYS]


def _bare_sample(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"sample": variables["sample"]} if "sample" in variables else {}


def _answer(name: str, old: Any, new: Any) -> Iterator[Change]:
    if old is None or new is None:
        if old is not new:
            yield Change(name, _kind(old, new), old, new)
        return
    for part in _ANSWER_PARTS:
        # An empty body and none are two things, and both are told as a change.
        if not same(old[part], new[part]):
            yield Change(f"{name}.{part}", CHANGED, old[part], new[part])


def _rules(old: Sequence[Any], new: Sequence[Any]) -> Iterator[Change]:
    found = (_rule(pair) for pair in pairs_of(old, new))
    return (change for change in found if change is not None)


def _rule(pair: Pair) -> Change | None:
    old, new = pair.old, pair.new
    if old is None or new is None:
        rule, kind = (new, ADDED) if old is None else (old, REMOVED)
        number = pair.new_number if old is None else pair.old_number
        return Change("rules", kind, old, new, rule["name"], number)
    parts = tuple(_rule_parts(old, new))
    if not parts and not pair.is_moved:
        return None
    kind = CHANGED if parts else MOVED
    numbers = (pair.old_number, pair.new_number)
    return Change("rules", kind, *numbers, new["name"], pair.new_number, parts)


def _rule_parts(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in _RULE_PARTS:
        yield from _value(name, old, new)
    yield from _call(old.get("call"), new.get("call"))
    yield from _answer("response", old.get("response"), new.get("response"))


def _call(old: Any, new: Any) -> Iterator[Change]:
    if old is None or new is None:
        if old is not new:
            # Headers of a call may hold keys.
            yield Change("call", _kind(old, new), _without_headers(old), _without_headers(new))
        return
    for name in _CALL_PARTS:
        yield from _value(name, old, new, "call.")
    if not same(old["headers"], new["headers"]):
        yield Change("call.headers", CHANGED, list(old["headers"]), list(new["headers"]))


def _without_headers(call: Any) -> Any:
    return call and {**call, "headers": {}}


def _others(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """What a later form of configurations may hold beside all that is named above."""
    for name in dict.fromkeys([*old, *new]):
        if name not in DEFAULTS:
            yield from _value(name, old, new)
