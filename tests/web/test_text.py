"""The words that Python says: plurals, labels, reasons of failures, what stands beside fields."""

import re
from pathlib import Path

import pytest
from markupsafe import Markup

import portal
from portal.domain.addresses import Refusal
from portal.domain.outcomes import MAYBE_PROCESSED, PERMANENT, error_of_status
from portal.domain.states import DeliveryState, HookState, Role
from portal.web import text
from portal.web.announcements import Notice
from portal.web.failures import FAILURES, failure
from portal.web.messages import FIELDS, message

# The codes of the delivery log that a transport or the guard gives (besides statuses).
TRANSPORT_CODES = [
    "dns_failure",
    "connection_refused",
    "connect_timeout",
    "read_timeout",
    "connection_reset",
    "network_unreachable",
    "tls_expired",
    "tls_hostname_mismatch",
    "tls_untrusted",
    "tls_handshake",
    "invalid_response",
    "response_too_large",
    "blocked_private_address",
    "blocked_scheme_or_port",
    "request_too_large",
    "body_not_built",
    "endpoint_disabled",
    "circuit_open",
    "policy_rate_limited",
    "attempts_exhausted",
    "expired",
    "cancelled",
    "conditions_not_met",
    "internal_error",
]
FACTS = dict.fromkeys(["host", "seconds", "code", "location", "limit", "user", "n"], "X")
ARABIC_DIGITS = re.compile("[٠-٩۰-۹]")


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (0, "لا محاولات"),
        (1, "محاولة واحدة"),
        (2, "محاولتان"),
        (3, "3 محاولات"),
        (10, "10 محاولات"),
        (11, "11 محاولة"),
        (99, "99 محاولة"),
        (100, "100 محاولة"),
        (102, "102 محاولة"),
        (103, "103 محاولات"),
        (1204, "1,204 محاولات"),
    ],
)
def test_a_counted_noun_takes_the_form_that_arabic_asks_for(n: int, words: str) -> None:
    assert text.count(n, "attempt") == words


@pytest.mark.parametrize("key", sorted(text.PLURALS))
def test_every_counted_noun_has_six_forms_and_shows_the_number_from_three_on(key: str) -> None:
    forms = text.PLURALS[key]
    assert len(forms) == 6
    assert all("{n}" in form for form in forms[3:])
    assert not any("{n}" in form for form in forms[:3])


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "بأقل من دقيقة"),
        (60, "بدقيقة واحدة"),
        (179, "بدقيقتين"),
        (180, "بـ 3 دقائق"),
        (660, "بـ 11 دقيقة"),
        (7200, "بساعتين"),
        (86400, "بيوم واحد"),
        (8640000, "بـ 100 يوم"),
    ],
)
def test_how_long_after_something_hangs_on_its_letter(seconds: int, words: str) -> None:
    assert text.after(seconds) == words


def test_every_state_and_role_has_a_word() -> None:
    assert set(text.DELIVERY_STATES) == set(DeliveryState)
    assert set(text.HOOK_STATES) == set(HookState)
    assert set(text.ROLES) == set(Role)


def test_a_delivery_that_has_failed_once_waits_for_another_attempt() -> None:
    assert text.delivery_word("waiting", 0) == "قيد الانتظار"
    assert text.delivery_word("waiting", 2) == "ستُعاد المحاولة"
    assert text.delivery_word("undelivered", 2) == "غير مُسلَّمة"


@pytest.mark.parametrize("code", TRANSPORT_CODES)
def test_every_failure_of_the_way_there_is_explained(code: str) -> None:
    assert code in FAILURES


@pytest.mark.parametrize("status", range(100, 600))
def test_every_status_that_is_not_2xx_is_explained(status: int) -> None:
    if 200 <= status < 300:
        return
    assert error_of_status(status) in FAILURES


@pytest.mark.parametrize("code", sorted(FAILURES))
def test_an_explanation_is_whole_sentences_with_a_next_step_and_a_side(code: str) -> None:
    told = failure(code).told(FACTS)
    assert 2 <= len(told.title.split()) <= 8
    assert told.meaning.endswith(".")
    assert told.next_step.endswith(".")
    assert told.sides
    assert "{" not in told.title + told.meaning + told.next_step
    assert "!" not in told.title + told.meaning + told.next_step


def test_a_fact_that_is_missing_still_leaves_a_sentence() -> None:
    assert "{" not in failure("dns_failure").told({"host": None}).meaning


def test_facts_are_escaped_unless_they_are_markup() -> None:
    assert "&lt;b&gt;" in failure("dns_failure").told({"host": "<b>"}).meaning
    assert "<bdi>x</bdi>" in failure("dns_failure").told({"host": Markup("<bdi>x</bdi>")}).meaning


def test_what_may_have_been_processed_warns_of_repeating_it() -> None:
    assert all(failure(code).may_repeat for code in MAYBE_PROCESSED)
    assert not any(failure(code).may_repeat for code in PERMANENT)


def test_a_status_that_is_not_listed_reads_as_its_class() -> None:
    assert failure("http_418") is FAILURES["http_4xx"]
    assert failure("http_599") is FAILURES["http_5xx"]
    assert failure("http_302") is FAILURES["redirect_3xx"]
    assert failure("nobody_knows") is FAILURES["internal_error"]


@pytest.mark.parametrize("code", [str(code) for code in Refusal])
def test_every_refusal_of_an_address_has_its_sentence_beside_the_field(code: str) -> None:
    assert code in FIELDS


def test_every_code_that_is_raised_anywhere_has_its_sentence() -> None:
    raised = set()
    for path in Path(portal.__file__).parent.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        raised |= set(re.findall(r'\bProblem\(\s*f?"/?[^"]*",\s*"([a-z_]+)"', source))
        raised |= set(re.findall(r'\b(?:Conflict|JsonRefused)\(\s*"([a-z_]+)"', source))
        raised |= set(re.findall(r'\b_fault\(\w+, "([a-z_]+)"', source))
    assert len(raised) > 30
    assert raised <= set(FIELDS)


@pytest.mark.parametrize("code", sorted(FIELDS))
def test_a_field_message_is_a_sentence_even_without_its_facts(code: str) -> None:
    assert re.search("[ء-ي]", message(code))
    assert not re.search(r"\{\w+\}", message(code))


def test_an_unlisted_code_still_says_what_to_do() -> None:
    assert message("never_heard_of") == "هذه القيمة غير مقبولة. راجعها ثم أعد المحاولة."


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503])
def test_every_refusal_of_a_request_says_what_happened_and_what_next(status: int) -> None:
    problem = text.problem(status)
    assert problem.title
    assert problem.meaning.endswith(".")
    assert problem.next_step.endswith(".")


def test_a_status_without_a_page_of_its_own_reads_as_its_class() -> None:
    assert text.problem(418) is text.problem(400)
    assert text.problem(599) is text.problem(500)


def test_digits_are_latin_everywhere() -> None:
    said = [*FIELDS.values(), *Notice]
    said += [one for all_forms in text.PLURALS.values() for one in all_forms]
    said += [part for one in FAILURES.values() for part in (one.title, one.meaning, one.next_step)]
    said += [
        part for one in text.PROBLEMS.values() for part in (one.title, one.meaning, one.next_step)
    ]
    assert not [words for words in said if ARABIC_DIGITS.search(words)]
