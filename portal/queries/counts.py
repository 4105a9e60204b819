"""Numbers that are not counted to their end, so that no page takes longer the worse things are."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, literal, select

from portal.domain.states import DeliveryState
from portal.extensions import db
from portal.models import Delivery, Hook
from portal.models.delivery import IS_STUCK

# What is more than this in one hook is told as more.
COUNTED = 1000


class Count(NamedTuple):
    """How many there are: ``n``, or more than that, and nobody has counted on."""

    n: int
    is_more: bool = False


def count_of(found: int, most: int) -> Count:
    """The count of ``found`` rows, of which one above ``most`` were looked for."""
    return Count(min(found, most), found > most)


def count_stuck(hook_ids: Sequence[str], state: DeliveryState) -> dict[str, int]:
    """How many deliveries of each hook are held or undelivered, as ``state`` says; just above
    :data:`COUNTED` where there are more.

    Cut short for each hook: what one has lost in a bad month would hold up the whole page.
    """
    if not hook_ids:
        return {}
    some = (
        select(literal(1))
        .where(Delivery.hook_id == Hook.id, Delivery.state == state, IS_STUCK)
        .limit(COUNTED + 1)
        .correlate(Hook)
        .subquery()
    )
    number = select(func.count()).select_from(some).scalar_subquery()
    return dict(db.session.execute(select(Hook.id, number).where(Hook.id.in_(hook_ids))).all())
