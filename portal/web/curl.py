"""Requests as commands to copy: how a trigger may be called by hand, and what an attempt sent.

Words stand where secrets belong.
"""

import json
from collections.abc import Iterable, Mapping
from shlex import quote
from typing import Any

from portal.domain.envelope import MASK
from portal.domain.signatures.scheme import Scheme
from portal.domain.triggers.auth import scheme_of

# A longer body is no part of a command that anybody reads: it is to stand in a file beside it.
LONGEST_BODY = 8 * 1024
_BEARER = {"equal": "SECRET", "jwt_hs256": "TOKEN"}


def with_credentials(url: str) -> str:
    """``url`` in the form that carries a user and a password."""
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}USER:PASSWORD@{rest}"


def curl_example(url: str, configuration: Mapping[str, Any]) -> str:
    """A call of the trigger at ``url`` as a command of several lines."""
    auth = configuration["auth"]
    scheme = scheme_of(auth)
    body: dict[str, Any] = {"example": True}
    options = ["-H 'Content-Type: application/json'"]
    if auth["kind"] == "basic":
        options.append("-u USER:PASSWORD")
    if scheme:
        url, body, headers = _signed(scheme, url, body)
        options += [f"-H {quote(header)}" for header in headers]
    options.append(f"-d {quote(json.dumps(body))}")
    return " \\\n  ".join([f"curl -X POST {quote(url)}", *options])


def curl_of(url: str, headers: Iterable[tuple[str, str]], body: str) -> str:
    """The POST of ``body`` with ``headers`` to ``url`` as a command; masked values are SECRET."""
    shown = ((name, "SECRET" if value == MASK else value) for name, value in headers)
    options = [f"-H {quote(f'{name}: {value}')}" for name, value in shown]
    is_short = len(body.encode()) <= LONGEST_BODY
    # curl reads a file where data begins with @.
    options.append(f"--data-raw {quote(body)}" if is_short else "--data-binary @body.json")
    return " \\\n  ".join([f"curl -X POST {quote(url)}", *options])


def _signed(
    scheme: Scheme, url: str, body: Mapping[str, Any]
) -> tuple[str, dict[str, Any], list[str]]:
    proof = scheme.prefix + _BEARER.get(scheme.algorithm, "SIGNATURE")
    if scheme.listing:
        listing = scheme.listing
        items = [f"{listing.timestamp}{listing.joint}TIMESTAMP"] if listing.timestamp else []
        items.append(f"{listing.signature}{listing.joint}{proof}")
        proof = listing.separator.join(items)
    place = scheme.place
    if place.kind == "query":
        return f"{url}?{place.name}={proof}", dict(body), []
    if place.kind == "body":
        return url, {**body, place.name: proof}, []
    named = ((scheme.id_header, "ID"), (scheme.timestamp_header, "TIMESTAMP"))
    return (
        url,
        dict(body),
        [
            f"{place.name}: {proof}",
            *(f"{name}: {word}" for name, word in named if name),
        ],
    )
