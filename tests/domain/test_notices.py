"""Notices in words, and as mails."""

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from portal.domain.catalogue import EVENT_TYPES
from portal.domain.notice_mail import compose
from portal.domain.notices import When, distance, machine, named, next_mail_at, tell

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
WHEN = When(NOW, "Asia/Riyadh")
HOST = {"host": "api.nour.example", "hooks": [{"id": "hok_1", "name": "المتجر"}]}
ENDS = {"about": "certificate_ends", "mark": 7, "issuer": "x", **HOST}

KEY = {"id": "key_1", "name": "ERP", "hint": "x9Qd"}

CASES: list[tuple[str, dict[str, Any], str]] = [
    ("hook.disabled", {"name": "CRM (old)", "reason": "gone"}, "أوقفنا الخطاف «CRM (old)» تلقائيًا"),
    (
        "hook.warning",
        {
            "name": "المتجر",
            "failing_since": "2026-11-26T12:00:00.000Z",
            "switch_off_at": "2026-12-01T12:00:00.000Z",
        },
        "يستمر فشل التسليم إلى الخطاف «المتجر»",
    ),
    (
        "endpoint.warning",
        ENDS | {"expires_at": "2026-12-05T11:00:00.000Z"},
        "تنتهي شهادة الأمان في api.nour.example بعد 7 أيام",
    ),
    (
        "endpoint.warning",
        ENDS | {"mark": 0, "expires_at": "2026-11-27T12:00:00.000Z"},
        "انتهت صلاحية شهادة الأمان في api.nour.example",
    ),
    (
        "endpoint.warning",
        {"about": "certificate", "error": "tls_untrusted", "names": [], **HOST},
        "شهادة الأمان في api.nour.example غير موثوقة",
    ),
    (
        "endpoint.warning",
        {"about": "certificate", "error": "tls_hostname_mismatch", "names": [], **HOST},
        "شهادة الأمان في api.nour.example لا تخص هذا النطاق",
    ),
    (
        "api_key.ending",
        KEY | {"expires_at": "2026-12-05T11:00:00.000Z"},
        "ينتهي المفتاح «ERP» بعد 7 أيام",
    ),
    (
        "api_key.ending",
        KEY | {"expires_at": "2026-11-28T12:00:00.000Z"},
        "انتهى المفتاح «ERP»",
    ),
    ("endpoint.warning", {"about": "dns", **HOST}, "تعذّر العثور على عنوان الخادم api.nour.example"),
    (
        "endpoint.warning",
        {"about": "slow", "connect_ms": 2400, "usual_ms": 300, **HOST},
        "تباطأ الاتصال بالخادم api.nour.example",
    ),
]


def bare(words: str) -> str:
    """``words`` without the characters that isolate parts of them."""
    return re.sub("[\u2066-\u2069]", "", words)


@pytest.mark.parametrize(("kind", "data", "title"), CASES, ids=[case[2] for case in CASES])
def test_a_notice_says_what_happened_what_it_means_and_what_to_do(
    kind: str, data: dict[str, Any], title: str
) -> None:
    words = tell(kind, data, WHEN)
    assert bare(words.title) == title
    assert words.meaning.endswith(".")
    assert words.next_step.endswith(".")
    for text in words:
        outside = re.sub("[\u2066\u2068][^\u2069]*\u2069", "", text)
        assert not re.search("[A-Za-z]", outside), "machine text that is not isolated"


@pytest.mark.parametrize("card", [c for c in EVENT_TYPES if c.group == EVENT_TYPES[-1].group])
def test_what_an_event_of_our_own_says_makes_a_notice(card: Any) -> None:
    data = {**card.example, "switch_off_at": "2026-11-27T14:05:09Z"}
    assert tell(card.key, data, WHEN).title


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "اليوم"),
        (1, "بعد يوم واحد"),
        (2, "بعد يومين"),
        (3, "بعد 3 أيام"),
        (11, "بعد 11 يومًا"),
        (100, "بعد 100 يوم"),
        (104, "بعد 104 أيام"),
        (-1, "قبل يوم واحد"),
        (-2, "قبل يومين"),
    ],
)
def test_days_are_counted_as_arabic_does(days: int, words: str) -> None:
    assert distance(NOW + timedelta(days=days), WHEN) == words


def test_days_are_those_of_the_readers_calendar() -> None:
    ends = datetime(2026, 11, 28, 21, 30, tzinfo=UTC)
    assert distance(ends, When(NOW, "UTC")) == "اليوم"
    assert distance(ends, When(NOW, "Asia/Riyadh")) == "بعد يوم واحد"


def test_a_warning_read_after_the_end_says_that_it_has_ended() -> None:
    data = ENDS | {"expires_at": "2026-11-20T12:00:00.000Z"}
    assert tell("endpoint.warning", data, WHEN).title.startswith("انتهت صلاحية شهادة الأمان")


def test_a_name_cannot_turn_the_words_around_it() -> None:
    name = "متجر\u202e\u2069\n"
    title = tell("hook.disabled", {"name": name, "reason": "gone"}, WHEN).title
    assert "«\u2068متجر\u2069»" in title


class _Directions(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[dict[str, str | None]]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.setdefault(tag, []).append(dict(attrs))


def test_a_mail_is_arabic_from_right_to_left_in_both_parts() -> None:
    words = tell("endpoint.warning", CASES[2][1], WHEN)
    link = "https://portal.example/notices?a=1&b=2"
    mail = compose(words, [named("CRM <old>")], named("متجر النور"), link)
    reader = _Directions()
    reader.feed(mail.html)
    assert reader.found["html"] == [{"lang": "ar", "dir": "rtl"}]
    assert reader.found["body"][0]["dir"] == "rtl"
    assert {"dir": "ltr"} in reader.found["bdi"]
    assert [a["href"] for a in reader.found["a"]] == [link]
    assert '<bdi dir="auto">CRM &lt;old&gt;</bdi>' in mail.html
    lines = [line for line in mail.text.split("\n") if line]
    assert link in lines
    assert all(line.startswith("\u200f") for line in lines if line != link)
    assert mail.subject == words.title
    assert "الخطافات المعنية" in mail.text
    assert machine("api.nour.example") in mail.text


def test_a_mail_is_tried_for_days_and_then_given_up() -> None:
    waits = [next_mail_at(attempts, NOW) for attempts in range(1, 12)]
    assert waits[-1] is None
    moments = [at for at in waits if at]
    assert moments == sorted(moments)
    assert sum((at - NOW for at in moments), timedelta()) > timedelta(days=2)
