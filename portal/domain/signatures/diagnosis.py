"""Why a call was refused: what would have made its signature right, tried one after another."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from portal.domain.signatures.body_variants import body_variants
from portal.domain.signatures.incoming import Incoming, header_values
from portal.domain.signatures.presets import PRESETS, detect
from portal.domain.signatures.scheme import ENCODINGS, HASHES, KEYS, Scheme
from portal.domain.signatures.verifying import Verdict, verify

# Some forty hashes of this much take a tenth of a second; of longer bodies only what the headers
# tell is told.
MAX_BODY = 1024 * 1024
MAX_SECRETS = 2

_LATE = ("timestamp_outside", "token_expired", "token_not_yet_valid")
_NAMED = re.compile(r"([A-Za-z][A-Za-z0-9_-]{0,15}=)[A-Za-z0-9+/_-]{16}")


@dataclass(frozen=True, slots=True)
class Finding:
    """A likely cause. Codes, with their facts:

    clock_differs (seconds, minutes, way: past or future); previous_secret_expired;
    secret_has_spaces (where: here or sender); other_preset (preset); wrong_encoding,
    wrong_algorithm, wrong_key (configured, used); prefix_missing, prefix_unexpected (prefix);
    body_changed (how it was written when it was signed, against what arrived: newline_added,
    newline_removed, line_ends, minified, spaced, ascii_escaped, slashes_escaped);
    other_sender (preset); and last the reason of the verdict.
    """

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Case:
    """A refused call, and all that it is tried against."""

    scheme: Scheme
    secrets: Sequence[str]
    incoming: Incoming
    now: datetime
    expired: Sequence[str]
    preset: str | None

    def fits(
        self,
        scheme: Scheme | None = None,
        secrets: Sequence[str] | None = None,
        incoming: Incoming | None = None,
    ) -> bool:
        """Whether the signature would have been right so, be it late or not."""
        verdict = verify(
            scheme or self.scheme,
            self.secrets if secrets is None else secrets,
            incoming or self.incoming,
            self.now,
        )
        return verdict.ok or verdict.reason in _LATE


def diagnose(
    scheme: Scheme,
    secrets: Sequence[str],
    incoming: Incoming,
    now: datetime,
    expired: Sequence[str] = (),
    preset: str | None = None,
) -> list[Finding]:
    """Why ``incoming`` is refused under ``scheme``, the likeliest cause first; [] when it is not.

    ``expired``: earlier secrets that no longer count; ``preset``: the key of the configured one.
    For staff alone: it says which secrets and schemes would fit.
    """
    verdict = verify(scheme, secrets, incoming, now)
    if verdict.ok:
        return []
    if verdict.reason in _LATE:
        return [_late(verdict)]
    case = _Case(scheme, secrets[:MAX_SECRETS], incoming, now, expired[:MAX_SECRETS], preset)
    small = len(incoming.body) <= MAX_BODY
    found = [*_probed(case)] if small else []
    return [*found, *_seen(case, verdict), Finding(verdict.reason or "", verdict.facts)]


def _late(verdict: Verdict) -> Finding:
    if verdict.reason != "timestamp_outside":
        return Finding(verdict.reason or "")
    seconds = verdict.facts["seconds"]
    return Finding("clock_differs", {**verdict.facts, "minutes": round(seconds / 60)})


def _probed(case: _Case) -> Iterator[Finding]:
    if case.expired and case.fits(secrets=case.expired):
        yield Finding("previous_secret_expired")
    yield from _spaces(case)
    yield from _other_presets(case)
    yield from _prefixes(case)
    if case.scheme.algorithm in HASHES:
        yield from _forms(case, "encoding", "wrong_encoding", ENCODINGS)
        yield from _forms(case, "key", "wrong_key", KEYS)
        yield from _forms(case, "algorithm", "wrong_algorithm", HASHES)
        yield from _bodies(case)


def _spaces(case: _Case) -> Iterator[Finding]:
    tried = [
        ("here", [one.strip() for one in case.secrets if one != one.strip()]),
        ("sender", [one + end for one in case.secrets for end in ("\n", " ")]),
    ]
    for where, secrets in tried:
        if secrets and case.fits(secrets=secrets):
            yield Finding("secret_has_spaces", {"where": where})


def _other_presets(case: _Case) -> Iterator[Finding]:
    secrets, tried = [*case.secrets, *case.expired], [case.scheme]
    for key, preset in PRESETS.items():
        # A chosen header says nothing of the sender; GitHub and Meta sign alike.
        if preset.scheme is None or preset.header_is_chosen or preset.scheme in tried:
            continue
        tried.append(preset.scheme)
        if case.fits(preset.scheme, secrets):
            yield Finding("other_preset", {"preset": _sender(case, key)})


def _sender(case: _Case, key: str) -> str:
    seen = detect(case.incoming.headers)
    return seen if seen and PRESETS[seen].scheme == PRESETS[key].scheme else key


def _prefixes(case: _Case) -> Iterator[Finding]:
    scheme = case.scheme
    if scheme.prefix and not scheme.prefix_optional and case.fits(_changed(scheme, prefix="")):
        yield Finding("prefix_missing", {"prefix": scheme.prefix})
    if scheme.prefix or scheme.listing or scheme.place.kind != "header":
        return
    for value in header_values(case.incoming, scheme.place.name)[:1]:
        named = _NAMED.match(value)
        if named and case.fits(_changed(scheme, prefix=named[1])):
            yield Finding("prefix_unexpected", {"prefix": named[1]})


def _forms(case: _Case, member: str, code: str, choices: Sequence[str]) -> Iterator[Finding]:
    configured = getattr(case.scheme, member)
    for used in choices:
        if used != configured and case.fits(_changed(case.scheme, **{member: used})):
            yield Finding(code, {"configured": configured, "used": used})
            return


def _bodies(case: _Case) -> Iterator[Finding]:
    if not isinstance(case.scheme.signed, str):
        return
    for how, body in body_variants(case.incoming.body):
        if case.fits(incoming=replace(case.incoming, body=body)):
            yield Finding("body_changed", {"how": how})
            return


def _seen(case: _Case, verdict: Verdict) -> Iterator[Finding]:
    sender = detect(case.incoming.headers)
    same = sender and PRESETS[sender].scheme == case.scheme
    if verdict.reason == "signature_missing" and sender not in (None, case.preset) and not same:
        yield Finding("other_sender", {"preset": sender})


def _changed(scheme: Scheme, **changes: Any) -> Scheme:
    others = tuple(replace(one, **changes) for one in scheme.others)
    return replace(scheme, **changes, others=others)
