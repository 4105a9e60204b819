"""How the portal is doing: the answer of ``/health``."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portal import queue
from portal.extensions import db
from portal.models import Account


@dataclass(frozen=True)
class Health:
    """``workers`` counts the processes that listen; 0 while Redis is down."""

    database: bool
    redis: bool
    workers: int


def look() -> Health:
    """Ask the database and Redis; never raises because one of them is away."""
    redis = queue.is_up()
    return Health(database_answers(), redis, queue.worker_count() if redis else 0)


def database_answers() -> bool:
    """Whether the database answers and holds our tables."""
    try:
        return db.session.execute(select(Account.id).limit(1)) is not None
    except (DBAPIError, PoolTimeout):
        return False
    finally:
        db.session.rollback()
