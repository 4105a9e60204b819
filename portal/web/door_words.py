"""What is said at the door: of signing in, of the second step, and of browsers."""

import re
from enum import StrEnum

from flask import Flask
from markupsafe import Markup

from portal.domain.problems import Conflict
from portal.web.messages import message
from portal.web.text import count


def register(app: Flask) -> None:
    """Make the filters known to ``app``."""
    app.jinja_env.filters["device"] = device


class Said(StrEnum):
    """What a page says after something was done."""

    CONFIRMED = "تم تأكيد هويتك. أكمل ما بدأته."
    PASSWORD_CHANGED = "تم تغيير كلمة المرور، وسُجّل الخروج من المتصفحات الأخرى."
    PASSWORD_RESET = "تم حفظ كلمة المرور الجديدة. سجّل الدخول بها."
    SESSION_ENDED = "سُجّل الخروج من ذلك المتصفح."
    SESSIONS_ENDED = "سُجّل الخروج من المتصفحات الأخرى."
    SECOND_STEP_OFF = "أُوقفت الخطوة الثانية. تكفي كلمة المرور للدخول."
    SIGN_IN_AGAIN = "انتهت مهلة الدخول. أدخل البريد الإلكتروني وكلمة المرور من جديد."


def turned_away(conflict: Conflict) -> str:
    """The sentence for whoever was refused at the door."""
    facts = conflict.params
    wait = count(facts["minutes"], "minute") if "minutes" in facts else ""
    return message(conflict.code, {**facts, "wait": wait})


# The first that fits: those further up also say that they are those further down.
_BROWSERS = (
    ("Edg(e|A|iOS)?/", "Edge"),
    ("OPR/|Opera", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/|FxiOS", "Firefox"),
    ("Chrome/|CriOS|Chromium", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
_SYSTEMS = (
    ("iPhone|iPod", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X|Macintosh", "macOS"),
    ("Linux|X11", "Linux"),
)


def device(user_agent: str) -> Markup:
    """The browser and the system that ``user_agent`` names, in words."""
    browser, system = _named(_BROWSERS, user_agent), _named(_SYSTEMS, user_agent)
    if browser and system:
        return Markup("{} على {}").format(_ltr(browser), _ltr(system))
    known = browser or system
    return _ltr(known) if known else Markup("متصفح غير معروف")


def _named(known: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    return next((name for pattern, name in known if re.search(pattern, user_agent)), None)


def _ltr(name: str) -> Markup:
    return Markup('<bdi dir="ltr">{}</bdi>').format(name)
