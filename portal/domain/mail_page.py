"""What mails look like: Arabic from right to left in both their parts, whatever a mail box makes
of them."""

import re
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

_ISOLATE = re.compile("([\u2066\u2068])([^\u2069]*)\u2069")
_RIGHT_TO_LEFT_MARK = "\u200f"


class MailText(NamedTuple):
    """What a mail says: its subject, and its body as plain text and as HTML."""

    subject: str
    text: str
    html: str


def page_of(title: str, paragraphs: Sequence[str], link: tuple[str, str], foot: str) -> MailText:
    """A mail of a ``title``, ``paragraphs``, a ``link`` (its address and its words) and a foot."""
    lines = [_RIGHT_TO_LEFT_MARK + line for line in (title, *paragraphs, foot)]
    body = "".join(f"<p>{_html(line)}</p>" for line in paragraphs)
    address, words = link
    return MailText(
        subject=title,
        # A mail box that looks at the first letter of a line for its direction finds the mark; the
        # link stands bare and alone, because much would take a mark for a part of it.
        text="\n\n".join([*lines[:-1], address, lines[-1]]) + "\n",
        html=_PAGE.format(
            title=_html(title), body=body, link=escape(address), words=words, foot=_html(foot)
        ),
    )


def _html(words: str) -> str:
    return _ISOLATE.sub(_element, escape(words))


def _element(isolate: re.Match[str]) -> str:
    direction = "ltr" if isolate[1] == "\u2066" else "auto"
    return f'<bdi dir="{direction}">{isolate[2]}</bdi>'


# Mail boxes read no style sheets, so what little there is stands in the elements.
_PAGE = """<!doctype html>
<html lang="ar" dir="rtl">
<head><meta charset="utf-8"><title>{title}</title></head>
<body lang="ar" dir="rtl" style="margin:0;padding:24px;background:#f7f8f7;color:#10292b;\
font-family:'IBM Plex Sans Arabic',Tahoma,Arial,sans-serif;font-size:16px;line-height:1.7">
<div dir="rtl" style="max-width:560px;margin:0 auto;padding:24px;background:#ffffff;\
border:1px solid #dfe5e3;text-align:right">
<h1 style="margin:0 0 12px;font-size:20px">{title}</h1>
{body}
<p><a href="{link}" style="color:#0b6b6b">{words}</a></p>
<p style="margin:24px 0 0;color:#4b5f61;font-size:14px">{foot}</p>
</div>
</body>
</html>
"""
