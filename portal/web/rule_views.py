"""What the pages of rules show: the list, each rule a sentence, and the choices of a form."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from portal.web import rule_senders
from portal.web.condition_words import OPERATORS
from portal.web.forms.rule import RuleForm
from portal.web.forms.rule_conditions import OTHER
from portal.web.forms.rule_values import shape_of
from portal.web.forms.rule_variables import known_of
from portal.web.rule_changes import Rule, mark_of
from portal.web.rule_words import Told, always_holds, on_error, otherwise, sentence

_LABELS = {
    "name": "اسم القاعدة",
    "kind": "المجموعة",
    "left": "المتغيّر",
    "path": "المسار",
    "op": "عامل المقارنة",
    "right": "القيمة",
    "low": "من",
    "high": "إلى",
    "lines": "القيم",
    "type": "نوع الحدث",
    "data": "بيانات الحدث",
    "pick": "المتغيّر المُدرج",
    "choice": "المتغيّر المُدرج",
    "as": "اسم الرد",
    "url": "الرابط",
    "sent": "رؤوس الطلب",
    "with": "نص الطلب",
    "respond": "الاستجابة",
    "status": "رمز حالة الاستجابة",
    "retry": "مدة الانتظار",
    "headers": "رؤوس الاستجابة",
    "body": "نص الاستجابة",
}


@dataclass(frozen=True)
class Row:
    """One rule of the list. ``mark`` tells it from others wherever it moves, ``key`` is unique on
    the page; ``hidden_by`` is the number of a rule that lets no call come this far."""

    number: int
    rule: Rule
    mark: str
    key: str
    sentence: Markup
    hidden_by: int | None

    @property
    def name(self) -> str:
        """What the rule is called, as the log of calls calls it."""
        return self.rule["name"] or f"#{self.number}"


def told_of(configuration: Mapping[str, Any], events: Mapping[str, str]) -> Told:
    """What sentences about the rules of ``configuration`` need to know."""
    return Told(known_of(configuration).names, events, configuration["mode"] == "sync")


def rows_of(configuration: Mapping[str, Any], events: Mapping[str, str]) -> list[Row]:
    """The rules of ``configuration`` in their order; ``events`` are labels by key."""
    return list(_rows(configuration["rules"], told_of(configuration, events)))


def ends_of(configuration: Mapping[str, Any]) -> dict[str, Markup]:
    """What happens where no rule is met, and where one fails."""
    return {"otherwise": otherwise(configuration), "on_error": on_error(configuration)}


def _rows(rules: Sequence[Rule], told: Told) -> Iterator[Row]:
    seen: dict[str, int] = {}
    hidden_by = None
    for number, rule in enumerate(rules, start=1):
        mark = mark_of(rule)
        seen[mark] = seen.get(mark, 0) + 1
        key = mark if seen[mark] == 1 else f"{mark}-{seen[mark]}"
        yield Row(number, rule, mark, key, sentence(rule, told), hidden_by)
        hidden_by = hidden_by or (number if always_holds(rule) else None)


def choices(configuration: Mapping[str, Any], number: int | None) -> dict[str, Any]:
    """What the form of the rule ``number`` offers; None for a new one."""
    preset = configuration["auth"].get("preset", "")
    after = number + 1 if number else None
    return {
        "variables": known_of(configuration, number).groups,
        "placeholders": known_of(configuration, after).groups,
        "other": OTHER,
        "operators": [(name, words, shape_of(name)) for name, words in OPERATORS.items()],
        "meanings": rule_senders.meanings(preset),
        "patience": rule_senders.patience(preset),
        "sender": rule_senders.sender_label(preset),
        "is_sync": configuration["mode"] == "sync",
    }


def labelled(form: RuleForm) -> list[tuple[str, Any]]:
    """The wrong fields of ``form`` with what they are called, for the summary of errors."""
    return [(_label(name), form[name]) for name in form.fields if name in form.errors] + [
        (_label(name), form[name]) for name in form.errors if name not in form.fields
    ]


def _label(name: str) -> str:
    first, *between, last = ["", *name.split("-")] if "-" not in name else name.split("-")
    words = _LABELS.get(last, last)
    if first == "c" and between:
        return f"{words} في الشرط {'.'.join(str(int(place) + 1) for place in between)}"
    return f"{words} {int(between[0]) + 1}" if first == "p" and between else words
