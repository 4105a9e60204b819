"""Words about endpoints that are watched, and about notices, for the templates."""

import re
from datetime import UTC, datetime

from flask import Flask
from markupsafe import Markup

from portal.domain.notices import Telling, When, day_text, distance, tell
from portal.models import Notice
from portal.web.filters import ltr, named
from portal.web.moments import zone
from portal.web.payload import visible

# Machine text and names between Unicode's isolates, as the domain's words hold them.
_ISOLATE = re.compile("([\u2066\u2068])([^\u2069]*)\u2069")

MAIL_ERRORS = {
    "smtp_away": "لم يُجب خادم البريد",
    "smtp_tls": "تعذّر إنشاء اتصال آمن بخادم البريد",
    "smtp_sign_in": "لم يقبل خادم البريد بيانات الدخول",
    "smtp_refused": "رفض خادم البريد الرسالة",
}


def register(app: Flask) -> None:
    """Make the words known to the templates of ``app``."""
    app.jinja_env.filters.update(
        told=told,
        day=lambda moment: day_text(moment, zone().key),
        distance=lambda moment: distance(moment, _when()),
        mail_error=lambda code: MAIL_ERRORS.get(code, MAIL_ERRORS["smtp_refused"]),
    )
    app.jinja_env.globals.update(tell_notice=tell_notice)


def tell_notice(notice: Notice) -> Telling:
    """What a notice says, as of now."""
    return tell(notice.kind, notice.data, _when())


def told(words: str) -> Markup:
    """Words of the domain, their isolates made into elements."""
    shown, end = Markup(), 0
    for found in _ISOLATE.finditer(words):
        isolate = ltr if found[1] == "\u2066" else named
        shown += visible(words[end : found.start()]) + isolate(found[2])
        end = found.end()
    return shown + visible(words[end:])


def _when() -> When:
    return When(datetime.now(UTC), zone().key)
