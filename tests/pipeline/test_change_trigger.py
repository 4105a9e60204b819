"""Changing a trigger while somebody else does."""

from functools import partial

from flask import Flask

from portal.domain.triggers.draft import read_trigger
from portal.extensions import db
from portal.models import Account, Trigger
from portal.pipeline.triggers import change_trigger, configuration_of
from tests import factories
from tests.pipeline.racing import at_once


def test_of_two_changes_at_once_neither_undoes_the_other(app: Flask, account: Account) -> None:
    trigger_id, actor = factories.make_trigger(account).id, factories.make_actor(account)
    changes = ({"mode": "sync"}, {"deadline_seconds": 3})

    def change(members: dict[str, object]) -> None:
        change_trigger(trigger_id, lambda base: read_trigger(members, base), actor)

    at_once(app, *[partial(change, members) for members in changes])
    db.session.rollback()
    kept = db.session.get_one(Trigger, trigger_id)
    configuration = configuration_of(kept)
    assert (configuration["mode"], configuration["deadline_seconds"]) == ("sync", 3)
    assert kept.version == 3
