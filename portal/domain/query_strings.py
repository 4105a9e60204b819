"""Query strings with nesting, as PyPI's qs-codec reads them: ``query[0][a]=1``, ``a.b=1``."""

import re
from typing import Any
from urllib.parse import unquote_plus

from qs_codec import DecodeOptions, decode

from portal.domain.storable import storable

MAX_QUERY_LENGTH = 65_536
MAX_PARAMETERS = 1000
# What is nested deeper stays together in one name, brackets and all.
MAX_DEPTH = 16
# From this index on a list becomes an object of numbered names, and nothing is lost. As many as
# there may be parameters, so that a name repeated always stays a list.
_LIST_LIMIT = MAX_PARAMETERS

_has_scheme = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE).match


class BadQuery(ValueError):
    """A query string that is not read: ``query_too_long``, ``too_many_parameters`` or
    ``query_malformed``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_query(text: str) -> dict[str, Any]:
    """The parameters in the query string ``text``, given without its question mark.

    Values are texts, lists and objects of them; a name without ``=`` has the empty text, a name
    repeated a list. An escape that is not one stays as it is written, and what is not UTF-8 is
    replaced. At most 65,536 characters and 1000 parameters. Raises :class:`BadQuery`.
    """
    if len(text) > MAX_QUERY_LENGTH:
        raise BadQuery("query_too_long")
    if text.count("&") >= MAX_PARAMETERS:
        raise BadQuery("too_many_parameters")
    try:
        return decode(text, _OPTIONS)
    # The text is a stranger's: whatever the library makes of it, the call is answered.
    except Exception as error:
        raise BadQuery("query_malformed") from error


def query_part(pasted: str) -> str:
    """The query string in what a person pasted: a whole URL, ``?a=1`` or ``a=1``."""
    text = pasted.strip().partition("#")[0]
    before, mark, after = text.partition("?")
    is_address = bool(_has_scheme(before)) or before.startswith("/")
    if is_address or (mark and not set(before) & set("=&")):
        return after
    return text


def _unescaped(text: str | None, *_charset: Any) -> str | None:
    return None if text is None else storable(unquote_plus(text, errors="replace"))


_OPTIONS = DecodeOptions(
    allow_dots=True,
    parameter_limit=MAX_PARAMETERS,
    list_limit=_LIST_LIMIT,
    depth=MAX_DEPTH,
    decoder=_unescaped,
)
