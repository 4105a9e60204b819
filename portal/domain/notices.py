"""Notices: what an account is told of its hooks, endpoints and keys, in words, and when it is
mailed.

The words hold machine text and names between Unicode's isolates, so that they read right in a
plain text too; a page turns these into elements.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime

from portal.domain import watch

# How long after each attempt to send a mail the next one follows; then it is given up.
MAIL_DELAYS = tuple(
    timedelta(minutes=minutes) for minutes in (0.25, 1, 5, 15, 60, 180, 360, 720, 1440, 1440)
)

_LEFT_TO_RIGHT, _FIRST_STRONG, _END = "\u2066", "\u2068", "\u2069"
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_ARABIC = Locale("ar")
# After «بعد» and «قبل», in the forms of CLDR's categories.
_DAYS = {"one": "يوم واحد", "two": "يومين", "few": "{n} أيام", "many": "{n} يومًا"}
_MORE_DAYS = "{n} يوم"


class NoticeKind(StrEnum):
    """What a notice is about; of hooks and endpoints, the keys of the event types that tell
    programs the same."""

    HOOK_DISABLED = "hook.disabled"
    HOOK_WARNING = "hook.warning"
    ENDPOINT_WARNING = "endpoint.warning"
    KEY_ENDING = "api_key.ending"


class Telling(NamedTuple):
    """A notice in words: what happened, what that means, and what to do."""

    title: str
    meaning: str
    next_step: str


class When(NamedTuple):
    """The moment at which something is read, and the name of the reader's time zone."""

    now: datetime
    zone: str


def next_mail_at(attempts: int, now: datetime) -> datetime | None:
    """When to try again after so many failed ``attempts`` to mail a notice; None: not any more."""
    return now + MAIL_DELAYS[attempts - 1] if attempts <= len(MAIL_DELAYS) else None


def tell(kind: str, data: Mapping[str, Any], when: When) -> Telling:
    """The words of a notice with its ``data``."""
    return _TELLINGS[data.get("about") or kind](data, when)


def machine(text: object) -> str:
    """Machine text among words, isolated left-to-right."""
    return f"{_LEFT_TO_RIGHT}{_CONTROLS.sub('', str(text))}{_END}"


def named(text: object) -> str:
    """A name among words, isolated, whichever way it runs."""
    return f"{_FIRST_STRONG}{_CONTROLS.sub('', str(text))}{_END}"


def day_text(moment: datetime, zone: str) -> str:
    """The day of ``moment`` in ``zone``: "12 مارس 2027"."""
    return format_datetime(moment.astimezone(ZoneInfo(zone)), "d MMMM y", locale="ar")


def distance(moment: datetime, when: When) -> str:
    """How many days of the calendar ``moment`` is away: "بعد 104 أيام", "قبل يومين", "اليوم"."""
    zone = ZoneInfo(when.zone)
    n = (moment.astimezone(zone).date() - when.now.astimezone(zone).date()).days
    if n == 0:
        return "اليوم"
    words = _DAYS.get(_ARABIC.plural_form(abs(n)), _MORE_DAYS).format(n=f"{abs(n):,}")
    return f"{'بعد' if n > 0 else 'قبل'} {words}"


def _exact(moment: datetime, zone: str) -> str:
    local = moment.astimezone(ZoneInfo(zone))
    return format_datetime(local, "d MMMM y، h:mm a", locale="ar")


def _moment(data: Mapping[str, Any], name: str) -> datetime:
    return datetime.fromisoformat(data[name])


def _disabled(data: Mapping[str, Any], _when: When) -> Telling:
    reason = {
        "gone": "ردّت نقطة النهاية بالرمز 410، ومعناه أنها أُلغيت نهائيًا.",
        "failing": "فشلت كل محاولات التسليم إليه عدة أيام متواصلة.",
    }
    return Telling(
        f"أوقفنا الخطاف «{named(data['name'])}» تلقائيًا",
        f"{reason.get(data['reason'], '')} الأحداث الجديدة محفوظة ولم يُفقد منها شيء.".strip(),
        "عالج السبب لدى النظام المستقبِل أو ضع رابطًا جديدًا، ثم فعّل الخطاف.",
    )


def _failing(data: Mapping[str, Any], when: When) -> Telling:
    since = _exact(_moment(data, "failing_since"), when.zone)
    ends = _exact(_moment(data, "switch_off_at"), when.zone)
    return Telling(
        f"يستمر فشل التسليم إلى الخطاف «{named(data['name'])}»",
        f"لم تنجح أي محاولة منذ {since}. إذا استمر ذلك فسنوقف الخطاف تلقائيًا في {ends}،"
        " ويبقى ما لم يُسلَّم محفوظًا.",
        "راجع سبب آخر محاولة وعالجه، أو أجّل الإيقاف من صفحة الخطاف.",
    )


def _ends(data: Mapping[str, Any], when: When) -> Telling:
    host, end = machine(data["host"]), _moment(data, "expires_at")
    if not data["mark"] or end <= when.now:
        return Telling(
            f"انتهت صلاحية شهادة الأمان في {host}",
            f"كانت صالحة حتى {day_text(end, when.zone)}. لا نُرسل البيانات إلى هذه النقطة حتى"
            " تُجدَّد، وتبقى العمليات محفوظة.",
            "اطلب من مسؤول النظام المستقبِل تجديد الشهادة، ثم افحص نقطة النهاية من جديد.",
        )
    return Telling(
        f"تنتهي شهادة الأمان في {host} {distance(end, when)}",
        f"الشهادة صالحة حتى {day_text(end, when.zone)}. إذا انتهت فسيتوقف الإرسال إلى هذه النقطة"
        " حمايةً للبيانات.",
        "اطلب من مسؤول النظام المستقبِل تجديد الشهادة قبل هذا الموعد.",
    )


def _refused(data: Mapping[str, Any], _when: When) -> Telling:
    host = machine(data["host"])
    titles = {
        "tls_hostname_mismatch": f"شهادة الأمان في {host} لا تخص هذا النطاق",
        "tls_expired": f"شهادة الأمان في {host} خارج مدة صلاحيتها",
    }
    return Telling(
        titles.get(data["error"], f"شهادة الأمان في {host} غير موثوقة"),
        "لا نُرسل البيانات إلى هذه النقطة حتى تُصحَّح الشهادة، وتبقى العمليات محفوظة.",
        "اطلب من مسؤول النظام المستقبِل تثبيت شهادة لهذا النطاق من جهة معتمدة.",
    )


def _lost(data: Mapping[str, Any], _when: When) -> Telling:
    host = machine(data["host"])
    return Telling(
        f"تعذّر العثور على عنوان الخادم {host}",
        "لا تردّ سجلات النطاق (\u2066DNS\u2069) بعنوان لهذا الاسم، فلا يصل الإرسال إليه.",
        "راجع كتابة الرابط، أو اطلب من مسؤول النظام المستقبِل التحقق من سجلات النطاق.",
    )


def _slow(data: Mapping[str, Any], _when: When) -> Telling:
    return Telling(
        f"تباطأ الاتصال بالخادم {machine(data['host'])}",
        f"استغرق الاتصال {data['connect_ms']:,} ملي ثانية، والمعتاد {data['usual_ms']:,} ملي"
        " ثانية.",
        "اطلب من مسؤول النظام المستقبِل مراجعة الخادم أو الشبكة إذا تكرر ذلك.",
    )


def _key_ends(data: Mapping[str, Any], when: When) -> Telling:
    end = _moment(data, "expires_at")
    key, until = f"المفتاح «{named(data['name'])}»", _exact(end, when.zone)
    hint = f"آخر حروفه {machine('••••' + data['hint'])}."
    if end <= when.now:
        return Telling(
            f"انتهى {key}",
            f"{hint} كان يعمل حتى {until}، ويُرفض الآن كل طلب يستخدمه.",
            "أنشئ مفتاحًا جديدًا وضعه في البرنامج الذي كان يستخدمه، أو غيّر موعد انتهائه.",
        )
    return Telling(
        f"ينتهي {key} {distance(end, when)}",
        f"{hint} يعمل حتى {until}، ثم يُرفض كل طلب يستخدمه.",
        "أنشئ مفتاحًا جديدًا وضعه في البرنامج الذي يستخدمه قبل هذا الموعد، أو غيّر موعد انتهائه.",
    )


_TELLINGS: dict[str, Callable[[Mapping[str, Any], When], Telling]] = {
    NoticeKind.HOOK_DISABLED: _disabled,
    NoticeKind.HOOK_WARNING: _failing,
    NoticeKind.KEY_ENDING: _key_ends,
    watch.CERTIFICATE_ENDS: _ends,
    watch.CERTIFICATE_REFUSED: _refused,
    watch.DNS: _lost,
    watch.SLOW: _slow,
}
