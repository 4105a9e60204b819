"""What the sentences about a policy say, and that they are true of whatever may be saved."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from portal.domain.catalogue import POLICIES
from portal.domain.policies import WEEK, PolicyDraft
from portal.web.policy_words import sentences, span

AT_ONCE, ALONE = "يُرسل كل حدث وحده فور وقوعه.", "يُرسل كل حدث وحده."
ORDER = "يلتزم ترتيب الوقوع: لا يُرسل حدث قبل تسليم ما سبقه."
ORDER_OF_BATCHES = "يلتزم ترتيب الوقوع: لا تُرسل دفعة قبل تسليم ما سبقها."
ONE_AT_A_TIME = "يُرسل طلبًا واحدًا في كل مرة."
BATCH = "يجمع الأحداث في طلب واحد. حجم الدفعة: 10 أحداث."
WHAT_THERE_IS = "لا ينتظر اكتمالها، بل يُرسل ما تجمّع"

CASES: list[tuple[dict[str, Any], list[str]]] = [
    # When an event goes out.
    ({}, [AT_ONCE]),
    ({"batch_wait_seconds": 60}, [AT_ONCE]),
    ({"in_flight": 1}, [AT_ONCE, ONE_AT_A_TIME]),
    ({"retry_delays": (300, 5)}, [f"{ALONE} الانتظار قبل أول محاولة: 5 دقائق."]),
    ({"retry_delays": (2,), "per_minute": 5}, [f"{ALONE} الانتظار قبل أول محاولة: ثانيتان."]),
    ({"per_minute": 60}, [ALONE, "الحد الأقصى في الدقيقة: 60 طلبًا. ما زاد عليه يتأخر ولا يضيع."]),
    (
        {"per_minute": 1, "expires_after_seconds": WEEK},
        ["الحد الأقصى في الدقيقة: طلب واحد. ما زاد عليه يتأخر."],
    ),
    ({"ordered": True, "in_flight": 1}, [ALONE]),
    # When a batch goes out: what is longer decides, its own wait or the first one.
    ({"batch_size": 10, "batch_wait_seconds": 30}, [f"{BATCH} أقصى انتظار لاكتمالها: 30 ثانية."]),
    ({"batch_size": 10, "retry_delays": (60,)}, [f"{BATCH} أقصى انتظار لاكتمالها: دقيقة واحدة."]),
    (
        {"batch_size": 10, "batch_wait_seconds": 30, "retry_delays": (60,)},
        [f"{BATCH} أقصى انتظار لاكتمالها: دقيقة واحدة."],
    ),
    (
        {"batch_size": 10, "batch_wait_seconds": 90, "retry_delays": (60,)},
        [f"{BATCH} أقصى انتظار لاكتمالها: 90 ثانية."],
    ),
    ({"batch_size": 10}, [f"{BATCH} {WHAT_THERE_IS} فورًا."]),
    ({"batch_size": 10, "per_minute": 5}, [f"{BATCH} {WHAT_THERE_IS} حين يحين دوره."]),
    ({"batch_size": 10, "ordered": True}, [f"{BATCH} {WHAT_THERE_IS} حين يحين دوره."]),
    # Order holds until what stands first is given up.
    ({"ordered": True}, [f"{ORDER} إذا نفدت محاولات حدث انتقل الإرسال إلى الذي يليه."]),
    (
        {"ordered": True, "expires_after_seconds": WEEK},
        [f"{ORDER} إذا نفدت محاولات حدث أو انتهت صلاحيته انتقل الإرسال إلى الذي يليه."],
    ),
    (
        {"ordered": True, "batch_size": 10},
        [f"{ORDER_OF_BATCHES} إذا نفدت محاولات دفعة انتقل الإرسال إلى التي تليها."],
    ),
    (
        {"ordered": True, "batch_size": 10, "expires_after_seconds": WEEK},
        [
            f"{ORDER_OF_BATCHES} إذا نفدت محاولات دفعة أو انتهت صلاحيتها"
            " انتقل الإرسال إلى التي تليها."
        ],
    ),
    # How many at once, and how long an answer may take.
    ({"in_flight": 2}, ["الطلبات المتوازية على الأكثر: طلبان."]),
    ({"in_flight": 256}, ["الطلبات المتوازية على الأكثر: 256 طلبًا."]),
    ({"timeout_seconds": 1}, ["مهلة الاستجابة: ثانية واحدة."]),
    # Attempts: the wait before the first one is not between the first and the last.
    ({}, ["عدد المحاولات: 10، والمدة من أولها إلى آخرها: 3 أيام تقريبًا."]),
    ({"retry_delays": (WEEK,)}, ["عدد المحاولات: محاولة واحدة، ولا إعادة بعدها."]),
    ({"retry_delays": (0, 0, 0)}, ["عدد المحاولات: 3، تتوالى دون انتظار بينها."]),
    ({"retry_delays": (WEEK, 0)}, ["عدد المحاولات: 2، تتوالى دون انتظار بينها."]),
    (
        {"retry_delays": (7200, 60)},
        ["عدد المحاولات: 2، والمدة من أولها إلى آخرها: دقيقة واحدة تقريبًا."],
    ),
    (
        {"retry_delays": (0, 7000)},
        ["عدد المحاولات: 2، والمدة من أولها إلى آخرها: 117 دقيقة تقريبًا."],
    ),
    (
        {"retry_delays": (0, 86400, 86399)},
        ["عدد المحاولات: 3، والمدة من أولها إلى آخرها: يومان تقريبًا."],
    ),
    # What is too old, and what that cuts short.
    ({"expires_after_seconds": WEEK}, ["ما لم يُسلَّم خلال هذه المدة لا يُرسل بعدها: 7 أيام."]),
    (
        {"expires_after_seconds": 3600},
        ["ما لم يُسلَّم خلال هذه المدة لا يُرسل بعدها وإن بقيت له محاولات: ساعة واحدة."],
    ),
    (
        {"expires_after_seconds": 60, "retry_delays": (60, 5)},
        ["مدة الصلاحية: دقيقة واحدة، وهي تنتهي قبل أول محاولة، فلا يُرسل شيء. زدها."],
    ),
    (
        {"expires_after_seconds": 60, "batch_size": 10, "batch_wait_seconds": 90},
        ["مدة الصلاحية: دقيقة واحدة، ولا يُرسل إلا ما اكتملت دفعته خلالها. زدها."],
    ),
]

EVERYTHING = [
    dict(zip(("batch_size", "batch_wait_seconds", "ordered", "per_minute"), one, strict=True))
    for one in product((1, 2, 1000), (0, 1, 3600), (False, True), (None, 1, 100_000))
]
LATER = [
    {"retry_delays": delays, "in_flight": in_flight, "expires_after_seconds": expires}
    for delays, in_flight, expires in product(
        ((0,), (5,), (0, 0), (0, 1, WEEK), (WEEK,) * 50), (1, 8), (None, 1, 3600, 30 * 86400)
    )
]


@pytest.mark.parametrize(("changes", "expected"), CASES)
def test_each_setting_is_said_as_it_works(changes: dict[str, Any], expected: list[str]) -> None:
    told = " ".join(sentences(replace(PolicyDraft(), **changes)))
    assert [said for said in expected if said not in told] == []


@pytest.mark.parametrize("changes", EVERYTHING, ids=lambda one: "-".join(map(str, one.values())))
def test_no_combination_is_told_what_is_not_so(changes: dict[str, Any]) -> None:
    for later in LATER:
        policy = replace(PolicyDraft(), **changes, **later)
        told = " ".join(sentences(policy))
        waits = policy.retry_delays[0] or policy.ordered or policy.per_minute
        assert (AT_ONCE in told) is (policy.batch_size == 1 and not waits)
        assert ("يلتزم ترتيب الوقوع" in told) is policy.ordered
        assert ("في الدقيقة" in told) is (policy.per_minute is not None)
        says_how_many = "الطلبات المتوازية" in told or ONE_AT_A_TIME in told
        assert says_how_many is not policy.ordered
        assert ("لا يُرسل بعدها" in told or "مدة الصلاحية" in told) is bool(
            policy.expires_after_seconds
        )
        assert ": 0 " not in told
        assert "أقل من" not in told


@pytest.mark.parametrize("card", POLICIES, ids=lambda card: card.slug)
def test_a_shipped_policy_is_told_in_whole_sentences(card: Any) -> None:
    assert all(said.endswith(".") and "{" not in said for said in sentences(card))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "ثانية واحدة"),
        (90, "90 ثانية"),
        (120, "دقيقتان"),
        (3600, "ساعة واحدة"),
        (5400, "90 دقيقة"),
        (WEEK, "7 أيام"),
    ],
)
def test_a_length_of_time_is_said_in_its_largest_whole_unit(seconds: int, words: str) -> None:
    assert span(seconds) == words
