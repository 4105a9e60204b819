"""Books: what stands in the database of a running portal, looked up from outside."""

import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from json import loads
from typing import Any

from sqlalchemy import NullPool, create_engine, make_url, text

Rows = list[Mapping[str, Any]]

# What belongs to hooks, in an order in which it can be deleted.
_OF_HOOKS = (
    "DELETE FROM attempt_deliveries WHERE attempt_id IN (SELECT id FROM attempts WHERE {})",
    "DELETE FROM attempts WHERE {}",
    "DELETE FROM deliveries WHERE {}",
    "DELETE FROM hook_rollups WHERE {}",
    "DELETE FROM failure_rollups WHERE {}",
    "DELETE FROM hook_secrets WHERE {}",
    "DELETE FROM hook_event_types WHERE {}",
    "DELETE FROM streams WHERE {}",
)
_OF_POLICY = "hook_id IN (SELECT id FROM hooks WHERE policy_id = :policy_id)"


class Books:
    """The database at ``url``; every question is a connection and a transaction of its own."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url, poolclass=NullPool)
        # The name of the file, where the database is one.
        self.file = make_url(url).database or ""

    def leased_under(self, token: str) -> frozenset[str]:
        """The hooks that are leased under ``token``, whether or not that has run out."""
        rows = self._ask("SELECT hook_id FROM streams WHERE lease_token = :token", token=token)
        return frozenset(row["hook_id"] for row in rows)

    def token_of(self, hook_id: str) -> str | None:
        """The token under which a hook is leased."""
        (row,) = self._ask("SELECT lease_token FROM streams WHERE hook_id = :id", id=hook_id)
        return row["lease_token"]

    def deliveries(self, hook_id: str) -> dict[str, Mapping[str, Any]]:
        """All deliveries of a hook, whole rows by their id."""
        rows = self._ask("SELECT * FROM deliveries WHERE hook_id = :id", id=hook_id)
        return {row["id"]: dict(row) for row in rows}

    def attempts(self, hook_id: str) -> int:
        """How many attempts are written down for a hook."""
        (row,) = self._ask("SELECT count(*) AS n FROM attempts WHERE hook_id = :id", id=hook_id)
        return row["n"]

    def calls(self, trigger_id: str) -> dict[str, Mapping[str, Any]]:
        """The calls of a trigger that were let in and repeat no other, whole rows by their id."""
        accepted = "SELECT * FROM calls WHERE trigger_id = :id AND verdict = 'accepted'"
        return {row["id"]: dict(row) for row in self._ask(accepted, id=trigger_id)}

    def runs_under(self, token: str) -> frozenset[str]:
        """The calls whose run is leased under ``token``, whether or not that has run out."""
        rows = self._ask("SELECT id FROM calls WHERE lease_token = :token", token=token)
        return frozenset(row["id"] for row in rows)

    def owes_runs(self, trigger_id: str) -> bool:
        """Whether a run of a trigger has not ended."""
        owed = "SELECT count(*) AS n FROM calls WHERE trigger_id = :id AND run_state = 'waiting'"
        (row,) = self._ask(owed, id=trigger_id)
        return bool(row["n"])

    def forgo_runs(self, trigger_id: str) -> None:
        """Let nobody do any more what runs of a trigger are owed."""
        forgone = "UPDATE calls SET run_state = 'failed', lease_token = NULL"
        owed = "trigger_id = :id AND run_state = 'waiting'"
        self._do(f"{forgone} WHERE {owed}", id=trigger_id)

    def events(self, event_type: str) -> Counter[str]:
        """How many events of a type there are, by the id that stands in their data."""
        rows = self._ask("SELECT data FROM events WHERE type = :type", type=event_type)
        return Counter(loads(row["data"])["id"] for row in rows)

    def failing(self, policy_id: str) -> int:
        """How many hooks of a policy did not answer their last attempt."""
        failing = f"SELECT count(*) AS n FROM streams WHERE NOT last_ok AND {_OF_POLICY}"
        (row,) = self._ask(failing, policy_id=policy_id)
        return row["n"]

    def is_served(self, policy_id: str) -> bool:
        """Whether a hook of a policy is leased by anybody."""
        leased = f"SELECT count(*) AS n FROM streams WHERE lease_token IS NOT NULL AND {_OF_POLICY}"
        (row,) = self._ask(leased, policy_id=policy_id)
        return bool(row["n"])

    def switch_off(self, policy_id: str) -> None:
        """Let nothing go out any more to the hooks of a policy."""
        off = "UPDATE hooks SET enabled = false WHERE policy_id = :policy_id"
        self._do(off, policy_id=policy_id)

    def remove(self, policy_id: str) -> None:
        """Remove the hooks of a policy with everything that is theirs."""
        for statement in _OF_HOOKS:
            self._do(statement.format(_OF_POLICY), policy_id=policy_id)
        self._do("DELETE FROM hooks WHERE policy_id = :policy_id", policy_id=policy_id)

    def can_be_written(self) -> bool:
        """Whether nobody keeps all others from writing; waits a second for those who do."""
        if self._engine.dialect.name == "postgresql":
            return True
        with closing(sqlite3.connect(self.file, isolation_level=None, timeout=1)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
        return True

    def version(self) -> str:
        """The database's name and version."""
        name = self._engine.dialect.name
        question = "SHOW server_version" if name == "postgresql" else "SELECT sqlite_version()"
        (row,) = self._ask(question)
        return f"{name} {next(iter(row.values())).split()[0]}"

    def _ask(self, question: str, **values: Any) -> Rows:
        with self._engine.connect() as connection:
            return list(connection.execute(text(question), values).mappings())

    def _do(self, statement: str, **values: Any) -> None:
        with self._engine.begin() as connection:
            connection.execute(text(statement), values)
