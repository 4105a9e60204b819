"""Bytes and texts of strangers, made fit for a database."""


def storable(raw: bytes | str) -> str:
    """``raw`` as a text that every database keeps: replaced where it is not UTF-8, lone surrogates
    included, and without NUL, which PostgreSQL refuses."""
    text = (raw if isinstance(raw, bytes) else raw.encode("utf-8", "replace")).decode(
        "utf-8", "replace"
    )
    return text.replace("\0", "\N{SYMBOL FOR NULL}")
