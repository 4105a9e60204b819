"""``python wsgi.py``: everything on this machine, until a signal ends it."""

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from types import FrameType

from portal.settings import SettingError, Settings
from portal.standalone import assets, claims, database, redis_server
from portal.standalone.children import Children
from portal.standalone.faults import CannotStartError
from portal.standalone.processes import environment, ticker, web, worker
from portal.standalone.terminal import say, speak_utf8
from portal.standalone.welcome import Welcome

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PAUSE = 0.1
# Children that have a supervisor leave before it loses its patience.
LEAVE_WITHIN = ("--leave-within", "7")


def main() -> int:
    """Start everything, hold it, end it; returns the exit code.

    0 after a signal, 2 for a setting that makes no sense, 1 for anything else that is in the
    way, 130 when a signal came before everything was up.
    """
    speak_utf8()
    _listen(signal.default_int_handler)
    # Whoever started us may have ignored it, and then no child could be waited for.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        run(os.environ)
    except SettingError as error:
        print(error, file=sys.stderr)
        return 2
    except CannotStartError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def run(environ: Mapping[str, str]) -> None:
    """Bring everything up in order, and hold it until a signal comes.

    Raises :class:`SettingError` or :class:`CannotStartError`, with nothing left running.
    """
    settings = Settings.from_env(environ).with_keys()
    database.check_admin(settings)
    for_children = environment(settings, environ)
    with claims.data_folder(settings.data), Children() as children:
        claims.port(settings.host, settings.port)
        assets.install()
        if settings.embedded_redis:
            redis_server.start(settings, children, for_children)
        sign_in = database.prepare(settings)
        _start(settings, children, for_children)
        _hold(children, Welcome(settings, sign_in))


def _start(settings: Settings, children: Children, environ: Mapping[str, str]) -> None:
    children.add("web", web(settings), environ)
    for number in range(1, settings.workers + 1):
        children.add(f"worker {number}", worker(*LEAVE_WITHIN), environ)
    children.add("ticker", ticker(*LEAVE_WITHIN), environ)


def _hold(children: Children, welcome: Welcome) -> None:
    asked: list[object] = []
    _listen(lambda number, _frame: asked.append(number))
    while not asked:
        children.tend()
        welcome.look()
        time.sleep(PAUSE)
    say("خُطّاف يتوقف الآن.\nKhuttaf is stopping.")


def _listen(handler: Callable[[int, FrameType | None], object]) -> None:
    for number in ENDINGS:
        # Under nohup, the end of the terminal is none of our business. A shell that starts us in
        # the background has SIGINT ignored, but whoever sends it means it.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)
