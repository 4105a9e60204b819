"""How values are shown: times, sizes, machine text, payloads."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from flask import Flask, g

from portal.web import filters, moments
from portal.web.payload import MAX_SHOWN, payload, visible

NOW = datetime(2026, 11, 22, 14, 5, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def app() -> Iterator[Flask]:
    app = Flask(__name__)
    filters.register(app)
    with app.app_context():
        g.zone = "Asia/Riyadh"
        yield app


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(seconds=-3), "الآن"),
        (timedelta(seconds=-40), "قبل 40 ثانية"),
        (timedelta(seconds=-60), "قبل دقيقة واحدة"),
        (timedelta(minutes=-2), "قبل دقيقتين"),
        (timedelta(minutes=5), "خلال 5 دقائق"),
        (timedelta(hours=-2), "قبل ساعتين"),
        (timedelta(days=-3), "قبل 3 أيام"),
        (timedelta(days=-8), "14 نوفمبر 2026"),
    ],
)
def test_a_moment_reads_relative_until_its_date_says_more(distance: timedelta, words: str) -> None:
    assert moments.relative(NOW + distance, NOW) == words


def test_a_relative_moment_carries_the_exact_one_and_takes_the_focus() -> None:
    shown = moments.when(NOW - timedelta(minutes=5), NOW)
    assert 'datetime="2026-11-22T14:00:09Z"' in shown
    assert 'data-exact="22 نوفمبر 2026، 5:00:09 م"' in shown
    assert 'tabindex="0"' in shown


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=3), "منذ لحظات"),
        (timedelta(minutes=2), "منذ دقيقتين"),
        (timedelta(hours=3), "منذ 3 ساعات"),
        (timedelta(days=8), "منذ 14 نوفمبر 2026"),
    ],
)
def test_since_when_something_is_so(span: timedelta, words: str) -> None:
    shown = moments.since(NOW - span, NOW)
    assert f">{words}</time>" in shown
    assert 'tabindex="0"' in shown


def test_the_exact_time_is_that_of_the_accounts_zone() -> None:
    assert moments.exact_text(NOW) == "22 نوفمبر 2026، 5:05:09 م"
    g.zone = "Africa/Cairo"
    assert moments.exact_text(NOW) == "22 نوفمبر 2026، 4:05:09 م"


def test_the_hijri_date_stands_beside_the_other_for_whoever_chose_it() -> None:
    assert "1448" not in moments.exact(NOW)
    g.hijri = True
    assert moments.exact(NOW).endswith('</time> <span class="hijri">12 جمادى الآخرة 1448هـ</span>')
    assert 'data-exact="22 نوفمبر 2026، 5:05:09 م · 12 جمادى الآخرة 1448هـ"' in moments.when(
        NOW, NOW
    )
    # The day begins at midnight where the reader is.
    late = NOW.replace(hour=22)
    assert moments.hijri_text(late) == "13 جمادى الآخرة 1448هـ"
    assert "هـ" not in moments.exact(NOW.replace(year=2100))


def test_a_shown_time_holds_no_invisible_direction_marks() -> None:
    assert visible(moments.exact_text(NOW)) == moments.exact_text(NOW)


@pytest.mark.parametrize(
    ("n", "words"),
    [(512, "512 بايت"), (1024, "1 كيلوبايت"), (1536, "1.5 كيلوبايت"), (3 << 20, "3 ميغابايت")],
)
def test_sizes_are_written_out(n: int, words: str) -> None:
    assert filters.size(n) == words


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [(320, "320 ملي ثانية"), (1500, "1.5 ثانية"), (2000, "ثانيتان"), (15003, "15 ثانية")],
)
def test_durations_are_written_out(milliseconds: int, words: str) -> None:
    assert filters.duration(milliseconds) == words


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [(0, "ثانية واحدة"), (2010, "ثانيتين"), (5000, "5 ثوانٍ"), (15003, "15 ثانية")],
)
def test_a_wait_is_counted_as_it_stands_after_a_preposition(milliseconds: int, words: str) -> None:
    assert filters.waited(milliseconds) == words


def test_machine_text_is_isolated_left_to_right_and_escaped() -> None:
    assert filters.ltr("<a>") == '<bdi class="ltr" dir="ltr">&lt;a&gt;</bdi>'


def test_characters_that_hide_or_turn_text_around_are_shown_by_name() -> None:
    shown = visible("invoice_\u202egnp.exe\x00")
    assert "\u202e" not in shown
    assert "\\u202E" in shown
    assert "\\u0000" in shown


@pytest.mark.parametrize(
    ("url", "short"),
    [
        ("https://example.com/hooks", "https://example.com/hooks"),
        ("https://user:secret@example.com/a", "https://example.com/a"),
        ("https://example.com/a?token=secret#x", "https://example.com/a?…"),
        ("https://example.com/" + "a" * 90, "https://example.com/" + "a" * 39 + "…"),
    ],
)
def test_a_short_url_keeps_scheme_and_host_and_gives_no_secret_away(url: str, short: str) -> None:
    assert filters.short_url(url) == short


def test_a_payload_keeps_order_and_numbers_and_isolates_each_text() -> None:
    shown = payload('{"b":1.50,"a":["خطاف","رسالة"],"c":{},"d":[]}')
    assert shown.striptags().replace(" ", "") == '{"b":1.50,"a":["خطاف","رسالة"],"c":{},"d":[]}'
    assert '"<bdi class="json-text">خطاف</bdi>",\n' in shown
    assert '"<bdi class="json-key">a</bdi>": [\n' in shown
    assert shown.endswith("\n}")


def test_a_payload_shows_escaped_arabic_as_arabic_and_turning_marks_as_chips() -> None:
    shown = payload('{"a":"\\u0645\\u0631\\u062d\\u0628\\u0627 \\u202e"}')
    assert "مرحبا" in shown
    assert "\u202e" not in shown
    assert '<span class="hidden-mark" dir="ltr">\\u202E</span>' in shown


@pytest.mark.parametrize("text", ["<html>no</html>", "", "{", '{"a":1}x', "[" * 5000, "NaN,"])
def test_what_is_no_json_is_shown_as_it_stands(text: str) -> None:
    assert payload(text).unescape() == text


def test_a_lone_surrogate_can_be_shown() -> None:
    payload('{"a":"\\ud800"}').encode()


def test_a_text_that_looks_like_markup_stays_text() -> None:
    assert "<script>" not in payload('{"<script>":"</bdi><script>"}')


def test_a_long_payload_is_cut_and_a_full_one_takes_no_time() -> None:
    full = json.dumps([{"k": "خطاف"}] * 5000, ensure_ascii=False)[:MAX_SHOWN]
    began = time.process_time()
    filters.shown_payload(full[: full.rindex("}") + 1] + "]")
    assert time.process_time() - began < 3
    assert filters.shown_payload("x" * (MAX_SHOWN + 1)).endswith("\n…")


def test_a_failure_is_told_with_what_its_attempt_knows() -> None:
    attempt = SimpleNamespace(
        url="https://api.example.com/x",
        duration_ms=15003,
        status_code=302,
        response_headers=[("Location", "https://new.example.com/<x>")],
    )
    assert "api.example.com" in filters.explain("dns_failure", attempt).meaning
    assert "15 ثانية" in filters.explain("read_timeout", attempt).meaning
    assert "https://new.example.com/&lt;x&gt;" in filters.explain("redirect_3xx", attempt).meaning
    assert "1 ميغابايت" in filters.explain("response_too_large").meaning


def test_the_summary_for_support_names_what_support_asks_for() -> None:
    delivery = SimpleNamespace(
        id="dlv_1",
        state="undelivered",
        attempt_count=3,
        last_error="http_500",
        hook=SimpleNamespace(id="hok_1"),
    )
    attempt = SimpleNamespace(started_at=NOW, url="https://api.example.com/x")
    summary = filters.support_summary(delivery, attempt)
    for part in ("dlv_1", "hok_1", "http_500", "2026-11-22T14:05:09Z", "api.example.com"):
        assert part in summary


def test_soon_is_less_than_a_minute_away() -> None:
    assert moments.is_soon(NOW + timedelta(seconds=59), NOW)
    assert moments.is_soon(NOW - timedelta(hours=1), NOW)
    assert not moments.is_soon(NOW + timedelta(seconds=61), NOW)


def test_past_is_what_has_come() -> None:
    assert moments.is_past(NOW, NOW)
    assert moments.is_past(NOW - timedelta(seconds=1), NOW)
    assert not moments.is_past(NOW + timedelta(seconds=1), NOW)
