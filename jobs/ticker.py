"""``python -m jobs.ticker``: looks every second whether something is due, and rings.

It makes good what the bell loses, so that nothing depends on Redis: when nobody hears the bell,
because Redis is away or because no worker lives long enough to listen, it sends by itself.
Running several is harmless.
"""

import logging
import random
import signal
import sys
import time

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from jobs import leaving
from jobs.chores import Chore
from jobs.leaving import Leaving
from portal import create_core
from portal.pipeline import key_ends, lockouts, mails, password_mails, resends, upkeep
from portal.pipeline.watch import Watch
from portal.pipeline.work import anything_due, work
from portal.queue import ring, worker_count
from portal.settings import SettingError

TICK_SECONDS = 1.0
# The next look when a resend is moving, so that its waves follow each other closely.
FOLLOW_SECONDS = 0.1
LONGEST_DRAIN_SECONDS = 10.0
FIRST_SWEEP_SECONDS, SWEEP_SECONDS = 60.0, 3600.0
# How often endpoints that are due to be looked at are looked for, and notices to be mailed.
WATCH_SECONDS, MAIL_SECONDS = 2.0, 2.0
# How often keys are looked for that end in some days, and people who were guessed at too often.
KEYS_SECONDS, LOCKOUTS_SECONDS = 60.0, 15.0
# A fault that lasts is reported this often.
REPORT_SECONDS = 60.0

log = logging.getLogger("ticker")


class Ticker:
    """What the process remembers from one tick to the next."""

    def __init__(self, app: Flask, leave: Leaving) -> None:
        self._app, self._leave = app, leave
        self._sweeps = time.monotonic() + FIRST_SWEEP_SECONDS
        self._reported = -REPORT_SECONDS
        self._asked_redis = self._drains_until = 0.0
        with app.app_context():
            self._chores = (
                Chore("watch", Watch().go_round, WATCH_SECONDS),
                Chore("keys", key_ends.tell, KEYS_SECONDS),
                Chore("lockouts", lockouts.note_lockouts, LOCKOUTS_SECONDS),
                Chore("mail", lambda: mails.send_due(lambda: leave.asked), MAIL_SECONDS),
                Chore(
                    "links", lambda: password_mails.send_links(lambda: leave.asked), MAIL_SECONDS
                ),
            )

    def run(self) -> None:
        """Tick until asked to leave; outlives whatever a tick meets."""
        while not self._leave.asked:
            pause = TICK_SECONDS
            try:
                with self._app.app_context():
                    pause = self.tick()
            except SQLAlchemyError as error:
                self._report(error)
            except Exception:
                log.exception("a tick failed; the next one comes in a second")
            time.sleep(pause)

    def tick(self) -> float:
        """Have sent what is due, by a worker or else at once; sweep once an hour; see to resends,
        and beside all that to endpoints and mails.

        Returns how many seconds later to look again.
        """
        for chore in self._chores:
            chore.look()
        if anything_due() and not _is_heard():
            self._drains_until = time.monotonic() + LONGEST_DRAIN_SECONDS
            work(self._is_relieved, lambda: None)
        if time.monotonic() > self._sweeps:
            self._sweeps = time.monotonic() + SWEEP_SECONDS * random.uniform(0.9, 1.1)
            upkeep.sweep()
        return FOLLOW_SECONDS if resends.advance() else TICK_SECONDS

    def _is_leaving(self) -> bool:
        return self._leave.asked

    def _is_relieved(self) -> bool:
        # The ring that is heard again also calls a worker to take over.
        # A drain beside steady traffic never ends by itself, and there is more to see to.
        if self._leave.asked or time.monotonic() > self._drains_until:
            return True
        if time.monotonic() < self._asked_redis + TICK_SECONDS:
            return False
        self._asked_redis = time.monotonic()
        return _is_heard()

    def _report(self, error: SQLAlchemyError) -> None:
        if time.monotonic() >= self._reported + REPORT_SECONDS:
            self._reported = time.monotonic()
            reason = str(getattr(error, "orig", None) or error).partition("\n")[0]
            log.error("the database does not answer, trying again every second: %s", reason)


def _is_heard() -> bool:
    return ring() and worker_count() > 0


def main() -> int:
    """Tick until SIGTERM or SIGINT; returns the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    leave = leaving.from_arguments("Rings for what is due.")
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, leave.ask)
    try:
        Ticker(create_core(), leave).run()
    except SettingError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
