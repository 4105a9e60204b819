"""What a body may have been before somebody on the way wrote it anew."""

import json
from collections.abc import Iterator

from portal.domain.signatures.incoming import json_object

# How the common languages write JSON: without spaces, with them, with escapes.
_WRITINGS = (
    ("minified", {"separators": (",", ":"), "ensure_ascii": False}),
    ("ascii_escaped", {"separators": (",", ":"), "ensure_ascii": True}),
    ("spaced", {"ensure_ascii": False}),
    ("spaced", {"ensure_ascii": True}),
)


def body_variants(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Pairs of a name and another writing of ``body``, each but once; at most nine."""
    seen = {body}
    for name, variant in _variants(body):
        if variant not in seen:
            seen.add(variant)
            yield name, variant


def _variants(body: bytes) -> Iterator[tuple[str, bytes]]:
    yield "newline_added", body + b"\n"
    yield "newline_removed", body.rstrip(b"\r\n")
    yield "line_ends", body.replace(b"\r\n", b"\n")
    yield "line_ends", body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    members = json_object(body)
    if members is None:
        return
    for name, options in _WRITINGS:
        yield name, json.dumps(members, **options).encode("utf-8", "surrogatepass")
    # PHP puts a backslash before every slash.
    escaped = json.dumps(members, separators=(",", ":")).replace("/", "\\/")
    yield "slashes_escaped", escaped.encode()
