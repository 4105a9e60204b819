"""What a trigger is and does, in plain Arabic."""

from collections.abc import Mapping
from typing import Any

from portal.domain.calls import Verdict
from portal.domain.signatures.presets import PRESETS
from portal.domain.signatures.scheme import ALGORITHMS, ENCODINGS, KEYS
from portal.domain.triggers.drift import Drift

# The mode's name, and what the second seed says that it does.
MODES = {
    "async": ("غير متزامن", "يردّ فورًا ثم ينفّذ في الخلفية"),
    "sync": ("متزامن", "ينتظر اكتمال التنفيذ ثم يردّ"),
}
VERDICTS = {
    Verdict.ACCEPTED: "مقبول",
    Verdict.REFUSED: "مرفوض",
    Verdict.DUPLICATE: "مكرّر",
}
AUTH = {
    "none": ("دون مصادقة", "يكفي من يعرف الرابط. أبقِه سرًّا."),
    "basic": (
        "مصادقة HTTP الأساسية (Basic)",
        "اسم مستخدم وكلمة مرور، يكتبهما النظام الخارجي في الرابط أو في رأس الطلب.",
    ),
    "signature": ("توقيع", "يوقّع النظام الخارجي كل طلب برمز أمان، فنتحقق من مصدره."),
}
TYPES = {
    "text": "نص",
    "number": "رقم",
    "boolean": "منطقي",
    "list": "قائمة",
    "object": "كائن",
    "null": "فارغ",
    "mixed": "أنواع مختلفة",
    "missing": "غير موجود",
}
_ALGORITHMS = {
    "sha256": "HMAC-SHA256",
    "sha1": "HMAC-SHA1",
    "sha512": "HMAC-SHA512",
    "equal": "رمز الأمان نفسه في الرأس",
    "jwt_hs256": "JWT (HS256)",
}
_KEYS = {"raw": "نص كما هو", "base64": "base64", "whsec": "whsec_ ثم base64"}
_SOURCES = {"header": "رأس الطلب", "query": "معامل الاستعلام", "body": "نص الطلب، المسار"}
DEDUPE = {
    "suggested": "تلقائي: ما يميّز استدعاءات النظام الخارجي المختار",
    "": "لا نمنع التكرار",
    "header": "رأس من رؤوس الطلب",
    "query": "معامل من معاملات الاستعلام",
    "body": "مسار في نص الطلب",
}


def choices() -> dict[str, Any]:
    """What the form offers: (value, words) in every list of it."""
    return {
        "modes": [(key, *words) for key, words in MODES.items()],
        "kinds": [(key, *words) for key, words in AUTH.items()],
        "senders": list(PRESETS.values()),
        "algorithms": [(key, _ALGORITHMS[key]) for key in ALGORITHMS],
        "encodings": [(key, key) for key in ENCODINGS],
        "keys": [(key, _KEYS[key]) for key in KEYS],
        "sources": list(DEDUPE.items()),
        "types": TYPES,
    }


def auth_words(auth: Mapping[str, Any]) -> str:
    """How callers prove who they are, in few words."""
    if auth["kind"] != "signature":
        return AUTH[auth["kind"]][0]
    if "custom" in auth:
        return "توقيع مخصّص"
    preset = PRESETS[auth["preset"]]
    return f"توقيع {preset.label}" if preset.scheme else f"{preset.label}: دون توقيع"


def dedupe_words(dedupe: Mapping[str, str] | None) -> tuple[str, str] | None:
    """By what a repeat is told: what kind of thing, and its name; None when by nothing."""
    if dedupe is None:
        return None
    part, _, name = dedupe["from"].partition(":")
    return _SOURCES[part], name


def drift_words(drift: Drift) -> str:
    """What has changed about a path, as a sentence."""
    before, now = (TYPES.get(name or "", "غير معروف") for name in (drift.before, drift.now))
    return {
        "missing": "لم يعد يصل، فيبقى المتغيّر دون قيمة.",
        "type": f"تغيّر نوعه. كان: {before}، وصار: {now}.",
        "new": "مسار جديد لم يكن في النموذج.",
    }[drift.kind]
