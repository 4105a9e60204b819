"""Bytes and texts of strangers, made fit for a database."""


def storable(raw: bytes | str) -> str:
    """``raw`` as a text that every database keeps: replaced where it is not UTF-8, and without
    NUL, which PostgreSQL refuses."""
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    return text.replace("\0", "\N{SYMBOL FOR NULL}")
