"""The Arabic words that Python says: labels, plurals, notices, problems of whole requests.

Beside it stand why a send failed (:mod:`portal.web.failures`) and what is wrong with a field
(:mod:`portal.web.messages`).

Digits are Latin throughout, statuses have no gender, and a sentence that reports a problem ends
with what to do about it. What stands in a page and never changes is written in its template.
"""

from dataclasses import dataclass
from enum import StrEnum

from babel import Locale

from portal.domain.resends import ResendState
from portal.domain.states import DeliveryState, HookState, Role

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
ROLES = {Role.ADMIN: "مدير النظام", Role.STAFF: "مدير التكاملات", Role.SUPPORT: "موظف الدعم"}


def delivery_word(state: str, attempt_count: int = 0) -> str:
    """What a delivery's state is called, given how many attempts it has behind it."""
    if state == DeliveryState.WAITING and attempt_count:
        return "ستُعاد المحاولة"
    return DELIVERY_STATES[DeliveryState(state)]


def hook_word(state: str) -> str:
    """What a hook's state is called."""
    return HOOK_STATES[HookState(state)]


class Notice(StrEnum):
    """What a page says after something was done, or was not."""

    HOOK_CREATED = "تم إنشاء الخطاف."
    HOOK_SAVED = "تم حفظ التغييرات."
    MASK_ADDED = "حُجب الحقل، ويسري ذلك على البيانات القديمة أيضًا."
    MASKS_ADDED = "حُجبت الحقول الثلاثة عن موظفي الدعم."
    MASK_DELETED = "أُلغي حجب الحقل."
    HOOK_SAVED_OFF = "حُفظت التغييرات. بقي أن تختار ما يحدث للعمليات المحفوظة ليُفعّل الخطاف."
    HOOK_ON = "تم تفعيل الخطاف."
    HOOK_ON_SENDING = "تم تفعيل الخطاف، وبدأ إرسال العمليات المحفوظة."
    HOOK_ON_SKIPPING = "تم تفعيل الخطاف، وتخطّينا العمليات المحفوظة."
    HOOK_OFF = "تم إيقاف الخطاف. تُحفظ الأحداث الجديدة حتى تفعيله."
    HOOK_POSTPONED = "أُجّل الإيقاف التلقائي. عالج سبب الفشل قبل الموعد الجديد."
    SECRET_ROTATED = "تم تبديل رمز الأمان، ويوقّع الجديد الطلبات القادمة."
    SECRET_ENDED = "انتهى الرمز السابق، ولم نعد نوقّع به."
    URL_SWITCHED = "تم تبديل الرابط. يمكنك الرجوع إلى السابق بنقرة من هذه الصفحة."
    URL_BACK = "رجع الخطاف إلى رابطه السابق."
    HOOK_DELETED = "تم حذف الخطاف، وبقي سجل تسليمه محفوظًا."
    HOOKS_TAKEN = "تم إنشاء خطافات الملف. أضف قيم الرؤوس إلى ما يحتاج إليها."
    HOOKS_TAKEN_IN_PART = "أُنشئ بعض الخطافات، وتعذّر إنشاء غيرها. راجع ما بقي هنا."
    HOOKS_NOT_TAKEN = "لم نُنشئ شيئًا لأن الحال تغيّر منذ المعاينة. راجع النتيجة الجديدة."
    TRIGGER_CREATED = "تم إنشاء المشغّل. انسخ رابطه وأعطه للنظام الخارجي."
    TRIGGER_SAVED = "تم حفظ التغييرات، وتسري على الاستدعاءات القادمة."
    TRIGGER_ON = "تم تفعيل المشغّل."
    TRIGGER_OFF = "تم إيقاف المشغّل. يُجاب من يستدعي رابطه بالرمز 404."
    TRIGGER_ADDRESS_REPLACED = "تم استبدال الرابط، ولم يعد الرابط السابق يعمل."
    TRIGGER_DELETED = "تم حذف المشغّل، وبقي سجل استدعاءاته محفوظًا."
    RULE_SAVED = "تم حفظ القاعدة، وتسري على الاستدعاءات القادمة."
    RULE_MOVED = "تم نقل القاعدة، ويسري الترتيب الجديد على الاستدعاءات القادمة."
    RULE_ON = "تم تفعيل القاعدة."
    RULE_OFF = "تم إيقاف القاعدة، فلا تُجرَّب حتى تفعيلها."
    RULE_DELETED = "تم حذف القاعدة."
    FILTER_SAVED = "تم حفظ شروط الإرسال، وتسري على الأحداث القادمة."
    FILTER_REMOVED = "أُزيلت شروط الإرسال، فيُرسل كل حدث من أنواع الخطاف."
    RULE_STALE = "تغيّرت هذه القاعدة منذ عرضها هنا، فلم نحفظ شيئًا. راجع القواعد ثم أعد المحاولة."
    RESENT = "بدأت إعادة الإرسال."
    RESEND_PAUSED = "تم إيقاف إعادة الإرسال مؤقتًا."
    RESEND_RESUMED = "استؤنفت إعادة الإرسال بعملية تجريبية أولًا."
    RESEND_CANCELLED = "تم إلغاء إعادة الإرسال، ولن تُرسل العمليات المتبقية."
    EVENT_TYPE_CREATED = "تمت إضافة نوع الحدث. يمكن الآن نشره والاشتراك فيه."
    EVENT_TYPE_DELETED = "تم حذف نوع الحدث."
    POLICY_CREATED = "تم إنشاء السياسة. اخترها في الخطافات التي تناسبها."
    POLICY_DELETED = "تم حذف السياسة."
    KEY_CREATED = "تم إنشاء المفتاح."
    KEY_REVOKED = "تم إلغاء المفتاح، وسيُرفض أي طلب يستخدمه."
    SANDBOX_READY = "أُرسل حدث تجريبي إلى صندوق التجربة."
    NOTICES_SEEN = "تم الاطلاع على التنبيهات."
    ENDPOINT_CHECKED = "انتهى الفحص، وهذه نتيجته."
    ENDPOINT_CHECKED_BEFORE = "فُحصت نقطة النهاية قبل لحظات. أعد المحاولة بعد قليل."
    SANDBOX_ANSWER = "تم الحفظ، ويجيب الصندوق هكذا من الآن."
    SIGNED_OUT = "تم تسجيل الخروج."
    WELCOME = "أُنشئ حسابك. ابدأ بتجربة خطاف أو بإنشاء أول خطاف لك."
    SIGN_IN_FIRST = "سجّل الدخول لعرض هذه الصفحة."


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
        "بقيت الصفحة مفتوحة مدة طويلة، أو سُجّل الخروج في نافذة أخرى، فلم يُنفَّذ الطلب.",
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
