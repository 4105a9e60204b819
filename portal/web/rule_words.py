"""Rules read back: what a rule asks for and what it does, as one Arabic sentence."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from portal.web.condition_words import OPERATORS
from portal.web.filters import ltr, named, short_url, visible
from portal.web.text import count

# After «كان» these stand in the accusative; the lists have words of their own.
_AFTER_WAS = OPERATORS | {"exists": "موجودًا", "empty": "فارغًا", "not_in": "خارج القائمة"}
_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
_PLACES = re.compile(r"(\{\{[^{}]*\}\})")
_MEANINGS = {200: "تم", 422: "مرفوض", 410: "توقّف عن الإرسال"}
_NEVER = "لا تنطبق هذه القاعدة أبدًا، لأن مجموعة «أي شرط» فيها خالية."
_UNHEARD = " استجابتها لا تُرسل، لأن المشغّل غير متزامن."
_LONGEST, _MOST = 60, 5


@dataclass(frozen=True)
class Told:
    """What a sentence needs to know: names of paths, labels of event types, and the mode."""

    names: Mapping[str, str]
    events: Mapping[str, str]
    is_sync: bool


def sentence(rule: Mapping[str, Any], told: Told) -> Markup:
    """What ``rule`` asks for and does."""
    when = rule["when"] or {"all": []}
    if when == {"any": []}:
        return Markup(_NEVER)
    deeds = Markup("، و").join(_deeds(rule, told))
    unheard = _UNHEARD if rule.get("response") and not told.is_sync else ""
    if when == {"all": []}:
        return Markup("مع كل استدعاء {}.{}").format(deeds, unheard)
    return Markup("إذا {}، ف{}.{}").format(_asked(when, told), deeds, unheard)


def filter_sentence(wanted: Mapping[str, Any] | None) -> Markup:
    """Which events a hook with the filter ``wanted`` gets."""
    if wanted in (None, {"all": []}):
        return Markup("كل حدث من الأنواع المختارة.")
    if wanted == {"any": []}:
        return Markup("لا يُرسل أي حدث، لأن مجموعة «أي شرط» فيها خالية.")
    return Markup("يُرسل الحدث إذا {}.").format(_asked(wanted, Told({}, {}, True)))


def always_holds(rule: Mapping[str, Any]) -> bool:
    """Whether ``rule`` ends the trying of rules with every call, so that none after it is met."""
    does_more = rule["publish"] or rule.get("response") or not rule.get("call")
    return bool(rule["enabled"] and rule["when"] in (None, {"all": []}) and does_more)


def otherwise(configuration: Mapping[str, Any]) -> Markup:
    """What happens where no rule is met."""
    answer = answered(configuration["response"])
    if configuration["mode"] == "sync":
        return Markup("إذا لم تنطبق أي قاعدة ف{}.").format(answer)
    said = "{} فور وصول الطلب، قبل تجربة القواعد. إذا لم تنطبق أي قاعدة فلا نفعل شيئًا بعد ذلك."
    return Markup(said).format(answer)


def on_error(configuration: Mapping[str, Any]) -> Markup:
    """What happens where a rule cannot be judged or done."""
    shown = "ويظهر سببه في صفحة الاستدعاء"
    if configuration["mode"] == "sync":
        answer = answered(configuration["on_error"])
        return Markup("إذا وقع خطأ في قاعدة ف{}، {}.").format(answer, shown)
    return Markup("إذا وقع خطأ في قاعدة فلا ننفّذ منها شيئًا، {}.").format(shown)


def answered(answer: Mapping[str, Any]) -> Markup:
    """An answer in few words: «نردّ بالرمز 200 (تم) والنص …»."""
    status, body = answer["status"], answer["body"]
    said = Markup("نردّ بالرمز {}{}").format(ltr(status), _meaning(answer))
    if isinstance(body, str):
        return said + (Markup(" والنص «{}»").format(_worded(_cut(body))) if body else " دون نص")
    return said + Markup(" وبيانات {}").format(ltr("JSON"))


def _meaning(answer: Mapping[str, Any]) -> str:
    if answer["status"] == 503:
        wait = str(answer["headers"].get("Retry-After", ""))
        later = f"، تُعاد المحاولة بعد {count(int(wait), 'second')}" if wait.isdecimal() else ""
        return f" (مشغول{later})"
    known = _MEANINGS.get(answer["status"])
    return f" ({known})" if known else ""


def _deeds(rule: Mapping[str, Any], told: Told) -> Sequence[Markup]:
    deeds = []
    call, response = rule.get("call"), rule.get("response")
    if call:
        where = ltr(short_url(call["url"]))
        deeds.append(Markup("نسأل العنوان {} باسم {}").format(where, ltr(call["as"])))
    if rule["publish"]:
        labels = [told.events.get(one["type"], one["type"]) for one in rule["publish"]]
        events = Markup(" و").join(Markup("الحدث «{}»").format(named(label)) for label in labels)
        deeds.append(Markup("ننشر {}").format(events))
    if call and not rule["publish"] and not response:
        return [*deeds, Markup("نتابع إلى القواعد التالية")]
    if told.is_sync:
        deeds.append(answered(response or {"status": 200, "headers": {}, "body": "ok"}))
    return deeds or [Markup("لا نفعل شيئًا ولا نجرّب ما بعدها")]


def _asked(group: Mapping[str, Any], told: Told) -> Markup:
    kind = "all" if "all" in group else "any"
    pieces = [_piece(one, told) for one in group[kind]]
    if not pieces:
        return Markup("صحّ كل شيء" if kind == "all" else "صحّ ما لا يصحّ أبدًا")
    return Markup("، و" if kind == "all" else "، أو ").join(pieces)


def _piece(one: Mapping[str, Any], told: Told) -> Markup:
    members = one.get("all", one.get("any"))
    if members is None:
        return _condition(one, told)
    asked = _asked(one, told)
    return Markup("({})").format(asked) if len(members) > 1 else asked


def _condition(one: Mapping[str, Any], told: Told) -> Markup:
    subject, operator = _variable(one["left"], told), one["op"]
    said = Markup("كان {} {}").format(subject, _AFTER_WAS.get(operator, operator))
    if operator in ("exists", "missing", "empty", "not_empty"):
        return said
    right = one.get("right")
    if operator == "between" and isinstance(right, list) and len(right) == 2:
        return Markup("{} {} و{}").format(said, *(_value(value, told) for value in right))
    if isinstance(right, list):
        shown = Markup("، ").join(_value(value, told) for value in right[:_MOST])
        return Markup("{} ({}{})").format(said, shown, "، وغيرها" if len(right) > _MOST else "")
    return Markup("{} {}").format(said, _value(right, told))


def _variable(path: str, told: Told) -> Markup:
    name = told.names.get(path)
    return Markup("«{}»").format(named(name)) if name else ltr(path)


def _value(value: Any, told: Told) -> Markup:
    if not isinstance(value, str):
        return ltr(_cut(json.dumps(value, ensure_ascii=False)))
    placeholder = _PLACEHOLDER.fullmatch(value)
    if placeholder:
        return _variable(placeholder[1], told)
    return Markup("«{}»").format(_worded(_cut(value)))


def _worded(text: str) -> Markup:
    """A text that a person wrote, isolated, and in it every placeholder left-to-right."""
    pieces = _PLACES.split(text)
    return Markup("<bdi>{}</bdi>").format(
        Markup("").join(
            ltr(piece) if place % 2 else visible(piece) for place, piece in enumerate(pieces)
        )
    )


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
