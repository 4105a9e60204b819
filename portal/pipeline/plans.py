"""Plans: the trigger that a token leads to, and what its calls are judged by.

Whether a token leads anywhere is asked for every call, many callers at once in one question; what
a version says never changes, so its plan is made once.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import select, text

from portal.domain.tokens import hash_of
from portal.domain.triggers.auth import Secrets
from portal.domain.triggers.plan import Plan, plan_of
from portal.domain.triggers.sealing import joined, secrets_in
from portal.extensions import db, glance, vault
from portal.models import Trigger, TriggerVersion
from portal.pipeline.bulk import listed, one_of
from portal.pipeline.gathering import Gathering

KEPT_PLANS = 1024


@dataclass(frozen=True, slots=True)
class Known:
    """A trigger that answers: its ids and its plan."""

    trigger_id: str
    account_id: str
    version_id: str
    plan: Plan


def find(token: str) -> Known | None:
    """The trigger that is called by ``token``; None when there is none, or it is off."""
    found = _lookups.ask("tokens", hash_of(token))
    if found is None:
        return None
    trigger_id, account_id, version_id = found
    return Known(trigger_id, account_id, version_id, plan_of_version(version_id))


def plan_of_version(version_id: str) -> Plan:
    """The plan of a version, from memory where it was made before.

    Raises :class:`portal.domain.vault.VaultError` when its secrets cannot be opened.
    """
    return _plan(version_id, str(db.engine.url))


def current_plan(trigger_id: str) -> Plan:
    """The plan that a trigger's next call is judged by."""
    return plan_of_version(current_version_id(trigger_id))


def current_version_id(trigger_id: str) -> str:
    """The id of the version that a trigger's next call comes under."""
    return db.session.scalars(
        select(TriggerVersion.id)
        .join(Trigger, Trigger.id == TriggerVersion.trigger_id)
        .where(Trigger.id == trigger_id, TriggerVersion.number == Trigger.version)
    ).one()


def opened(configuration: Mapping[str, Any], sealed: str | None) -> tuple[dict[str, Any], Secrets]:
    """What a version keeps, whole, with its credentials.

    Raises :class:`portal.domain.vault.VaultError` when they cannot be opened.
    """
    known = json.loads(vault().open(sealed)) if sealed else {}
    return joined(configuration, known), secrets_in(known)


@lru_cache(maxsize=KEPT_PLANS)
def _plan(version_id: str, _database: str) -> Plan:
    with glance() as connection:
        row = connection.execute(
            TriggerVersion.__table__.select().where(TriggerVersion.id == version_id)
        ).one()
    return plan_of(*opened(row.configuration, row.secrets_sealed))


Ids = tuple[str, str, str]


def _look_up(_key: str, hashes: Sequence[str]) -> Sequence[Ids | None]:
    with glance() as connection:
        dialect = connection.dialect.name
        rows: Sequence[Any] = connection.execute(_BY_TOKEN[dialect], listed(dialect, hashes)).all()
    found = {row[0]: (row[1], row[2], row[3]) for row in rows}
    return [found.get(one) for one in hashes]


_BY_TOKEN = {
    dialect: text(
        f"SELECT t.token_hash, t.id, t.account_id, v.id FROM {Trigger.__tablename__} t"
        f" JOIN {TriggerVersion.__tablename__} v ON v.trigger_id = t.id AND v.number = t.version"
        f" WHERE {one_of(dialect, 't.token_hash')} AND t.enabled AND t.deleted_at IS NULL"
    )
    for dialect in ("postgresql", "sqlite")
}
_lookups: Gathering[str, str, Ids | None] = Gathering(_look_up, concerns_all=lambda _error: True)
