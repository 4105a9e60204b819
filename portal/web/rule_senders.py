"""What answers mean to those who get them: in general, and to the senders that are known.

Of a sender only that is said which it has published: Shopify and Tabby in their guides to
webhooks, GitHub in its own, Slack in its Events API, Standard Webhooks in its specification.
"""

from collections.abc import Mapping

from portal.domain.signatures.presets import PRESETS
from portal.web.forms.rule_answers import BUSY, CUSTOM, NOTHING

Card = tuple[str, str, str]

_GENERAL: Mapping[str, tuple[str, str]] = {
    NOTHING: ("بلا استجابة خاصة", "نردّ بالرمز 200 والنص «ok»."),
    "done": ("تم", "الرمز 200: قُبل الطلب، فلا يُعاد إرساله."),
    "reject": (
        "مرفوض فلا تُعد المحاولة",
        "الرمز 422: فُهم الطلب ولم يُقبل. من الأنظمة ما يعيد الإرسال مع كل رمز خارج 2xx"
        " فلا يمنعه إلا أن تختار «تم» وتذكر الرفض في النص.",
    ),
    BUSY: ("مشغول فأعد لاحقًا", "الرمز 503 مع الرأس Retry-After ليُعاد الإرسال بعد مدة."),
    "gone": (
        "توقّف عن الإرسال",
        "الرمز 410: أُلغي الرابط نهائيًا. من الأنظمة ما يوقف الإرسال إليه كله.",
    ),
    CUSTOM: ("رمز آخر", "اكتب رمز الحالة الذي يطلبه النظام الخارجي."),
}
_NUMBERS = {"reject": "الرمز 422. ", BUSY: "الرمز 503. ", "gone": "الرمز 410. "}
_SHOPIFY = "مع كل رمز خارج 2xx تعيد Shopify الإرسال 8 مرات خلال 4 ساعات، ثم تحذف الاشتراك كله."
_TABBY = "لا تقبل تابي إلا الرمز 200: تعيد الإرسال مع غيره حتى 4 مرات، كل دقيقة إلى 4 دقائق."
_GITHUB = "لا تعيد GitHub الإرسال تلقائيًا مهما كان الرمز. يعيده من يشاء من صفحة الخطاف لديها."
_SENDERS: Mapping[str, Mapping[str, str]] = {
    "shopify": dict.fromkeys(("reject", BUSY, "gone"), _SHOPIFY),
    "tabby": dict.fromkeys(("reject", BUSY, "gone", CUSTOM), _TABBY),
    "github": dict.fromkeys(("reject", BUSY, "gone"), _GITHUB),
    "standard_webhooks": {
        "reject": "كل رمز خارج 2xx فشل في مواصفة Standard Webhooks، فقد يُعاد الإرسال.",
        BUSY: "تطلب مواصفة Standard Webhooks التخفيف مع الرموز 429 و502 و504. لذلك اختر"
        " «رمز آخر» واكتب 429.",
        "gone": "الرمز 410 في مواصفة Standard Webhooks يوقف هذا الرابط لدى المُرسِل.",
    },
}
_LIMITS = {
    "shopify": "تنتظر Shopify الرد 5 ثوانٍ على الأكثر.",
    "slack": "تنتظر Slack الرد 3 ثوانٍ على الأكثر، والرأس X-Slack-Retry-Num يحمل رقم الإعادة.",
    "tabby": "تنتظر تابي الرد 60 ثانية على الأكثر.",
    "github": "تنتظر GitHub الرد 10 ثوانٍ على الأكثر.",
}


def meanings(preset: str) -> list[Card]:
    """The answers to choose from, each a value, its name, and what the sender of ``preset``
    makes of it; in general where that is not known."""
    known = _SENDERS.get(preset, {})
    return [
        (value, name, f"{_NUMBERS.get(value, '')}{known[value]}" if value in known else words)
        for value, (name, words) in _GENERAL.items()
    ]


def patience(preset: str) -> str:
    """How long the sender of ``preset`` waits for an answer; empty where that is not known."""
    return _LIMITS.get(preset, "")


def sender_label(preset: str) -> str:
    """What the sender of ``preset`` is called; empty where there is none."""
    return PRESETS[preset].label if preset in PRESETS else ""
