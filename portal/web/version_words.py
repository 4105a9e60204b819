"""What changed between two versions of a trigger, in plain Arabic."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from portal.domain.triggers.comparison import ADDED, CHANGED, MOVED, REMOVED, Change
from portal.domain.triggers.preview import Preview
from portal.web.filters import ltr, named, short_url, size
from portal.web.text import count
from portal.web.trigger_words import MODES, auth_words, dedupe_words

MEMBERS = {
    "mode": "طريقة الرد",
    "auth": "المصادقة",
    "auth.username": "اسم المستخدم",
    "auth.password": "كلمة المرور",
    "auth.secret": "رمز الأمان",
    "auth.previous_secret": "رمز الأمان السابق",
    "auth.ended": "رموز الأمان المنتهية",
    "auth.header": "رأس التوقيع",
    "auth.verify_token": "رمز التحقق",
    "auth.custom.algorithm": "طريقة التوقيع",
    "auth.custom.encoding": "ترميز التوقيع",
    "auth.custom.header": "رأس التوقيع",
    "auth.custom.prefix": "ما يسبق التوقيع",
    "auth.custom.signed": "ما يُوقَّع",
    "auth.custom.timestamp_header": "رأس الوقت",
    "auth.custom.id_header": "رأس المعرّف",
    "auth.custom.tolerance_seconds": "فرق الوقت المقبول بالثواني",
    "auth.custom.key": "صيغة رمز الأمان",
    "variables": "المتغيّرات",
    "variables.order": "ترتيب المتغيّرات",
    "variables.sample": "نموذج البيانات",
    "response": "الاستجابة",
    "on_error": "الاستجابة عند الخطأ",
    "accepted": "الاستجابة عند التأخر",
    "deadline_seconds": "مهلة الرد",
    "limits": "الحدود",
    "limits.body_bytes": "حجم نص الطلب",
    "limits.per_minute": "الحد الأقصى للطلبات في الدقيقة",
    "limits.addresses": "عناوين IP المسموحة",
    "dedupe": "منع التكرار",
    "rules": "القواعد",
    "name": "الاسم",
    "enabled": "حالة التفعيل",
    "when": "الشروط",
    "publish": "الأحداث التي تُنشر",
    "call": "الطلب إلى عنوان آخر",
    "call.as": "اسم الطلب إلى العنوان الآخر",
    "call.url": "العنوان الآخر",
    "call.body": "نص الطلب إلى العنوان الآخر",
    "call.headers": "رؤوس الطلب إلى العنوان الآخر",
}
_PARTS = {"status": "رمز الحالة", "headers": "الرؤوس", "body": "النص"}
KINDS = {CHANGED: "تغيير", ADDED: "إضافة", REMOVED: "حذف", MOVED: "نقل"}
_RULE_VERBS = {ADDED: "أُضيفت", CHANGED: "تغيّرت", REMOVED: "حُذفت", MOVED: "نُقلت"}
# How two decisions on one call differ.
DIFFERENCES = {
    "status": "رمز الحالة",
    "headers": "رؤوس الاستجابة",
    "body": "نص الاستجابة",
    "rule": "القاعدة",
    "events": "الأحداث",
    "error": "الخطأ",
}
FIRST = "أول إصدار."
SAME = "لا فرق في الإعدادات."
RESTORED = "رجع المشغّل إلى الإصدار {}، ويسري على الاستدعاءات القادمة."
ALREADY = "الإعدادات الحالية هي إعدادات الإصدار {} نفسها، فلم نغيّر شيئًا."
# Values that are shown as code.
CODE = ("headers", "body", "publish", "variables.sample", "response", "on_error", "accepted")


def label(member: str) -> str:
    """What a member of a configuration, or a part of a rule, is called."""
    if member in MEMBERS:
        return MEMBERS[member]
    root, _, part = member.partition(".")
    if part in _PARTS and root in MEMBERS:
        return f"{MEMBERS[root]}: {_PARTS[part]}"
    return MEMBERS.get(root, member)


def sentence(found: Sequence[Change]) -> Markup:
    """What changed, in one sentence; names that people gave are isolated."""
    if not found:
        return Markup(SAME)
    plain = dict.fromkeys(_short(one.member) for one in found if one.member != "rules")
    clauses = [Markup("تغيّر: {}").format("، ".join(plain))] if plain else []
    clauses += [
        _rules(verb, rules)
        for kind, verb in _RULE_VERBS.items()
        if (rules := [one for one in found if (one.member, one.kind) == ("rules", kind)])
    ]
    return Markup("، و").join(clauses) + "."


def effect(seen: Preview | None) -> str:
    """What a change would have done to the latest calls; empty where none came."""
    if seen is None or not seen.looked_at:
        return ""
    looked = f"نظرنا في آخر ما وصل: {count(seen.looked_at, 'call')}"
    differ = len(seen.differences)
    if not differ:
        return f"{looked}. لا تتغيّر بهذا نتيجة أي منها."
    return f"{looked}. ما تتغيّر نتيجته بهذا: {count(differ, 'call')}."


def rule_name(change: Change) -> Markup:
    """How a rule is named: by its name, else by where it stands."""
    if change.key:
        return Markup("«{}»").format(named(change.key))
    return Markup("رقم {}").format(change.number)


def value(member: str, given: Any) -> Markup | str:
    """A value of a member on one line; None is nothing."""
    if given is None:
        return "—"
    return _VALUES.get(member, _plain)(given)


def is_code(member: str) -> bool:
    """Whether a member's values are shown as code, over several lines."""
    return member in CODE or member.partition(".")[2] in ("headers", "body")


def code(given: Any) -> str:
    """A value as a text of code: JSON, or the text that it is."""
    if given is None:
        return ""
    return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False, indent=2)


def differs(what: Sequence[str]) -> str:
    """How two decisions differ, in a few words."""
    return "، ".join(DIFFERENCES[name] for name in what)


def _short(member: str) -> str:
    root = member.partition(".")[0]
    return MEMBERS[root] if root in ("response", "on_error", "accepted") else label(member)


def _rules(verb: str, rules: Sequence[Change]) -> Markup:
    if len(rules) == 1:
        return Markup("{} القاعدة {}").format(verb, rule_name(rules[0]))
    return Markup("{} {}").format(verb, count(len(rules), "rule"))


def _plain(given: Any) -> Markup | str:
    return ltr(given if isinstance(given, str) else json.dumps(given, ensure_ascii=False))


def _addresses(given: Sequence[str]) -> Markup | str:
    return Markup("، ").join(ltr(one) for one in given) if given else "كل العناوين"


def _dedupe(given: Mapping[str, str]) -> Markup:
    words = dedupe_words(given)
    return Markup("{} {}").format(words[0], ltr(words[1])) if words else Markup("—")


_VALUES: dict[str, Callable[[Any], Markup | str]] = {
    "mode": lambda given: MODES[given][0],
    "auth": auth_words,
    "deadline_seconds": lambda given: count(given, "second"),
    "limits.body_bytes": size,
    "limits.per_minute": lambda given: count(given, "request"),
    "limits.addresses": _addresses,
    "dedupe": _dedupe,
    "enabled": lambda given: "مفعّلة" if given else "موقوفة",
    "variables": lambda given: named(given) if given else "دون اسم مستعار",
    "name": lambda given: named(given) if given else "دون اسم",
    "call.url": lambda given: ltr(short_url(given)),
    "call.headers": lambda given: _addresses(given) if given else "لا رؤوس",
}
