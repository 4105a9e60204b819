"""Setting what some roles do not see: kept, put on record, and no more than there may be."""

import pytest

from portal.domain.masking import MAX_MASKS, MaskDraft, MaskKind, Veil
from portal.domain.problems import Refused
from portal.domain.states import Role
from portal.extensions import db
from portal.models import Account, AuditEntry, PayloadMask
from portal.pipeline.masks import change_mask, create_masks, delete_mask
from portal.queries.masks import list_masks, masks_for
from tests import factories

PHONE = MaskDraft("phone", MaskKind.PHONE)


def on_record() -> list[tuple[object, object]]:
    """What stands in the audit log of masks: before and after."""
    entries = db.session.query(AuditEntry).filter_by(action="masks.changed")
    return [(one.before, one.after) for one in entries.order_by(AuditEntry.id)]


def test_every_change_is_on_record(account: Account) -> None:
    mask = factories.make_mask("phone", account=account)
    both = MaskDraft("phone", MaskKind.WHOLE, (Role.SUPPORT, Role.STAFF))
    change_mask(mask.id, both, factories.make_actor(account))
    delete_mask(mask.id, factories.make_actor(account))
    first = {"pattern": "phone", "kind": "phone", "roles": ["support"]}
    changed = {"kind": "whole", "roles": ["support", "staff"]}
    assert on_record() == [
        ({}, first),
        ({"kind": "phone", "roles": ["support"]}, changed),
        (first | changed, {}),
    ]
    assert list_masks(account.id) == []


@pytest.mark.parametrize("again", ["phone", "PHONE", '["phone"]'])
def test_one_field_is_masked_once(account: Account, again: str) -> None:
    factories.make_mask("phone", account=account)
    other = factories.make_mask("email", account=account)
    with pytest.raises(Refused) as refused:
        create_masks((MaskDraft(again),), factories.make_actor(account))
    assert refused.value.problems[0].code == "mask_twice"
    with pytest.raises(Refused) as refused:
        change_mask(other.id, MaskDraft(again), factories.make_actor(account))
    assert refused.value.problems[0].code == "mask_twice"
    assert len(on_record()) == 2


def test_another_account_masks_the_same_field(account: Account, other_account: Account) -> None:
    factories.make_mask("phone", account=account)
    create_masks((PHONE,), factories.make_actor(other_account))
    assert [len(list_masks(one.id)) for one in (account, other_account)] == [1, 1]


def test_an_account_has_so_many_masks_and_no_more(account: Account) -> None:
    actor = factories.make_actor(account)
    create_masks(tuple(MaskDraft(f"f{number}") for number in range(MAX_MASKS - 1)), actor)
    with pytest.raises(Refused) as refused:
        create_masks((MaskDraft("a"), MaskDraft("b")), actor)
    assert refused.value.problems[0].code == "too_many"
    create_masks((MaskDraft("a"),), actor)
    assert db.session.query(PayloadMask).count() == MAX_MASKS


def test_masks_hold_for_the_roles_they_name_and_never_for_admins(account: Account) -> None:
    factories.make_mask("phone", account=account)
    factories.make_mask("email", "email", account, roles=(Role.STAFF,))
    shown = '{"phone": "+966555123456", "email": "noura@shop.example"}'
    assert not masks_for(account.id, Role.ADMIN)
    for role, hidden, left in ((Role.SUPPORT, "555123", "noura"), (Role.STAFF, "noura", "555123")):
        masks = masks_for(account.id, role)
        assert masks is masks_for(account.id, role)
        seen = Veil(masks).data(shown)
        assert hidden not in seen
        assert left in seen
