"""How one sender signs, as data; and the schemes that staff describe themselves."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from portal.domain.fields import Fields
from portal.domain.headers import is_name
from portal.domain.problems import Problem

HASHES = ("sha256", "sha1", "sha512")
ALGORITHMS = (*HASHES, "equal", "jwt_hs256")
ENCODINGS = ("hex", "base64")
CUSTOM = ("algorithm", "encoding", "header", "prefix", "signed") + (
    "timestamp_header", "id_header", "tolerance_seconds", "key",
)  # fmt: skip
KEYS = ("raw", "base64", "whsec")
PLACEHOLDERS = ("body", "timestamp", "id", "url")
TOLERANCE_SECONDS, MAX_TOLERANCE_SECONDS = 300, 86_400
MAX_PREFIX, MAX_SIGNED = 64, 512

_BRACED = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text of the call stands; ``name`` of a body's member at its top."""

    kind: Literal["header", "query", "body"]
    name: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Several items in one value, each a name, ``joint`` and a text.

    Items called ``signature`` are signatures, the one called ``timestamp`` is the time stamp.
    """

    separator: str
    joint: str
    signature: str
    timestamp: str | None = None


@dataclass(frozen=True, slots=True)
class SignedField:
    """One member of the body in a signed text: ``label``, then the value in its ``form``.

    ``paths`` are tried in turn. Only an ``optional`` member may be missing or null: then nothing
    follows the label.
    """

    label: str
    paths: tuple[tuple[str, ...], ...]
    form: Literal["text", "number", "flag", "time", "currency", "amount"] = "text"
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Scheme:
    """One way to sign, and ``others`` that the same sender may use in its stead.

    ``signed`` is a template over the placeholders body, timestamp, id and url, or the members of
    the body that are signed. ``tolerance_seconds`` counts both ways.
    """

    algorithm: str
    place: Place
    encoding: str = "hex"
    prefix: str = ""
    prefix_optional: bool = False
    listing: Listing | None = None
    signed: str | tuple[SignedField, ...] = "{body}"
    timestamp_header: str | None = None
    id_header: str | None = None
    tolerance_seconds: int = TOLERANCE_SECONDS
    key: str = "raw"
    others: tuple["Scheme", ...] = ()

    @property
    def ways(self) -> tuple["Scheme", ...]:
        """Every way in which a call may be signed, the usual one first."""
        return (self, *self.others)

    def at_header(self, name: str) -> "Scheme":
        """The same scheme with its signature in the header ``name``."""
        return replace(self, place=Place("header", name))


def header(name: str) -> Place:
    """The header ``name``."""
    return Place("header", name)


def read_custom(value: Any) -> Scheme:
    """The scheme that ``value`` describes, in the form of the contract's ``auth.custom``.

    Raises :class:`portal.domain.problems.Refused`, with pointers relative to ``value``.
    """
    fields = Fields(value)
    scheme = Scheme(
        algorithm=_choice(fields, "algorithm", "sha256", ALGORITHMS),
        encoding=_choice(fields, "encoding", "hex", ENCODINGS),
        place=header(fields.text("header", "")),
        prefix=fields.text("prefix", ""),
        signed=fields.text("signed", "{body}"),
        timestamp_header=fields.optional_text("timestamp_header") or None,
        id_header=fields.optional_text("id_header") or None,
        tolerance_seconds=fields.integer(
            "tolerance_seconds", TOLERANCE_SECONDS, 1, MAX_TOLERANCE_SECONDS
        ),
        key=_choice(fields, "key", "raw", KEYS),
    )
    fields.problems += (
        _unknown(value)
        + _header_problems(scheme)
        + _text_problems(scheme)
        + _signed_problems(scheme)
    )
    fields.done()
    return scheme


def _choice(fields: Fields, name: str, default: str, choices: tuple[str, ...]) -> str:
    value = fields.anything(name, default)
    if isinstance(value, str) and value in choices:
        return value
    fields.problems.append(Problem(f"/{name}", "unknown_choice", _listed(choices)))
    return default


def _listed(choices: tuple[str, ...]) -> dict[str, Any]:
    return {"choices": "، ".join(choices)}


def _unknown(members: Mapping[str, Any]) -> list[Problem]:
    choices = _listed(CUSTOM)
    return [Problem(f"/{name}", "unknown_member", choices) for name in members.keys() - set(CUSTOM)]


def _header_problems(scheme: Scheme) -> list[Problem]:
    named = {
        "/header": scheme.place.name,
        "/timestamp_header": scheme.timestamp_header,
        "/id_header": scheme.id_header,
    }
    wrong = [at for at, name in named.items() if name and not is_name(name)]
    missing = [] if scheme.place.name else [Problem("/header", "required")]
    return missing + [Problem(at, "bad_header_name") for at in wrong]


def _text_problems(scheme: Scheme) -> list[Problem]:
    return [
        Problem(at, "bad_length", {"min": 0, "max": most})
        for at, text, most in (
            ("/prefix", scheme.prefix, MAX_PREFIX),
            ("/signed", scheme.signed, MAX_SIGNED),
        )
        if len(text) > most
    ]


def _signed_problems(scheme: Scheme) -> list[Problem]:
    if scheme.algorithm not in HASHES:
        return []
    used = _BRACED.findall(str(scheme.signed))
    problems = [
        Problem("/signed", "unknown_placeholder", {"name": name})
        for name in used
        if name not in PLACEHOLDERS
    ]
    # A signature that does not cover the body would let anybody change it.
    if "body" not in used:
        problems.append(Problem("/signed", "body_not_signed"))
    for name, given in (("timestamp", scheme.timestamp_header), ("id", scheme.id_header)):
        if name in used and not given:
            problems.append(Problem(f"/{name}_header", "required"))
        # Whoever sends the call may write what is not signed: it would prove nothing.
        if given and name not in used:
            problems.append(Problem(f"/{name}_header", "not_signed", {"name": name}))
    return problems
