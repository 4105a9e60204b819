"""Keys that end: their account is told of it once, while there is time."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from portal.domain.actor import Actor
from portal.domain.scopes import KeyDraft
from portal.domain.states import Role
from portal.extensions import db
from portal.models import Account, ApiKey, Notice, now
from portal.pipeline import key_ends
from portal.pipeline.keys import draft_of, edit_api_key, make_api_key, revoke_api_key
from tests import factories

DAY = timedelta(days=1)

Make = Callable[[timedelta], ApiKey]


@pytest.fixture
def actor(account: Account) -> Actor:
    """The admin who makes the keys."""
    return factories.make_actor(account, Role.ADMIN)


@pytest.fixture
def make(actor: Actor) -> Make:
    """Makes a key that has been there for 30 days and ends after so long."""

    def key_that_ends(after: timedelta) -> ApiKey:
        key, _ = make_api_key(KeyDraft("ERP", expires_at=now() + after), actor)
        db.session.execute(update(ApiKey).values(created_at=now() - 30 * DAY))
        db.session.commit()
        return key

    return key_that_ends


def told() -> list[tuple[str, str]]:
    """The kinds of all notices, and the names of what they tell of."""
    return [(one.kind, one.data["name"]) for one in db.session.query(Notice).all()]


def extend(key: ApiKey, until: datetime, actor: Actor) -> None:
    """Let a key end at another time."""
    draft = draft_of(key)
    edit_api_key(key.id, KeyDraft(draft.name, expires_at=until), actor)


def test_an_account_is_told_once_of_a_key_that_ends_within_a_week(make: Make) -> None:
    key = make(6 * DAY)
    assert (key_ends.tell(), key_ends.tell()) == (1, 0)
    assert told() == [("api_key.ending", "ERP")]
    (notice,) = db.session.query(Notice).all()
    assert (notice.account_id, notice.data["hint"]) == (key.account_id, key.hint)


@pytest.mark.parametrize("after", [8 * DAY, -DAY], ids=["later", "over"])
def test_a_key_that_ends_later_or_has_ended_is_not_told_of(make: Make, after: timedelta) -> None:
    make(after)
    assert key_ends.tell() == 0
    assert told() == []


def test_a_key_that_was_made_for_a_few_days_is_not_told_of(actor: Actor) -> None:
    make_api_key(KeyDraft("ليومين", expires_at=now() + 2 * DAY), actor)
    make_api_key(KeyDraft("بلا نهاية"), actor)
    assert key_ends.tell() == 0


def test_a_revoked_key_is_not_told_of(make: Make, actor: Actor) -> None:
    revoke_api_key(make(DAY).id, actor)
    assert key_ends.tell() == 0


def test_another_end_is_told_of_anew(make: Make, actor: Actor) -> None:
    key = make(6 * DAY)
    key_ends.tell()
    extend(key, now() + 90 * DAY, actor)
    assert key_ends.tell() == 0
    extend(key, now() + 5 * DAY, actor)
    assert key_ends.tell() == 1
    assert len(told()) == 2
