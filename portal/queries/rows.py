"""The one way to a row: found and of this account, or not found at all."""

from typing import TypeVar

from portal.extensions import db
from portal.models import Model

Row = TypeVar("Row", bound=Model)


class NotFound(Exception):
    """No such row, or none that this account may know of."""


def reach(table: type[Row], row_id: str, account_id: str) -> Row:
    """The row ``row_id`` of ``table`` in the account; raises :class:`NotFound`.

    A deleted row is found too: its log is still read. Who may not act on it checks ``deleted_at``.
    """
    row = db.session.get(table, row_id)
    if row is None or row.account_id != account_id:
        raise NotFound(row_id)
    return row
