"""The way of one call through its checks (design §5), step by step, in Arabic sentences."""

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from portal.domain.calls import RunState, Verdict
from portal.domain.signatures.presets import PRESETS
from portal.queries.call_views import CallView
from portal.web.call_words import SPECIAL, explain_reason, preset_label
from portal.web.filters import ltr, named, size
from portal.web.text import count


@dataclass(frozen=True)
class Step:
    """One check: ``state`` is passed, refused, repeated, waiting, failed or unreached."""

    name: str
    state: str
    said: str


NAMES = {
    "method": "الرابط",
    "size": "الحجم",
    "address": "العنوان الشبكي",
    "pace": "المعدّل",
    "auth": "المصادقة",
    "type": "نوع المحتوى",
    "json": "صيغة JSON",
    "repeat": "التكرار",
    "stored": "الحفظ",
    "rules": "القواعد",
    "answer": "الاستجابة",
}
# Which check refuses with which status; below, the reasons that share a status with another's.
_BY_STATUS = {
    405: "method",
    413: "size",
    403: "address",
    429: "pace",
    401: "auth",
    415: "type",
    400: "json",
    503: "size",
}
_BY_REASON = {"cut_short": "size", "handshake_refused": "auth"}
_UNHEARD = "انقطع الاتصال بالمُرسِل قبل الردّ، ثم اكتمل التنفيذ دونه."
_UNREACHED = "لم نصل إلى هذه الخطوة."


def steps_of(view: CallView) -> list[Step]:
    """The steps of a call in the order in which they are taken."""
    if view.call.replay_of:
        return [_replayed(view), _rules(view)]
    if view.call.verdict == Verdict.REFUSED:
        return list(_refused(view))
    if view.handshake:
        return [*_passed(view, ("method", "size", "address", "pace")), *_greeted(view)]
    door = [*_passed(view, ("method", "size", "address", "pace", "auth", "type", "json"))]
    if view.call.verdict == Verdict.DUPLICATE:
        return [*door, *_repeated(view)]
    last = [_rules(view), _stored(), _answer(view)]
    if view.configuration["mode"] == "async":
        last = [_stored(), _answer(view), _rules(view)]
    return [*door, *_passed(view, ("repeat",)), *last]


def refused_at(view: CallView) -> str:
    """The check that turned a call away; the first one where that is not known."""
    by_status = _BY_STATUS.get(view.call.status or 0, "method")
    return _BY_REASON.get(view.call.reason or "", by_status)


def _refused(view: CallView) -> Iterator[Step]:
    at, names = refused_at(view), list(NAMES)
    place = names.index(at)
    yield from _passed(view, tuple(names[:place]))
    why = explain_reason(view.call, view.explained)
    yield Step(NAMES[at], "refused", Markup("{}.").format(why.title))
    for name in names[place + 1 : -1]:
        yield Step(NAMES[name], "unreached", _UNREACHED)
    yield Step(NAMES["answer"], "refused", _answered(view))


def _passed(view: CallView, names: tuple[str, ...]) -> list[Step]:
    return [Step(NAMES[name], "passed", _SAID[name](view)) for name in names]


def _greeted(view: CallView) -> list[Step]:
    said = f"{SPECIAL[f'handshake_{view.handshake}']}، فلا تُنفَّذ القواعد."
    return [Step(NAMES["auth"], "passed", said), _stored(), _answer(view)]


def _repeated(view: CallView) -> list[Step]:
    running = view.call.reason == "still_running"
    said = "وصل مثله من قبل ولم ينتهِ تنفيذه." if running else "وصل مثله من قبل."
    return [
        Step(NAMES["repeat"], "repeated", said),
        _stored(),
        Step(NAMES["rules"], "unreached", "لم نكرر التنفيذ."),
        _answer(view),
    ]


def _replayed(view: CallView) -> Step:
    said = Markup("طلبها {}. لا تُرسل استجابة إلى أحد.").format(ltr(view.call.asked_by or "—"))
    return Step("إعادة التنفيذ", "passed", said)


def _stored() -> Step:
    return Step(NAMES["stored"], "passed", "حفظنا الاستدعاء قبل الردّ عليه.")


def _answer(view: CallView) -> Step:
    if view.call.status is None and view.call.run_state != RunState.WAITING:
        return Step(NAMES["answer"], "failed", _UNHEARD)
    if view.call.status is None:
        return Step(NAMES["answer"], "waiting", "ننتظر نتيجة القواعد لنردّ.")
    return Step(NAMES["answer"], "passed", _answered(view))


def _answered(view: CallView) -> Markup:
    late = " انتهت المهلة قبل اكتمال القواعد." if view.call.is_late else ""
    return Markup("رددنا بالرمز {}.{}").format(ltr(view.call.status or "—"), late)


def _rules(view: CallView) -> Step:
    call, name = view.call, NAMES["rules"]
    if call.run_state == RunState.WAITING:
        return Step(name, "waiting", "التنفيذ في قائمة الانتظار.")
    if call.run_state == RunState.FAILED:
        return Step(name, "failed", Markup("{}.").format(explain_reason(call).title))
    return Step(name, "passed", _ran(view))


def _ran(view: CallView) -> Markup:
    if view.call.rule:
        said = Markup("طابقت القاعدة {}.").format(named(view.call.rule))
    elif view.explained.get("rules"):
        said = Markup("لم تطابق أي قاعدة.")
    else:
        said = Markup("لا قواعد في هذا المشغّل.")
    events = view.explained.get("events")
    return said + (f" نُشر: {count(events, 'event')}." if events else "")


def _method(view: CallView) -> Markup:
    return Markup("المشغّل مفعّل، ووصل الطلب بطريقة {}.").format(ltr(view.call.method))


def _size(view: CallView) -> str:
    if not view.call.body_size:
        return "وصل الطلب بلا نص."
    most = view.configuration["limits"]["body_bytes"]
    return f"حجم النص {size(view.call.body_size)}، والحد {size(most)}."


def _address(view: CallView) -> Markup | str:
    if not view.configuration["limits"]["addresses"]:
        return "لا يقيّد المشغّل العناوين."
    return Markup("العنوان {} في قائمة السماح.").format(ltr(view.call.peer))


def _pace(view: CallView) -> str:
    most = view.configuration["limits"]["per_minute"]
    return f"ضمن الحد في الدقيقة: {count(most, 'request')}." if most else "لا حدّ لعدد الطلبات."


def _auth(view: CallView) -> Markup | str:
    kind = view.explained.get("auth", {}).get("kind") or view.configuration["auth"]["kind"]
    if kind == "none" or (view.preset in PRESETS and PRESETS[view.preset].scheme is None):
        return "لا يطلب المشغّل مصادقة."
    if kind == "basic":
        return "اسم المستخدم وكلمة المرور صحيحان."
    if view.explained.get("auth", {}).get("secret") == "previous":
        return "التوقيع صحيح برمز الأمان السابق. حدّث الرمز في النظام الخارجي."
    return Markup("التوقيع صحيح بطريقة {}.").format(named(preset_label(view.preset)))


def _type(view: CallView) -> Markup | str:
    given = next((value for name, value in view.headers if name.lower() == "content-type"), "")
    return Markup("{}").format(ltr(given)) if given else "لا نص في الطلب، فلا حاجة إلى نوع محتوى."


def _json(view: CallView) -> str:
    return "صيغة النص صحيحة." if view.call.body_size else "لا نص لقراءته."


def _repeat(view: CallView) -> Markup | str:
    dedupe = view.configuration["dedupe"]
    if not dedupe:
        return "لا يمنع المشغّل التكرار."
    if not view.dedupe_key:
        return Markup("لا يحمل الطلب مفتاح منع التكرار {}.").format(ltr(dedupe["from"]))
    return Markup("لم يصل قبله ما يحمل المفتاح {}.").format(ltr(view.dedupe_key))


_SAID = {
    "method": _method,
    "size": _size,
    "address": _address,
    "pace": _pace,
    "auth": _auth,
    "type": _type,
    "json": _json,
    "repeat": _repeat,
}
