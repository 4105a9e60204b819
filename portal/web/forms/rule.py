"""A rule's form: one flat mapping of names to texts, the rule that it makes, and what was wrong."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.domain.fields import under
from portal.domain.paths import MISSING
from portal.domain.problems import Problem
from portal.web.forms.flat import FlatForm
from portal.web.forms.rule_actions import EVENTS, call_read, call_shown, publish_read, publish_shown
from portal.web.forms.rule_answers import response_read, response_shown
from portal.web.forms.rule_conditions import (
    ROOT,
    Reading,
    blank,
    when_read,
    when_shown,
)
from portal.web.forms.rule_names import places
from portal.web.forms.rule_values import NONE, json_text, shape_of
from portal.web.messages import message

_BREAKS = re.compile(r"\r\n|\r|\n")
# The fields that hold several lines, by the last part of their names; others hold one.
_LINES = ("lines", "data", "headers", "body", "sent", "with")


@dataclass
class RuleForm(FlatForm):
    """What stands in a rule's form, saved or typed. What is wrong with other rules is general."""

    # Where among the rules it was put.
    place: int = 0

    @classmethod
    def blank(cls) -> "RuleForm":
        """The form of a new rule, which begins with one condition."""
        made = {"name": "", "enabled": "1", f"{ROOT}-kind": "all", **blank(f"{ROOT}-0")}
        return cls({**made, **call_shown(None), **response_shown(None)})

    @classmethod
    def of(cls, rule: Mapping[str, Any], known: Collection[str]) -> "RuleForm":
        """The form that shows ``rule``; ``known`` are the paths that can be chosen by name."""
        made = {"name": rule["name"], "enabled": "1" if rule["enabled"] else ""}
        return cls(
            {
                **made,
                **when_shown(rule["when"], known),
                **publish_shown(rule["publish"]),
                **call_shown(rule.get("call")),
                **response_shown(rule.get("response")),
            }
        )

    @property
    def events(self) -> list[str]:
        """What the fields of each event begin with, in order."""
        return places(self.fields).get(EVENTS, [])

    def read(self, base: Mapping[str, Any] | None = None) -> tuple[dict[str, Any], Reading]:
        """The rule that was asked for, as the API would take it, and how it was read.

        What ``base`` says in other words of the same meaning stays in those words.
        """
        reading = Reading({"/name": "name", "/enabled": "enabled"})
        rule = {
            "name": self.fields.get("name", "").strip(),
            "enabled": bool(self.fields.get("enabled")),
            "when": when_read(self.fields, reading),
            "publish": publish_read(self.fields, reading),
        }
        if base and meaning(base["when"]) == meaning(rule["when"]):
            rule["when"] = base["when"]
        call, response = call_read(self.fields, reading), response_read(self.fields, reading)
        rule |= {"call": call} if call else {}
        return rule | ({"response": response} if response else {}), reading

    def put_into(self, rules: Sequence[Mapping[str, Any]], place: int) -> list[Mapping[str, Any]]:
        """``rules`` with that of the form at ``place``, counted from 0: instead of the one that
        stands there, or after all others."""
        old = rules[place] if place < len(rules) else None
        made, self.reading = self.read(old)
        self.place = place
        return [*rules[:place], made, *rules[place + 1 :]]

    def attach(self, problems: Iterable[Problem]) -> None:
        """Put what was wrong, when the rule was put into the others, beside its fields."""
        start = f"/rules/{self.place}"
        # What the form itself could not read comes first, and the rest follows from it.
        for one in [*under(start, self.reading.problems), *problems]:
            words = message(one.code, one.params)
            is_mine = one.pointer.startswith(f"{start}/")
            name = self.reading.name_of(one.pointer.removeprefix(start)) if is_mine else None
            if name:
                self.errors.setdefault(name, [words])
            else:
                self.general.append(f"{_rule_named(one.pointer)}{words}")


def says_all(rule: Mapping[str, Any], known: Collection[str]) -> bool:
    """Whether the form of ``rule``, sent by a browser as it stands, would leave it unchanged."""
    form = RuleForm.of(rule, known)
    sent = RuleForm({name: as_sent(name, text) for name, text in form.fields.items()})
    made, reading = sent.read(rule)
    return not reading.problems and json_text(_ordered(made)) == json_text(_ordered(rule))


def as_sent(name: str, text: str) -> str:
    """What a browser makes of ``text`` in the field ``name``: line ends become CRLF, or go."""
    return _BREAKS.sub("\r\n" if name.rpartition("-")[2] in _LINES else "", text)


def _ordered(rule: Mapping[str, Any]) -> list[Any]:
    # The order of a rule's own members says nothing; that of what is sent is kept.
    parts = [rule.get(name) for name in ("name", "enabled", "publish", "call", "response")]
    return [*parts, rule["when"]]


def meaning(when: Any) -> Any:
    """Conditions in one form: nothing asked is null, and what is compared with nothing has none."""
    if when is None or when == {"all": []}:
        return None
    kind = next((name for name in ("all", "any") if name in when), "")
    if kind:
        inner = [{"all": []} if (one := meaning(each)) is None else one for each in when[kind]]
        return json_text({kind: inner})
    right = MISSING if shape_of(when.get("op", "")) == NONE else when.get("right", MISSING)
    known = {"left": when.get("left"), "op": when.get("op")}
    return json_text(known if right is MISSING else {**known, "right": right})


def _rule_named(pointer: str) -> str:
    found = re.match(r"/rules/(\d+)", pointer)
    return f"القاعدة {int(found[1]) + 1}: " if found else ""
