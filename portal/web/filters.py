"""How values are shown: moments, sizes, machine text, states and failures, as Jinja filters.

``register`` hangs them on the app.
"""

import re
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from markupsafe import Markup

from portal.domain.hooks import is_insecure
from portal.domain.states import DeliveryState
from portal.web import payload as json_view
from portal.web import text
from portal.web.failures import failure
from portal.web.forms.rule_variables import known_of
from portal.web.hook_words import capped
from portal.web.moments import clock, exact, exact_text, hour, is_past, is_soon, iso, since, when
from portal.web.payload import bare, visible
from portal.web.policy_words import sentences
from portal.web.refusals import Failure
from portal.web.trigger_words import (
    MODES,
    TYPES,
    auth_words,
    dedupe_words,
    drift_words,
)

_READ_LIMIT = 1024 * 1024
_LONGEST_SHORT_URL = 60
# Latin letters with the signs of addresses, names and keys among them.
_MACHINE = re.compile(r"([A-Za-z][!-~]*[:/_.-][!-~]*)")


def register(app: Flask) -> None:
    """Make every filter, test and function below known to the templates of ``app``."""
    app.jinja_env.filters.update(
        when=when,
        since=since,
        exact=exact,
        exact_text=exact_text,
        hour=hour,
        clock=clock,
        size=size,
        duration=duration,
        count=text.count,
        capped=capped,
        after=text.after,
        number=lambda n: f"{n:,}",
        counted=counted,
        waited=waited,
        delivery_word=text.delivery_word,
        hook_word=text.hook_word,
        role_word=lambda role: text.ROLES[role],
        scope_word=lambda scope: text.SCOPES[scope][0],
        key_word=lambda state: text.KEY_STATES[state],
        platform_word=lambda role: text.PLATFORM_ROLES[role],
        policy_sentences=sentences,
        mode_words=MODES.__getitem__,
        auth_words=auth_words,
        dedupe_words=dedupe_words,
        drift_words=drift_words,
        event_choice=lambda kind: (kind.key, kind.label),
        path_names=lambda configuration: known_of(configuration).names,
        type_word=lambda name: TYPES.get(name, ""),
        disabled_reason=lambda reason: text.DISABLED_REASONS.get(reason, ""),
    )
    app.jinja_env.filters.update(_OF_TEXTS)
    app.jinja_env.tests.update(soon=is_soon, past=is_past, insecure=is_insecure)
    app.jinja_env.globals.update(
        explain=explain, support_summary=support_summary, scope_words=text.SCOPES
    )


def counted(count: Any) -> str:
    """A number that may not be counted to its end; see :mod:`portal.queries.counts`."""
    return f"أكثر من {count.n:,}" if count.is_more else f"{count.n:,}"


def size(n: int) -> str:
    """``n`` bytes in words, with one decimal where that says more."""
    if n < 1024:
        return f"{n} بايت"
    if n < 1024 * 1024:
        return f"{n / 1024:.1f}".removesuffix(".0") + " كيلوبايت"
    return f"{n / 1024 / 1024:.1f}".removesuffix(".0") + " ميغابايت"


def duration(milliseconds: int) -> str:
    """How long something took, in words: milliseconds up to a second, then seconds."""
    if milliseconds < 1000:
        return f"{milliseconds} ملي ثانية"
    seconds = round(milliseconds / 1000, 1)
    return text.count(int(seconds), "second") if seconds == int(seconds) else f"{seconds} ثانية"


def waited(milliseconds: int) -> str:
    """How long somebody waited, in whole seconds, as it stands after «خلال» and «انتظرنا»."""
    return text.count(max(1, round(milliseconds / 1000)), "second").replace("ثانيتان", "ثانيتين")


def ltr(value: object) -> Markup:
    """Machine text (URL, id, header, code), isolated left-to-right, nothing in it hidden."""
    return Markup('<bdi class="ltr" dir="ltr">{}</bdi>').format(visible(value))


def isolated(sentence: str) -> Markup:
    """An Arabic ``sentence`` in which every piece of machine text is isolated left-to-right."""
    pieces = _MACHINE.split(sentence)
    return Markup("").join(
        ltr(piece) if place % 2 else visible(piece) for place, piece in enumerate(pieces)
    )


def named(value: object) -> Markup:
    """A name that a person gave, isolated, whichever way it runs."""
    return Markup("<bdi>{}</bdi>").format(visible(value))


def plain_option(name: str) -> str:
    """A name among the words of an ``<option>``, where no markup stands: isolated by characters."""
    return f"\u2068{bare(name)}\u2069"


def path_option(path: str) -> str:
    """Machine text among the words of an ``<option>``, isolated left-to-right."""
    return f"\u2066{bare(path)}\u2069"


def short_url(url: str) -> str:
    """:func:`bare_url`, cut to 60 characters."""
    shown = bare_url(url)
    return shown if len(shown) <= _LONGEST_SHORT_URL else shown[: _LONGEST_SHORT_URL - 1] + "…"


def bare_url(url: str) -> str:
    """``url`` without user, query and fragment, which may hold secrets."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" + ("?…" if parts.query else "")


def shown_payload(body: str) -> Markup:
    """``body`` for a ``<pre>``; see :func:`portal.web.payload.payload`."""
    if len(body) > json_view.MAX_SHOWN:
        return visible(body[: json_view.MAX_SHOWN]) + Markup("\n…")
    return json_view.payload(body)


def explain(code: str, attempt: Any = None, /, **facts: object) -> Failure:
    """The failure that ``code`` names, told with what ``attempt`` and ``facts`` know.

    ``attempt`` has ``url``, ``duration_ms``, ``status_code`` and ``response_headers`` (pairs).
    """
    known: dict[str, object] = {"limit": size(_READ_LIMIT)}
    if attempt is not None:
        known |= {
            "host": ltr(urlsplit(attempt.url).hostname or attempt.url),
            "seconds": waited(attempt.duration_ms),
            "code": attempt.status_code,
            "location": _location(attempt.response_headers),
        }
    return failure(code).told(known | facts)


def support_summary(delivery: Any, attempt: Any = None) -> str:
    """What support asks for, as plain text to paste: what happened, the ids, the time."""
    lines = [f"عملية التسليم: {delivery.id}", f"الخطاف: {delivery.hook.id}"]
    lines.append(f"الحالة: {text.delivery_word(delivery.state, delivery.attempt_count)}")
    if delivery.last_error and delivery.state != DeliveryState.DELIVERED:
        lines.append(f"السبب: {failure(delivery.last_error).title} ({delivery.last_error})")
    if attempt is not None:
        lines.append(f"آخر محاولة: {iso(attempt.started_at)}")
        lines.append(f"الخادم: {urlsplit(attempt.url).hostname}")
    return "\n".join(lines)


def _location(headers: Any) -> Markup | None:
    found = next((value for name, value in headers or () if name.lower() == "location"), None)
    return ltr(found) if found else None


_OF_TEXTS: dict[str, Any] = {
    "ltr": ltr,
    "isolated": isolated,
    "plain_option": plain_option,
    "path_option": path_option,
    "host_of": lambda url: urlsplit(url).hostname or url,
    "named": named,
    "short_url": short_url,
    "visible": visible,
    "payload": shown_payload,
    "is_long": lambda body: len(body) > json_view.MAX_SHOWN,
}
