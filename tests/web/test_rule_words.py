"""Rules read back as sentences."""

from typing import Any

import pytest

from portal.domain.signatures.presets import PRESETS
from portal.domain.triggers.draft import TriggerDraft, read_trigger
from portal.domain.triggers.rules import read_rule
from portal.web.filters import isolated
from portal.web.rule_senders import meanings, patience
from portal.web.rule_words import Told, always_holds, on_error, otherwise, sentence
from tests.web.html import read

NAMES = {"body.status": "الحالة", "body.total": "", "calls.check.status": "رمز حالة رد check"}
SYNC = Told(NAMES, {"order.status": "حالة الطلب", "message.sent": "رسالة"}, is_sync=True)
ASYNC = Told(NAMES, SYNC.events, is_sync=False)
PAID = {"left": "body.status", "op": "eq", "right": "paid"}
BIG = {"left": "body.total", "op": "gt", "right": 100}
NONE = {"left": "body.note", "op": "missing"}
CALL = {"as": "check", "url": "https://example.com/a?key=s3cret"}


def said(rule: dict[str, Any], told: Told = ASYNC) -> str:
    """The sentence of ``rule`` as people read it."""
    return read(str(sentence(read_rule(rule), told))).text


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ({"all": [PAID]}, "كان «الحالة» يساوي «paid»"),
        ({"all": [PAID, BIG]}, "كان «الحالة» يساوي «paid»، وكان body.total أكبر من 100"),
        ({"any": [PAID, NONE]}, "كان «الحالة» يساوي «paid»، أو كان body.note غير موجود"),
        (
            {"all": [PAID, {"any": [BIG, NONE]}]},
            "كان «الحالة» يساوي «paid»، و(كان body.total أكبر من 100، أو كان body.note غير موجود)",
        ),
        ({"any": [{"all": [PAID]}]}, "كان «الحالة» يساوي «paid»"),
        ({"all": [{**NONE, "op": "exists"}]}, "كان body.note موجودًا"),
        ({"all": [{**NONE, "op": "empty"}]}, "كان body.note فارغًا"),
        ({"all": [{**BIG, "op": "between", "right": ["1", 5]}]}, "كان body.total بين «1» و5"),
        (
            {"all": [{**PAID, "op": "in", "right": list("abcdef")}]},
            "كان «الحالة» ضمن القائمة («a»، «b»، «c»، «d»، «e»، وغيرها)",
        ),
        ({"all": [{**PAID, "op": "not_in", "right": ["a"]}]}, "كان «الحالة» خارج القائمة («a»)"),
        ({"all": [{**BIG, "right": "{{ body.status }}"}]}, "كان body.total أكبر من «الحالة»"),
    ],
)
def test_conditions_are_said(when: dict[str, Any], words: str) -> None:
    assert said({"when": when}) == f"إذا {words}، فلا نفعل شيئًا ولا نجرّب ما بعدها."


@pytest.mark.parametrize(
    ("rule", "told", "words"),
    [
        ({}, ASYNC, "مع كل استدعاء لا نفعل شيئًا ولا نجرّب ما بعدها."),
        ({"when": {"all": []}}, SYNC, "مع كل استدعاء نردّ بالرمز 200 (تم) والنص «ok»."),
        (
            {"publish": [{"type": "order.status"}, {"type": "message.sent"}]},
            ASYNC,
            "مع كل استدعاء ننشر الحدث «حالة الطلب» والحدث «رسالة».",
        ),
        (
            {"call": CALL},
            SYNC,
            "مع كل استدعاء نسأل العنوان https://example.com/a?… باسم check،"
            " ونتابع إلى القواعد التالية.",
        ),
        (
            {"call": CALL, "response": {"status": 422, "body": {}}},
            SYNC,
            "مع كل استدعاء نسأل العنوان https://example.com/a?… باسم check،"
            " ونردّ بالرمز 422 (مرفوض) وبيانات JSON.",
        ),
        (
            {"response": {"status": 503, "headers": {"Retry-After": "2"}, "body": ""}},
            SYNC,
            "مع كل استدعاء نردّ بالرمز 503 (مشغول، تُعاد المحاولة بعد ثانيتان) دون نص.",
        ),
        (
            {"response": {}, "publish": [{"type": "order.status"}]},
            ASYNC,
            "مع كل استدعاء ننشر الحدث «حالة الطلب». استجابتها لا تُرسل، لأن المشغّل غير متزامن.",
        ),
        ({"when": {"any": []}}, SYNC, "لا تنطبق هذه القاعدة أبدًا، لأن مجموعة «أي شرط» فيها خالية."),
    ],
)
def test_what_a_rule_does_is_said(rule: dict[str, Any], told: Told, words: str) -> None:
    assert said(rule, told) == words


def test_strange_names_and_values_are_shown_and_do_nothing() -> None:
    strange = {"left": "body.a<b>", "op": "eq", "right": "<script>\u202e"}
    text = str(sentence(read_rule({"when": {"all": [strange]}}), SYNC))
    assert "<script>" not in text
    assert "\u202e" not in text


def test_the_last_sentences_follow_the_mode() -> None:
    members = {"name": "س", "response": {"status": 404, "body": "لا"}}
    words = []
    for mode in ("sync", "async"):
        draft = read_trigger({**members, "mode": mode}, TriggerDraft())
        words += [str(otherwise(draft.configuration)), str(on_error(draft.configuration))]
    told = [read(one).text for one in words]
    assert told[0] == "إذا لم تنطبق أي قاعدة فنردّ بالرمز 404 والنص «لا»."
    assert told[1].startswith("إذا وقع خطأ في قاعدة فنردّ بالرمز 500 والنص «error»")
    assert told[2].startswith("نردّ بالرمز 404 والنص «لا» فور وصول الطلب")
    assert told[3].startswith("إذا وقع خطأ في قاعدة فلا ننفّذ منها شيئًا")


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ({}, True),
        ({"when": {"all": []}}, True),
        ({"enabled": False}, False),
        ({"when": {"any": []}}, False),
        ({"when": {"all": [PAID]}}, False),
        ({"call": CALL}, False),
        ({"call": CALL, "response": {}}, True),
    ],
)
def test_a_rule_for_every_call_is_known(rule: dict[str, Any], holds: bool) -> None:
    assert always_holds(read_rule(rule)) is holds


@pytest.mark.parametrize("preset", ["", *PRESETS])
def test_what_senders_do_reads_well_from_right_to_left(preset: str) -> None:
    said = [words for _, _, words in meanings(preset)] + [patience(preset)]
    for words in said:
        # What ends a sentence stands outside the machine text before it, else it moves to the
        # other side.
        assert not any(f"{sign}</bdi>" in isolated(words) for sign in ".:-/_"), words
        assert not words or words.endswith(".")
    assert len({value for value, _, _ in meanings(preset)}) == 6
