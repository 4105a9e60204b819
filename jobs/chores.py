"""What the ticker has done beside ringing: on threads of their own, so that nothing waits."""

import logging
from collections.abc import Callable
from time import monotonic

from sqlalchemy.exc import SQLAlchemyError

from portal.pipeline.aside import Aside

# After a failure a chore rests, for whatever it met may last.
REST_SECONDS = 60.0

log = logging.getLogger("ticker")


class Chore:
    """A piece of work that is done again and again, ``every`` so many seconds, never twice at once.

    To be made and used inside an app context.
    """

    def __init__(self, name: str, work: Callable[[], object], every: float) -> None:
        self._name, self._work, self._every = name, work, every
        self._aside: Aside[object] = Aside(name)
        self._due = 0.0

    def look(self) -> None:
        """Begin the work when its time has come and it is not going on; never waits, and never
        raises what the work raised."""
        if self._aside.is_done:
            self._due = monotonic() + self._settle()
        if not self._aside.is_busy and monotonic() >= self._due:
            self._aside.begin(self._work)

    def _settle(self) -> float:
        """Take leave of what has ended; returns how many seconds to rest."""
        try:
            self._aside.answer()
        except SQLAlchemyError as error:
            log.warning("%s: the database does not answer: %s", self._name, type(error).__name__)
            return REST_SECONDS
        except Exception:
            log.exception("%s failed; it is tried again in a minute", self._name)
            return REST_SECONDS
        return self._every
