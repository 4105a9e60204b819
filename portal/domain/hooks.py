"""What may be saved as a hook: a draft, and everything that can be wrong with it."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.domain.addresses import Guard
from portal.domain.event_filter import filter_problems
from portal.domain.fields import Fields
from portal.domain.folding import fold
from portal.domain.headers import header_problems, is_name, is_value
from portal.domain.problems import Problem
from portal.domain.signing import PRIVATE, PUBLIC, BadSecret, key_bytes

MAX_NAME, MAX_DESCRIPTION, MAX_URL = 200, 2000, 2048
MAX_FOLDED = 400
MAX_HEADER_VALUE = 4096
MIN_SECRET, MAX_SECRET = 8, 256
LEAST_WITH_TAIL = 16
MOST_COPIES = 50

SIGNATURES = ("hmac", "ed25519")

_RESERVED = frozenset(
    [
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "date",
        "expect",
        "host",
        "http2-settings",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "via",
    ]
)


@dataclass(frozen=True)
class HookDraft:
    """A hook as somebody wants it to be. ``secret`` None means: make one, or keep the old."""

    name: str = ""
    url: str = field(default="", repr=False)
    event_types: tuple[str, ...] = ()
    description: str = ""
    policy: str = "simple"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret: str | None = field(default=None, repr=False)
    signature: str = "hmac"
    enabled: bool = True
    filter: Any = None
    # What went wrong while the headers were read, which their map cannot show.
    header_faults: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Surroundings:
    """What a draft is judged against: what exists, and where we may send."""

    guard: Guard
    event_types: Collection[str]
    policies: Mapping[str, Any]
    name_taken: bool


def check(draft: HookDraft, around: Surroundings) -> list[Problem]:
    """Everything that is wrong with ``draft``, in the order of the form; empty when nothing is."""
    return [
        *_check_name(draft.name, around.name_taken),
        *_check_length("/description", draft.description, 0, MAX_DESCRIPTION),
        *_check_event_types(draft.event_types, around.event_types),
        *([] if draft.policy in around.policies else [Problem("/policy", "unknown_policy")]),
        *url_problems(draft.url, around.guard),
        *secret_problems(draft.secret, draft.signature),
        *header_problems(draft.headers, sent_header_fault),
        *draft.header_faults,
        *([] if draft.signature in SIGNATURES else [Problem("/signature", "unknown_signature")]),
        *filter_problems(draft.filter),
    ]


def folded_name(name: str) -> str:
    """The form by which names of hooks are told apart: folded, and cut to what is kept of it,
    for a single letter can stand for a whole phrase."""
    return fold(name)[:MAX_FOLDED]


def secret_problems(secret: str | None, signature: str) -> list[Problem]:
    """What is wrong with a ``secret`` given for a hook that signs by ``signature``; nothing is
    with None, which lets us make one."""
    if secret is None:
        return []
    if signature == "ed25519":
        return [Problem("/secret", "secret_is_made")]
    # The text would be taken for an ed25519 key, by us and by receivers.
    if secret.startswith((PRIVATE, PUBLIC)):
        return [Problem("/secret", "bad_secret")]
    problems = _check_length("/secret", secret, MIN_SECRET, MAX_SECRET)
    try:
        if not problems and not key_bytes(secret):
            return [Problem("/secret", "bad_secret")]
    except BadSecret:
        return [Problem("/secret", "bad_secret")]
    return (
        [Problem("/secret", "weak_secret", {"min": MIN_SECRET, "max": MAX_SECRET})]
        if problems
        else []
    )


def copies_of(name: str, word: str) -> list[str]:
    """Names for a copy of the hook ``name``, the first free one to be taken: it bears ``word`` in
    brackets, and a number from the second on. A copy of a copy is numbered on."""
    plain = re.sub(rf" \({re.escape(word)}(?: \d+)?\)$", "", name.strip())
    marks = [f" ({word})", *(f" ({word} {number})" for number in range(2, MOST_COPIES + 1))]
    return [plain[: MAX_NAME - len(mark)] + mark for mark in marks]


def tail_of(secret: str) -> str:
    """The last letters of ``secret``, by which people tell it from others; none of one so short
    that they would give much of it away."""
    return secret[-4:] if len(secret) >= LEAST_WITH_TAIL else ""


def is_insecure(url: str) -> bool:
    """Whether ``url`` sends in the clear, which is allowed with a visible warning."""
    return url.lower().startswith("http://")


def _check_name(name: str, taken: bool) -> list[Problem]:
    if not name.strip():
        return [Problem("/name", "required")]
    if taken:
        return [Problem("/name", "name_taken")]
    return _check_length("/name", name, 1, MAX_NAME)


def _check_length(pointer: str, text: str, low: int, high: int) -> list[Problem]:
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        return [Problem(pointer, "bad_character")]
    if low <= len(text) <= high:
        return []
    return [Problem(pointer, "bad_length", {"min": low, "max": high})]


def _check_event_types(keys: tuple[str, ...], known: Collection[str]) -> list[Problem]:
    if not keys:
        return [Problem("/event_types", "no_event_type")]
    return [
        Problem(f"/event_types/{place}", "unknown_event_type", {"key": key})
        for place, key in enumerate(keys)
        if key not in known
    ]


def url_problems(url: str, guard: Guard) -> list[Problem]:
    """What is wrong with ``url`` as the address of a hook; empty when nothing is."""
    if not url.strip():
        return [Problem("/url", "required")]
    if len(url) > MAX_URL:
        return [Problem("/url", "bad_length", {"min": 1, "max": MAX_URL})]
    refusal = guard.judge_url(url)
    return [Problem("/url", str(refusal))] if refusal else []


def sent_header_fault(name: str, value: str) -> str | None:
    """What is wrong with a header that is to be sent along, as a code; None when nothing is."""
    if not is_name(name):
        return "bad_header_name"
    if name.lower() in _RESERVED or name.lower().startswith("webhook-"):
        return "reserved_header"
    if len(value) > MAX_HEADER_VALUE or not is_value(value):
        return "bad_header_value"
    return None


def read_hook(value: Any, base: HookDraft) -> HookDraft:
    """The hook that the parsed JSON ``value`` describes; what it leaves out stays as in ``base``.

    Raises :class:`portal.domain.problems.Refused` on wrong types; what the values mean is judged
    by :func:`check`.
    """
    fields = Fields(value)
    draft = HookDraft(
        name=fields.text("name", base.name),
        url=fields.text("url", base.url),
        event_types=fields.texts("event_types", base.event_types),
        description=fields.text("description", base.description),
        policy=fields.text("policy", base.policy),
        headers=fields.text_map("headers", base.headers),
        secret=fields.optional_text("secret"),
        signature=fields.text("signature", base.signature),
        enabled=fields.flag("enabled", base.enabled),
        filter=fields.anything("filter", base.filter),
    )
    fields.done()
    return draft


def read_headers(text: str) -> tuple[dict[str, str], tuple[Problem, ...]]:
    """The headers that ``text`` lists, one ``Name: value`` a line, and what is wrong with them
    that the headers alone do not tell. Empty lines do not count."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    pairs = [line.partition(":") for line in lines]
    headers = {name.strip(): value.strip() for name, _, value in pairs}
    faults = []
    if not all(":" in line for line in lines):
        faults.append(Problem("/headers", "bad_header_line"))
    if len(headers) != len(lines):
        faults.append(Problem("/headers", "header_twice"))
    return headers, tuple(faults)


def headers_text(headers: Mapping[str, str]) -> str:
    """``headers`` as :func:`read_headers` reads them."""
    return "\n".join(f"{name}: {value}" for name, value in headers.items())
