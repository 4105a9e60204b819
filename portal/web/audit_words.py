"""What entries of the audit log say in Arabic: the act, what it was done to, and what changed."""

import json
from typing import Any, NamedTuple

from flask import Flask, url_for
from markupsafe import Markup

from portal.domain.actor import PORTAL
from portal.domain.audit import Action
from portal.models import AuditEntry
from portal.web.filters import ltr, named
from portal.web.log_filters import FILTER_WORDS
from portal.web.mask_views import KINDS
from portal.web.text import PLATFORM_ROLES, ROLES
from portal.web.trigger_words import AUTH, MODES

ACTIONS = {
    Action.HOOK_CREATED: "إنشاء خطاف",
    Action.HOOK_EDITED: "تعديل خطاف",
    Action.HOOK_URL_CHANGED: "تغيير رابط خطاف",
    Action.HOOK_SWITCHED_ON: "تفعيل خطاف",
    Action.HOOK_SWITCHED_OFF: "إيقاف خطاف",
    Action.HOOK_POSTPONED: "تأجيل الإيقاف التلقائي",
    Action.HOOK_DELETED: "حذف خطاف",
    Action.HOOK_TESTED: "إرسال حدث تجريبي",
    Action.HOOKS_IMPORTED: "استيراد خطافات من ملف",
    Action.HOOKS_EXPORTED: "تصدير الخطافات إلى ملف",
    Action.SECRET_ROTATED: "تبديل رمز الأمان",
    Action.SECRET_ENDED: "إنهاء رمز سابق",
    Action.SECRET_REVEALED: "كشف رمز محفوظ",
    Action.TRIGGER_CREATED: "إنشاء مشغّل",
    Action.TRIGGER_CHANGED: "تعديل مشغّل",
    Action.TRIGGER_RESTORED: "الرجوع إلى إصدار سابق",
    Action.TRIGGER_SWITCHED_ON: "تفعيل مشغّل",
    Action.TRIGGER_SWITCHED_OFF: "إيقاف مشغّل",
    Action.TRIGGER_ADDRESS_REPLACED: "استبدال رابط مشغّل",
    Action.TRIGGER_DELETED: "حذف مشغّل",
    Action.POLICY_CREATED: "إنشاء سياسة",
    Action.POLICY_EDITED: "تعديل سياسة",
    Action.POLICY_DELETED: "حذف سياسة",
    Action.EVENT_TYPE_CREATED: "إضافة نوع حدث",
    Action.EVENT_TYPE_EDITED: "تعديل نوع حدث",
    Action.EVENT_TYPE_DELETED: "حذف نوع حدث",
    Action.DELIVERY_RESENT: "إعادة إرسال عملية",
    Action.RESEND_STARTED: "بدء إعادة إرسال جماعية",
    Action.RESEND_PAUSED: "إيقاف إعادة الإرسال مؤقتًا",
    Action.RESEND_RESUMED: "استئناف إعادة الإرسال",
    Action.RESEND_CANCELLED: "إلغاء إعادة الإرسال",
    Action.CALL_REPLAYED: "إعادة تنفيذ استدعاء",
    Action.CALLS_REPLAYED: "إعادة تنفيذ استدعاءات",
    Action.LOG_EXPORTED: "تصدير سجل التسليم",
    Action.AUDIT_EXPORTED: "تصدير سجل التدقيق",
    Action.ACCOUNT_CREATED: "إنشاء حساب",
    Action.ACCOUNT_EDITED: "تعديل الحساب",
    Action.ACCOUNT_ENTERED: "دخول فريق المنصة إلى الحساب",
    Action.PERSON_INVITED: "دعوة مستخدم",
    Action.INVITATION_WITHDRAWN: "سحب دعوة",
    Action.PERSON_JOINED: "انضمام مستخدم",
    Action.PERSON_ROLE_CHANGED: "تغيير دور مستخدم",
    Action.PERSON_REMOVED: "إزالة مستخدم",
    Action.PERSON_SWITCHED_OFF: "إيقاف مستخدم",
    Action.PERSON_SWITCHED_ON: "تفعيل مستخدم",
    Action.SIGNED_IN: "تسجيل دخول",
    Action.SIGNED_OUT: "تسجيل خروج",
    Action.SESSION_ENDED: "إنهاء جلسة",
    Action.SIGN_IN_LOCKED: "إيقاف الدخول مؤقتًا بعد محاولات خاطئة",
    Action.PASSWORD_CHANGED: "تغيير كلمة المرور",
    Action.PASSWORD_LINK_MADE: "إنشاء رابط كلمة مرور",
    Action.PASSWORD_RESET: "تعيين كلمة مرور جديدة",
    Action.SECOND_STEP_ON: "تفعيل الخطوة الثانية",
    Action.SECOND_STEP_OFF: "إيقاف الخطوة الثانية",
    Action.RECOVERY_CODES_MADE: "إنشاء رموز استرداد",
    Action.RECOVERY_CODE_USED: "استخدام رمز استرداد",
    Action.KEY_CREATED: "إنشاء مفتاح",
    Action.KEY_EDITED: "تعديل مفتاح",
    Action.KEY_REVOKED: "إلغاء مفتاح",
    Action.MASKS_CHANGED: "تعديل الحقول المخفية",
}
SUBJECTS = {
    "hook": "الخطافات",
    "hooks": "ملفات الخطافات",
    "secret": "رموز الأمان",
    "trigger": "المشغّلات",
    "policy": "السياسات",
    "event_type": "أنواع الأحداث",
    "delivery": "عمليات التسليم",
    "resend": "إعادة الإرسال الجماعية",
    "call": "الاستدعاءات",
    "calls": "الاستدعاءات الجماعية",
    "log": "تصدير سجل التسليم",
    "audit": "تصدير سجل التدقيق",
    "account": "الحساب",
    "person": "المستخدمون",
    "invitation": "الدعوات",
    "session": "الدخول والخروج",
    "password": "كلمات المرور",
    "second_step": "الخطوة الثانية",
    "recovery_codes": "رموز الاسترداد",
    "recovery_code": "استخدام رموز الاسترداد",
    "api_key": "مفاتيح التكامل البرمجي",
    "masks": "الحقول المخفية",
}
FIELDS = FILTER_WORDS | {
    "name": "الاسم",
    "description": "الوصف",
    "url": "الرابط",
    "event_types": "الأحداث",
    "policy": "السياسة",
    "signature": "طريقة التوقيع",
    "filter": "شروط الإرسال",
    "headers": "رؤوس الطلب",
    "changed_headers": "رؤوس تغيّرت قيمها",
    "enabled": "التفعيل",
    "held": "العمليات المحفوظة",
    "overlap_hours": "ساعات التداخل",
    "postponed_until": "الموعد الجديد",
    "disabled_reason": "سبب الإيقاف التلقائي",
    "version": "الإصدار",
    "mode": "طريقة الرد",
    "auth": "المصادقة",
    "rules": "عدد القواعد",
    "changed": "ما تغيّر",
    "count": "العدد",
    "replay": "الاستدعاء الجديد",
    "role": "الدور",
    "roles": "محجوب عن",
    "platform_role": "الصفة في المنصة",
    "invited_by": "صاحب الدعوة",
    "scopes": "الصلاحيات",
    "expires_at": "تاريخ الانتهاء",
    "per_minute": "الحد في الدقيقة",
    "slug": "المعرّف",
    "time_zone": "المنطقة الزمنية",
    "pattern": "الحقل",
    "kind": "نوع القيمة",
    "label": "الاسم",
    "group": "المجموعة",
    "example": "المثال",
    "schema": "وصف البيانات",
    "batch_size": "حجم الدفعة",
    "batch_wait_seconds": "أقصى انتظار للدفعة بالثواني",
    "ordered": "بالترتيب",
    "in_flight": "عدد الطلبات المتوازية",
    "timeout_seconds": "المهلة بالثواني",
    "retry_delays": "مواعيد المحاولات",
    "expires_after_seconds": "مدة الصلاحية بالثواني",
    "deliveries": "العمليات",
    "actor": "المستخدم أو المفتاح",
    "subject": "الموضوع",
    "target": "السجل",
    "named": "ما يعنيه البحث",
    "left": "ما بقي",
    "codes": "عدد الرموز",
    "secret": "الرمز",
    "guessed": "ما جُرّب",
    "password": "كلمة المرور",
    "peer": "العنوان",
    "user_agent": "المتصفح",
}
# Values that are codes, by the field they stand in.
VALUES = {
    "role": ROLES,
    "roles": ROLES,
    "kind": {kind: name for kind, (name, _) in KINDS.items()},
    "platform_role": PLATFORM_ROLES,
    "mode": {mode: words[0] for mode, words in MODES.items()},
    "auth": {kind: words[0] for kind, words in AUTH.items()},
    "guessed": {"password": "كلمة المرور", "code": "رمز الخطوة الثانية"},
    "held": {"send": "تُرسل", "skip": "تُتخطّى"},
    "disabled_reason": {"gone": "أُلغيت نقطة النهاية", "failing": "فشل متواصل"},
}
_PAGES = {
    "hok": ("hooks.show", "hook_id"),
    "trg": ("triggers.show", "trigger_id"),
    "dlv": ("deliveries.show", "delivery_id"),
    "cal": ("calls.show", "call_id"),
    "rsd": ("resends.show", "resend_id"),
}


class Difference(NamedTuple):
    """What a field was and is; None where it was not there."""

    field: Markup | str
    before: Markup | None
    after: Markup | None


def register(app: Flask) -> None:
    """Make what entries say known to the templates of ``app``."""
    app.jinja_env.filters.update(
        act=act,
        audit_act=entry_act,
        audit_actor=who,
        audit_doer=who_plainly,
        audit_changes=differences,
        audit_target=address_of,
    )


def act(action: str) -> str:
    """What was done."""
    return ACTIONS[Action(action)]


def entry_act(entry: AuditEntry) -> str:
    """What was done by the act of ``entry``, told by what was and is where its name is the same
    for putting something there and taking it away."""
    if entry.action != Action.MASKS_CHANGED:
        return act(entry.action)
    if not entry.before:
        return "حجب حقل"
    return "تعديل حقل محجوب" if entry.after else "إلغاء حجب حقل"


def who(name: str, key_id: str | None = None) -> Markup:
    """Whoever did it: a person, the portal by itself, or a key, which may be called as another."""
    if key_id is None and name == PORTAL:
        return Markup("المنصة تلقائيًا")
    shown = ltr(name) if name.isascii() else named(name)
    return shown if key_id is None else Markup("المفتاح «{}»").format(shown)


def who_plainly(name: str, key_id: str | None = None) -> str:
    """As :func:`who`, where no markup stands: people and commands as they are called."""
    return name if key_id is None else f"المفتاح «{name}»"


def differences(entry: AuditEntry) -> list[Difference]:
    """What changed, field by field."""
    names = dict.fromkeys([*entry.before, *entry.after])
    sides = (entry.before, entry.after)
    return [
        Difference(FIELDS.get(name) or ltr(name), *(_said(name, side) for side in sides))
        for name in names
    ]


def address_of(entry: AuditEntry) -> str | None:
    """Where the page of what the act was done to stands, of the kinds that have one."""
    endpoint, name = _PAGES.get((entry.target_id or "")[:3], (None, ""))
    return url_for(endpoint, **{name: entry.target_id}) if endpoint else None


def _said(name: str, values: dict[str, Any]) -> Markup | None:
    if name not in values:
        return None
    value, words = values[name], VALUES.get(name, {})
    if isinstance(value, list):
        value = [words.get(one, one) if isinstance(one, str) else one for one in value]
    word = words.get(value) if isinstance(value, str) else None
    return Markup(word) if word else show(value)


def show(value: Any) -> Markup:
    """A JSON value as people read it."""
    if value is None or value == "" or value == []:
        return Markup("—")
    if isinstance(value, bool):
        return Markup("نعم" if value else "لا")
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return Markup("، ").join(show(one) for one in value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return ltr(text) if text.isascii() or not isinstance(value, str) else named(text)
