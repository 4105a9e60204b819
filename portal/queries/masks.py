"""The masks of an account, and those that hold for a role."""

from collections.abc import Sequence

from sqlalchemy import select

from portal.domain.masking import MASKED_ROLES, NO_MASKS, Masks, masks_of
from portal.domain.states import Role
from portal.extensions import db
from portal.models import PayloadMask


def list_masks(account_id: str) -> Sequence[PayloadMask]:
    """Every mask of an account, in the order in which they were made."""
    mine = select(PayloadMask).where(PayloadMask.account_id == account_id)
    return db.session.scalars(mine.order_by(PayloadMask.id)).all()


def masks_for(account_id: str, role: Role) -> Masks:
    """What ``role`` does not get to see in an account; whoever sets masks sees everything, and is
    not even asked about."""
    if role not in MASKED_ROLES:
        return NO_MASKS
    columns = (PayloadMask.pattern, PayloadMask.kind, PayloadMask.roles)
    rows = db.session.execute(select(*columns).where(PayloadMask.account_id == account_id))
    return masks_of(tuple(sorted((row.pattern, row.kind) for row in rows if role in row.roles)))
