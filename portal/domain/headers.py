"""Headers of HTTP as people configure them: what may be a name, what may be a value."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from portal.domain.fields import pointer_part
from portal.domain.problems import Problem

MAX_HEADERS = 20

# RFC 9110 §5.6.2: a header's name is a token; one that is longer serves nobody.
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
# RFC 9110 §5.5, without what only some programs understand: tabs and anything beyond ASCII.
_VALUE = re.compile(r"[\x20-\x7e]*")


def is_name(text: str) -> bool:
    """Whether ``text`` can be the name of a header."""
    return bool(_NAME.fullmatch(text))


def is_value(text: str) -> bool:
    """Whether ``text`` can be the value of a header that is configured."""
    return bool(_VALUE.fullmatch(text))


def as_value(value: Any) -> str:
    """The JSON value ``value`` as the value of a header, null as nothing; what may not stand
    there, a line break above all, is a question mark."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "".join(letter if is_value(letter) else "?" for letter in text)


def header_problems(
    headers: Mapping[str, str], fault: Callable[[str, str], str | None], **facts: Any
) -> list[Problem]:
    """What is wrong with ``headers``, under ``/headers``: what ``fault`` says of each, by its name
    and value, too many of them, and one twice. ``facts`` are told with each fault."""
    problems = [
        Problem(f"/headers/{pointer_part(name)}", code, {"name": name, **facts})
        for name, value in headers.items()
        if (code := fault(name, value))
    ]
    if len(headers) > MAX_HEADERS:
        problems.append(Problem("/headers", "too_many_headers", {"max": MAX_HEADERS}))
    if len({name.lower() for name in headers}) != len(headers):
        problems.append(Problem("/headers", "header_twice"))
    return problems
