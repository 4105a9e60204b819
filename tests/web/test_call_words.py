"""Every reason for which a call is refused or its run fails, and every likely cause, has words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import portal
from portal.domain.calls import RunState, Verdict
from portal.domain.conditions import Result
from portal.domain.conditions.operators import OPERATORS
from portal.domain.signatures import body_variants
from portal.domain.signatures import verifying as signatures
from portal.models import Call
from portal.web import call_words, condition_words
from portal.web.call_refusals import DOOR, JSON, OTHER_ERROR, OTHER_REFUSAL, QUERY, RUN
from portal.web.call_signatures import BODY_FORMS, FINDINGS, OTHER_FINDING, SIGNATURES
from portal.web.call_steps import refused_at
from portal.web.refusals import Failure

ROOT = Path(portal.__file__).parent
# Where a stable reason stands among the arguments of whatever carries one, by the files.
DOOR_FILES = (
    "domain/triggers/admission.py",
    "pipeline/receive.py",
    "web/inbound.py",
    "domain/triggers/running.py",
    "pipeline/runs.py",
    "pipeline/finishing.py",
)
PLACES = {"Turned": 1, "failed": 2}
EVERY = {**DOOR, **QUERY, **JSON, **SIGNATURES, **RUN, **FINDINGS}
ARABIC_DIGITS = re.compile("[٠-٩۰-۹]")

EVERY_FAILURE = [*EVERY.values(), OTHER_REFUSAL, OTHER_ERROR, OTHER_FINDING]


def constants(path: str, places: dict[str, int]) -> Iterator[str]:
    """The constant reasons that the file ``path`` hands to what ``places`` names."""
    for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            place = places.get(name, len(node.args))
            found = node.args[place : place + 1]
            found += [one.value for one in node.keywords if (name, one.arg) == ("values", "reason")]
            yield from (one.value for one in found if isinstance(one, ast.Constant) and one.value)


def words_in(path: str, pattern: str) -> set[str]:
    """The constant texts of the file ``path`` that are like ``pattern``, its docstrings apart."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return {text for text in texts if isinstance(text, str) and re.fullmatch(pattern, text)}


def reasons_of_signatures() -> set[str]:
    """Every reason that the files on signatures name."""
    found: set[str] = set()
    for path in (ROOT / "domain/signatures").glob("*.py"):
        name = str(path.relative_to(ROOT))
        found |= set(constants(name, {"Unreadable": 0, "Verdict": 1}))
    # Some are put together from two words there; the docstring has them all.
    told = (signatures.Verdict.__doc__ or "").partition("Reasons:")[2]
    return found | set(re.findall(r"[a-z]+(?:_[a-z]+)+", told))


def refused(reason: str, status: int = 400) -> Call:
    """A call that was refused for ``reason``."""
    return Call(id="cal_1", verdict=Verdict.REFUSED, reason=reason, status=status, peer="192.0.2.7")


def test_every_reason_at_the_door_and_of_a_run_has_words() -> None:
    reasons = {one for path in DOOR_FILES for one in constants(path, PLACES)}
    reasons |= set(constants("web/bodies.py", {"BodyRefused": 1}))
    assert {"address_not_listed", "handshake_refused", "cut_short", "run_interrupted"} <= reasons
    assert reasons - {*DOOR, *JSON, *SIGNATURES, *RUN} == set()


def test_every_fault_of_a_query_has_words() -> None:
    assert set(constants("domain/query_strings.py", {"BadQuery": 0})) == QUERY.keys()


def test_conditions_are_said_whatever_their_operator_result_and_fault() -> None:
    assert condition_words.OPERATORS.keys() == OPERATORS.keys()
    assert condition_words.RESULTS.keys() == set(Result)
    folder = ROOT / "domain/conditions"
    files = [str(path.relative_to(ROOT)) for path in folder.glob("*.py")]
    places = {"CannotApply": 0, "BadRight": 0}
    faults = {code for path in files for code in constants(path, places)}
    assert len(faults) > 10
    assert condition_words.FAULTS.keys() == faults


def test_every_fault_of_json_has_words() -> None:
    codes = set(constants("domain/strict_json.py", {"JsonRefused": 0}))
    assert len(codes) > 5
    assert codes == JSON.keys()


def test_every_reason_of_a_signature_has_words() -> None:
    reasons = reasons_of_signatures()
    assert len(reasons) > 10
    assert reasons == SIGNATURES.keys()


def test_every_likely_cause_has_words_and_each_way_to_write_a_body() -> None:
    codes = set(constants("domain/signatures/diagnosis.py", {"Finding": 0}))
    codes |= words_in("domain/signatures/diagnosis.py", r"wrong_[a-z]+")
    assert len(codes) > 8
    assert codes == FINDINGS.keys()
    body = b'{"a": "\xd8\xb3/", \r\n"b": 1}'
    forms = {name for name, _ in body_variants.body_variants(body)}
    forms |= {name for name, _ in body_variants.body_variants(b'{"a":1}\n')}
    assert forms == BODY_FORMS.keys()


def test_no_word_is_left_over() -> None:
    reasons = {one for path in DOOR_FILES for one in constants(path, PLACES)}
    reasons |= set(constants("web/bodies.py", {"BodyRefused": 1}))
    assert DOOR.keys() - reasons == set()
    assert RUN.keys() - reasons == set()


def test_every_mark_of_a_call_that_is_no_failure_has_words() -> None:
    kinds = {f"handshake_{kind}" for kind in ("meta", "slack", "moyasar")}
    assert call_words.SPECIAL.keys() == kinds | {"duplicate", "still_running"}
    assert call_words.VERDICTS.keys() == set(Verdict)
    assert call_words.RUNS.keys() == set(RunState)


@pytest.mark.parametrize("failure", EVERY_FAILURE, ids=lambda one: one.title)
def test_words_are_whole_sentences_with_latin_digits(failure: Failure) -> None:
    said = failure.title + failure.meaning + failure.next_step
    assert failure.meaning.endswith(".")
    assert failure.next_step.endswith(".")
    assert not failure.title.endswith(".")
    assert len(failure.title.split()) <= 8
    assert failure.sides
    assert not ARABIC_DIGITS.search(said)
    assert "!" not in said


@pytest.mark.parametrize("reason", [*DOOR, *QUERY, *JSON, *SIGNATURES, "of_another_day", ""])
@pytest.mark.parametrize(
    "facts", [{}, {"seconds": None, "limit": "", "where": "x", "media": "<b>"}]
)
def test_a_refusal_is_told_whatever_its_facts(reason: str, facts: dict[str, Any]) -> None:
    told = call_words.explain_reason(refused(reason), {"refused": facts})
    assert "{" not in told.title + told.meaning + told.next_step
    assert "<b>" not in told.meaning
    assert call_words.reason_line(refused(reason)) == ("" if not reason else told.title)


@pytest.mark.parametrize("code", [*FINDINGS, *SIGNATURES, "of_another_day"])
def test_a_cause_is_told_whatever_its_facts(code: str) -> None:
    for facts in (
        {},
        {"preset": "salla", "how": "x", "where": "here", "used": "hex", "way": "past"},
    ):
        told = call_words.explain_finding({"code": code, **facts}, None)
        assert "{" not in told.title + told.meaning + told.next_step


def test_a_code_of_another_day_is_named_for_support() -> None:
    assert "of_another_day" in call_words.explain_reason(refused("of_another_day")).meaning
    told = call_words.explain_finding({"code": "of_another_day"}, "github")
    assert "of_another_day" in told.meaning


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "ثانية واحدة"), (90, "90 ثانية"), (420, "7 دقائق"), (7300, "ساعتان")]
)
def test_a_difference_of_clocks_is_told_in_a_fitting_unit(seconds: int, words: str) -> None:
    facts = {"code": "clock_differs", "seconds": seconds, "way": "past"}
    assert f"فرق الساعة: {words}." in call_words.explain_finding(facts, "stripe").meaning


def test_causes_are_told_once_and_without_the_reason_itself() -> None:
    findings = [
        {"code": "other_preset", "preset": "meta"},
        {"code": "other_preset", "preset": "meta"},
        {"code": "other_sender", "preset": "meta"},
        {"code": "signature_missing"},
    ]
    view: Any = SimpleNamespace(explained={"findings": findings}, preset="stripe")
    [told] = call_words.causes(refused("signature_missing", 401), view)
    assert "Meta / WhatsApp" in told.title
    assert "Stripe" in told.title


@pytest.mark.parametrize(
    ("reason", "status", "step"),
    [
        ("method_not_allowed", 405, "method"),
        ("too_large", 413, "size"),
        ("cut_short", 400, "size"),
        ("address_not_listed", 403, "address"),
        ("handshake_refused", 403, "auth"),
        ("too_many_calls", 429, "pace"),
        ("signature_wrong", 401, "auth"),
        ("content_encoded", 415, "type"),
        ("too_deep", 400, "json"),
        ("too_many_parameters", 400, "json"),
        ("too_busy", 503, "size"),
        ("of_another_day", 418, "method"),
    ],
)
def test_a_refusal_stands_at_its_check(reason: str, status: int, step: str) -> None:
    view: Any = SimpleNamespace(call=refused(reason, status))
    assert refused_at(view) == step
