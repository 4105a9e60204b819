"""The Arabic words that Python says: labels, plurals, notices, problems of whole requests.

Beside it stand why a send failed (:mod:`portal.web.failures`) and what is wrong with a field
(:mod:`portal.web.messages`).

Digits are Latin throughout, statuses have no gender, and a sentence that reports a problem ends
with what to do about it. What stands in a page and never changes is written in its template.
"""

from dataclasses import dataclass

from babel import Locale

from portal.domain.members import PlatformRole
from portal.domain.resends import ResendState
from portal.domain.scopes import Scope
from portal.domain.states import DeliveryState, HookState, Role
from portal.queries.api_keys import KeyState

_ARABIC = Locale("ar")
_FORMS = ("zero", "one", "two", "few", "many", "other")

# One form for each plural category of CLDR: 0, 1, 2, 3 to 10, 11 to 99, and 100 and more.
PLURALS: dict[str, tuple[str, str, str, str, str, str]] = {
    key: tuple(forms.split(" | "))  # type: ignore[misc]
    for key, forms in {
        "attempt": "لا محاولات | محاولة واحدة | محاولتان | {n} محاولات | {n} محاولة | {n} محاولة",
        "delivery": "لا عمليات تسليم | عملية تسليم واحدة | عمليتا تسليم | {n} عمليات تسليم"
        " | {n} عملية تسليم | {n} عملية تسليم",
        "new_delivery": "لا عمليات جديدة | عملية جديدة واحدة | عمليتان جديدتان | {n} عمليات جديدة"
        " | {n} عملية جديدة | {n} عملية جديدة",
        "webhook": "لا خطافات | خطاف واحد | خطافان | {n} خطافات | {n} خطافًا | {n} خطاف",
        "trigger": "لا مشغّلات | مشغّل واحد | مشغّلان | {n} مشغّلات | {n} مشغّلًا | {n} مشغّل",
        "call": "لا استدعاءات | استدعاء واحد | استدعاءان | {n} استدعاءات | {n} استدعاءً"
        " | {n} استدعاء",
        "variable": "لا متغيّرات | متغيّر واحد | متغيّران | {n} متغيّرات | {n} متغيّرًا | {n} متغيّر",
        "address": "لا عناوين | عنوان واحد | عنوانان | {n} عناوين | {n} عنوانًا | {n} عنوان",
        "new_call": "لا استدعاءات جديدة | استدعاء جديد واحد | استدعاءان جديدان"
        " | {n} استدعاءات جديدة | {n} استدعاءً جديدًا | {n} استدعاء جديد",
        "time": "لم يصل | مرة واحدة | مرتين | {n} مرات | {n} مرة | {n} مرة",
        "event": "لا أحداث | حدث واحد | حدثان | {n} أحداث | {n} حدثًا | {n} حدث",
        "event_type": "لا أنواع | نوع واحد | نوعان | {n} أنواع | {n} نوعًا | {n} نوع",
        "entry": "لا قيود | قيد واحد | قيدان | {n} قيود | {n} قيدًا | {n} قيد",
        "result": "لا نتائج | نتيجة واحدة | نتيجتان | {n} نتائج | {n} نتيجة | {n} نتيجة",
        "error": "لا أخطاء | خطأ واحد | خطآن | {n} أخطاء | {n} خطأً | {n} خطأ",
        "rule": "لا قواعد | قاعدة واحدة | قاعدتان | {n} قواعد | {n} قاعدة | {n} قاعدة",
        "condition": "لا شروط | شرط واحد | شرطان | {n} شروط | {n} شرطًا | {n} شرط",
        "request": "لا طلبات | طلب واحد | طلبان | {n} طلبات | {n} طلبًا | {n} طلب",
        "second": "أقل من ثانية | ثانية واحدة | ثانيتان | {n} ثوانٍ | {n} ثانية | {n} ثانية",
        "minute": "أقل من دقيقة | دقيقة واحدة | دقيقتان | {n} دقائق | {n} دقيقة | {n} دقيقة",
        "hour": "أقل من ساعة | ساعة واحدة | ساعتان | {n} ساعات | {n} ساعة | {n} ساعة",
        "day": "اليوم | يوم واحد | يومان | {n} أيام | {n} يومًا | {n} يوم",
        # How long after something: with the letter that the length of time hangs on.
        "after_minute": "بأقل من دقيقة | بدقيقة واحدة | بدقيقتين | بـ {n} دقائق | بـ {n} دقيقة"
        " | بـ {n} دقيقة",
        "after_hour": "بأقل من ساعة | بساعة واحدة | بساعتين | بـ {n} ساعات | بـ {n} ساعة"
        " | بـ {n} ساعة",
        "after_day": "بأقل من يوم | بيوم واحد | بيومين | بـ {n} أيام | بـ {n} يومًا | بـ {n} يوم",
        "user": "لا مستخدمين | مستخدم واحد | مستخدمان | {n} مستخدمين | {n} مستخدمًا | {n} مستخدم",
    }.items()
}


def count(n: int, key: str) -> str:
    """``n`` of what ``key`` names, in the form that Arabic asks for: "3 محاولات".

    Raises :class:`KeyError` for a key that :data:`PLURALS` does not hold.
    """
    return PLURALS[key][_FORMS.index(_ARABIC.plural_form(n))].format(n=f"{n:,}")


def after(seconds: int) -> str:
    """How long after something, in its largest unit: "بـ 3 دقائق"."""
    for key, size in (("after_day", 86400), ("after_hour", 3600)):
        if seconds >= size:
            return count(seconds // size, key)
    return count(seconds // 60, "after_minute")


DELIVERY_STATES = {
    DeliveryState.WAITING: "قيد الانتظار",
    DeliveryState.HELD: "محفوظة حتى تفعيل الخطاف",
    DeliveryState.DELIVERED: "تم التسليم",
    DeliveryState.UNDELIVERED: "غير مُسلَّمة",
    DeliveryState.SKIPPED: "متخطّاة",
    DeliveryState.CANCELLED: "أُلغيت",
}
HOOK_STATES = {
    HookState.ON: "مفعّل",
    HookState.OFF: "موقوف",
    HookState.RESTING: "إيقاف وقائي مؤقت",
    HookState.DISABLED: "أُوقف تلقائيًا",
}
RESEND_STATES = {
    ResendState.PROBING: "إرسال تجريبي",
    ResendState.RUNNING: "قيد الإرسال",
    ResendState.PAUSED: "إيقاف مؤقت",
    ResendState.DONE: "تم الإرسال",
    ResendState.STOPPED: "توقّف تلقائي",
    ResendState.CANCELLED: "أُلغيت",
}
DISABLED_REASONS = {
    "gone": "أوقفناه تلقائيًا لأن نقطة النهاية أُلغيت نهائيًا (الرمز 410).",
    "failing": "أوقفناه تلقائيًا بعد أيام من الفشل المتواصل.",
}
PLATFORM_ROLES = {PlatformRole.OPERATOR: "مشغّل المنصة", PlatformRole.SUPPORT: "دعم المنصة"}
ROLES = {Role.ADMIN: "مدير النظام", Role.STAFF: "مدير التكاملات", Role.SUPPORT: "موظف الدعم"}


SCOPES = {
    Scope.READ: ("قراءة", "قراءة السجلات والخطافات والمشغّلات"),
    Scope.PUBLISH: ("نشر الأحداث", "نشر حدث أو دفعة أحداث"),
    Scope.RESEND: ("إعادة الإرسال", "إعادة إرسال عمليات التسليم والاستدعاءات"),
    Scope.HOOKS: ("إدارة الخطافات", "إنشاء الخطافات وتعديلها وحذفها"),
    Scope.TRIGGERS: ("إدارة المشغّلات", "إنشاء المشغّلات وتعديلها وحذفها"),
    Scope.CATALOGUE: ("إدارة السياسات والأنواع", "إضافة السياسات وأنواع الأحداث وتعديلها"),
    Scope.AUDIT: ("سجل التدقيق", "قراءة ما فُعل في الحساب"),
}
KEY_STATES = {
    KeyState.ON: "مفعّل",
    KeyState.ENDING: "ينتهي قريبًا",
    KeyState.EXPIRED: "منتهي الصلاحية",
    KeyState.REVOKED: "مُلغى",
}


def delivery_word(state: str, attempt_count: int = 0) -> str:
    """What a delivery's state is called, given how many attempts it has behind it."""
    if state == DeliveryState.WAITING and attempt_count:
        return "ستُعاد المحاولة"
    return DELIVERY_STATES[DeliveryState(state)]


def hook_word(state: str) -> str:
    """What a hook's state is called."""
    return HOOK_STATES[HookState(state)]


@dataclass(frozen=True)
class Problem:
    """A request that was refused as a whole: what happened and what to do next."""

    title: str
    meaning: str
    next_step: str


_AGAIN = "أعد المحاولة، وإذا تكرر ذلك فأرسل إلى الدعم رقم المرجع."

PROBLEMS: dict[int | str, Problem] = {
    400: Problem(
        "تعذّر فهم الطلب", "وصل الطلب ناقصًا أو بصيغة غير صحيحة.", "راجع الطلب ثم أرسله من جديد."
    ),
    "csrf": Problem(
        "انتهت صلاحية الصفحة",
        "بقيت الصفحة مفتوحة مدة طويلة، أو سُجّل الخروج أو فُتح حساب آخر في نافذة أخرى،"
        " فلم يُنفَّذ الطلب.",
        "حدّث الصفحة ثم أعد المحاولة.",
    ),
    401: Problem(
        "المصادقة مطلوبة",
        "مفتاح التكامل البرمجي غائب أو غير صحيح أو أُلغي.",
        "أرسل مفتاحًا صالحًا في رأس Authorization بصيغة Bearer.",
    ),
    403: Problem(
        "لا تملك صلاحية لهذا الإجراء",
        "دورك في هذا الحساب لا يسمح به.",
        "اطلب الصلاحية من مدير النظام.",
    ),
    404: Problem(
        "لم نعثر على هذه الصفحة",
        "ربما حُذف السجل أو انتهت مدة الاحتفاظ به، أو أن الرابط غير دقيق.",
        "راجع الرابط، أو ابدأ من الصفحة الرئيسة.",
    ),
    405: Problem(
        "طريقة الطلب غير مقبولة",
        "لا يقبل هذا الرابط هذه الطريقة من طلبات HTTP.",
        "ارجع إلى الصفحة السابقة واستخدم أزرارها.",
    ),
    409: Problem(
        "لا تسمح حالة السجل بذلك الآن",
        "يتعارض الطلب مع حالة السجل الحالية، فلم نغيّر شيئًا.",
        "حدّث الصفحة وراجع السجل، ثم أعد المحاولة.",
    ),
    413: Problem(
        "الطلب أكبر من المسموح",
        "يتجاوز حجم الطلب الحد الأقصى، فلم نحفظ منه شيئًا.",
        "قلّل حجم البيانات أو قسّمها ثم أعد الإرسال.",
    ),
    415: Problem(
        "نوع المحتوى غير مدعوم",
        "نقبل البيانات بصيغة JSON فقط.",
        "أرسل الرأس Content-Type بقيمة application/json.",
    ),
    422: Problem(
        "بعض القيم غير مقبولة", "لم نحفظ شيئًا من هذا الطلب.", "صحّح الحقول المذكورة ثم أعد المحاولة."
    ),
    429: Problem(
        "الطلبات أكثر من المسموح",
        "تجاوز عدد الطلبات الحد في هذه المدة.",
        "انتظر قليلًا ثم أعد المحاولة.",
    ),
    500: Problem("حدث خطأ من جانبنا", "تعطّل تنفيذ الطلب داخل المنصة، ولا علاقة لك بالسبب.", _AGAIN),
    503: Problem(
        "المنصة غير متاحة مؤقتًا",
        "لا نصل إلى قاعدة البيانات الآن، فلم نحفظ شيئًا من هذا الطلب.",
        "أعد المحاولة بعد لحظات. إذا استمر ذلك فأبلغ مدير النظام.",
    ),
}


def problem(status: int | str) -> Problem:
    """What to say for an HTTP status, or for ``"csrf"``; an unlisted one reads as its class."""
    if status in PROBLEMS:
        return PROBLEMS[status]
    return PROBLEMS[500 if isinstance(status, int) and status >= 500 else 400]
