"""What the log of calls says: labels of verdicts and runs, and what became of one call.

Why a call was refused stands in :mod:`portal.web.call_refusals` and
:mod:`portal.web.call_signatures`; a reason that neither knows still reads as a sentence.
"""

import json
from collections.abc import Mapping
from typing import Any

from portal.domain.calls import RunState, Verdict
from portal.domain.envelope import moment_text
from portal.domain.signatures.presets import PRESETS
from portal.domain.storable import storable
from portal.domain.triggers.answering import Answer
from portal.models import Call
from portal.queries.call_views import CallView
from portal.web.call_refusals import DOOR, JSON, OTHER_ERROR, OTHER_REFUSAL, QUERY, RUN
from portal.web.call_signatures import (
    BODY_FORMS,
    FINDINGS,
    OTHER_FINDING,
    SIGNATURES,
    SPACES,
    WAYS,
)
from portal.web.filters import ltr, named, size
from portal.web.refusals import Failure
from portal.web.text import count
from portal.web.trigger_words import VERDICTS

RUNS = {RunState.WAITING: "قيد الانتظار", RunState.DONE: "تم", RunState.FAILED: "فشل"}
STATUS_CLASSES = {"2xx": "نجاح", "3xx": "تحويل", "4xx": "رفض", "5xx": "عطل"}
# What lets a call in, or answers it, without a run of its own.
SPECIAL = {
    "duplicate": "أُعيدت استجابة الاستدعاء الأول",
    "still_running": "وصل والاستدعاء الأول قيد التنفيذ",
    "handshake_meta": "تحقق Meta من الرابط",
    "handshake_slack": "تحقق Slack من الرابط",
    "handshake_moyasar": "تحقق ميسر من الرابط",
}
REFUSALS = DOOR | SIGNATURES | QUERY | JSON
# The reasons that the list can be narrowed to, as they are grouped there.
REASONS = {
    "عند الوصول": {code: why.title for code, why in DOOR.items()},
    "التوقيع": {code: why.title for code, why in SIGNATURES.items()},
    "صيغة البيانات": {code: why.title for code, why in (QUERY | JSON).items()},
    "التنفيذ": {code: why.title for code, why in RUN.items()},
    "غير ذلك": SPECIAL,
}
TITLES = {code: title for reasons in REASONS.values() for code, title in reasons.items()}
STEPS = {
    "passed": "مرّت",
    "refused": "رُفضت",
    "repeated": "تكررت",
    "waiting": "قيد الانتظار",
    "failed": "تعذّرت",
    "unreached": "لم نصل إليها",
}

LONGEST_VALUE = 160

REPLAYED = "بدأ تنفيذ الاستدعاء من جديد."
ALL_REPLAYED = "بدأ التنفيذ من جديد: {}."


def tone(call: Call) -> str:
    """The colour of a call: its verdict, or what became of its run where that failed."""
    if call.verdict != Verdict.ACCEPTED:
        return call.verdict
    return call.run_state if call.run_state == RunState.FAILED else call.verdict


def reason_line(call: Call) -> str:
    """The second line of a row: why, in a few words; empty when there is nothing to say."""
    if not call.reason:
        return ""
    return SPECIAL.get(call.reason) or explain_reason(call).title


def explain_reason(call: Call, explained: Mapping[str, Any] | None = None) -> Failure:
    """Why ``call`` was refused or its run failed, with the facts in ``explained``."""
    reason = call.reason or ""
    if call.verdict == Verdict.REFUSED:
        facts = (explained or {}).get("refused", {})
        return REFUSALS.get(reason, OTHER_REFUSAL).told(_known(facts, reason, call.peer))
    return RUN.get(reason, OTHER_ERROR).told(_known({}, reason))


def causes(call: Call, view: CallView) -> list[Failure]:
    """The likely causes of a refusal that say more than its reason, the likeliest first."""
    findings = [one for one in view.explained.get("findings", ()) if one["code"] != call.reason]
    signed_as = {one["preset"] for one in findings if one["code"] == "other_preset"}
    told = [
        explain_finding(one, view.preset)
        for one in findings
        if one["code"] != "other_sender" or one.get("preset") not in signed_as
    ]
    return list(dict.fromkeys(told))


def explain_finding(finding: Mapping[str, Any], preset: str | None) -> Failure:
    """The likely cause ``finding``; ``preset`` is the one that the trigger is set up for."""
    code = finding.get("code", "")
    facts = {**finding, "ours": preset_label(preset)}
    return (FINDINGS | SIGNATURES).get(code, OTHER_FINDING).told(_known(facts, code))


def run_error(code: str) -> str:
    """What went wrong with a run, in a few words."""
    return RUN.get(code, OTHER_ERROR).title


def summary(call: Call, view: CallView) -> str:
    """What support asks for, as plain text to paste: what happened, the ids, the time."""
    lines = [f"الاستدعاء: {call.id}", f"المشغّل: {call.trigger_id}"]
    lines.append(f"النتيجة: {VERDICTS[Verdict(call.verdict)]} ({call.status or '—'})")
    if call.reason:
        lines.append(f"السبب: {TITLES.get(call.reason, call.reason)} ({call.reason})")
    codes = [finding["code"] for finding in view.explained.get("findings", ())]
    if codes:
        lines.append(f"التشخيص: {', '.join(codes)}")
    return "\n".join([*lines, f"الوقت: {moment_text(call.at)}", f"المصدر: {call.peer}"])


def json_text(value: Any) -> str:
    """A value of a condition as it is written in JSON, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def body_text(answer: Answer) -> str:
    """The body of an answer as a text."""
    return storable(answer.body)


def preset_label(preset: str | None) -> str:
    """What the sender ``preset`` is called; None is a signature of one's own making."""
    return PRESETS[preset].label if preset in PRESETS else "الإعداد المخصص"


def _known(facts: Mapping[str, Any], reason: str, peer: str = "") -> dict[str, object]:
    """What the sentences may name, from facts as they are kept; what is absent reads so."""
    seconds = facts.get("seconds") or 0
    return {
        "reason": ltr(reason or "—"),
        "peer": ltr(peer or "—"),
        "method": ltr(facts.get("method") or "—"),
        "limit": size(facts["limit"]) if isinstance(facts.get("limit"), int) else "—",
        "media": ltr(facts["media"]) if facts.get("media") else "غير محدد",
        "wait": count(seconds, "second"),
        "gap": _gap(seconds),
        "way": WAYS.get(facts.get("way", ""), "بعيد عن"),
        "spaces": SPACES.get(facts.get("where", ""), "بعد حذف المسافات منه"),
        "how": BODY_FORMS.get(facts.get("how", ""), "بعد تغيير في كتابته"),
        "preset": named(preset_label(facts.get("preset"))),
        "ours": named(facts.get("ours", "—")),
        **{
            name: ltr(facts.get(name) or "—")
            for name in ("field", "prefix", "used", "configured", "line", "column")
        },
    }


def _gap(seconds: int) -> str:
    if seconds < 120:
        return count(seconds, "second")
    if seconds < 7200:
        return count(round(seconds / 60), "minute")
    return count(round(seconds / 3600), "hour")
