"""Together: single events that come at the same time are published in one transaction."""

from collections.abc import Sequence

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portal.domain.events import EventDraft
from portal.domain.problems import Problem
from portal.pipeline.gathering import Gathering
from portal.pipeline.publish import Published, publish

# SQLSTATE class 40, such as a deadlock: the transaction was rolled back, and may pass next time.
ROLLED_BACK = "40"


def publish_one(account_id: str, draft: EventDraft) -> Published | Problem:
    """Store one event and what it owes, as :func:`portal.pipeline.publish.publish` does.

    Events of one account and one type share a transaction: a hook that somebody is changing keeps
    only those waiting that it subscribes to.
    """
    return _gathering.ask((account_id, draft.type), draft)


def _publish(key: tuple[str, str], drafts: Sequence[EventDraft]) -> Sequence[Published | Problem]:
    return publish(key[0], drafts)


def is_away(error: Exception) -> bool:
    """Whether ``error`` is the database's and not that of one of those who share a transaction.

    A connection that broke at the commit leaves open whether that was done, and to do it again
    could publish twice; and what does not answer one need not be asked by each.
    """
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if isinstance(error, OperationalError):
        return not str(getattr(error.orig, "sqlstate", None)).startswith(ROLLED_BACK)
    return isinstance(error, PoolTimeout)


_gathering: Gathering[tuple[str, str], EventDraft, Published | Problem] = Gathering(
    _publish, is_away
)
