"""Why an event did or did not reach a hook, in words."""

from portal.domain.verdicts import Verdict

WORDS = {
    Verdict.UNDELIVERED: "غير مُسلَّمة",
    Verdict.HELD: "محفوظة حتى تفعيل الخطاف",
    Verdict.RESTING: "إيقاف وقائي مؤقت",
    Verdict.RETRYING: "ستُعاد المحاولة",
    Verdict.WAITING: "قيد الانتظار",
    Verdict.FILTERED: "لم تتحقق شروط الإرسال",
    Verdict.NOT_SUBSCRIBED: "غير مشترك في هذا النوع",
    Verdict.MADE_LATER: "أُنشئ بعد الحدث",
    Verdict.NOT_KEPT: "لم يعد مسجّلًا",
    Verdict.SKIPPED: "متخطّاة",
    Verdict.CANCELLED: "أُلغيت",
    Verdict.DELIVERED: "تم التسليم",
}
# How a verdict looks, by the names of the states of deliveries.
LOOKS = {
    Verdict.RESTING: "retrying",
    Verdict.FILTERED: "skipped",
    Verdict.NOT_SUBSCRIBED: "skipped",
    Verdict.MADE_LATER: "skipped",
    Verdict.NOT_KEPT: "skipped",
}


def look(verdict: Verdict) -> str:
    """The state of a delivery that ``verdict`` looks like."""
    return LOOKS.get(verdict, verdict.value)
