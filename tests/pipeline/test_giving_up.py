"""Switching off a hook that has failed for days, and putting that off."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from json import loads

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Event, Hook, Notice, Stream, now
from portal.pipeline.hooks import draft_of, edit_hook, switch_hook
from portal.pipeline.postponing import postpone
from tests import factories
from tests.receiver import Answer, Arrival, Receiver

Drain = Callable[[], int]


def failing_for(receiver: Receiver, days: float) -> Hook:
    """A hook with one more delivery due, all of whose attempts have failed for ``days``."""
    receiver.answer(500)
    hook = factories.make_hook(receiver.url)
    factories.make_delivery(hook)
    stream = db.session.get_one(Stream, hook.id)
    stream.failing_since = now() - timedelta(days=days)
    stream.last_ok = False
    db.session.commit()
    return hook


def test_a_hook_is_switched_off_after_five_days_of_nothing_but_failure(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook = failing_for(receiver, days=5.1)
    factories.make_hook(event_types=["hook.disabled"])
    drain()
    db.session.refresh(hook)
    assert (hook.enabled, hook.disabled_reason) == (False, "failing")
    (event,) = db.session.query(Event).filter_by(type="hook.disabled").all()
    assert loads(event.data) == {"id": hook.id, "name": hook.name, "reason": "failing"}
    (notice,) = db.session.query(Notice).all()
    assert (notice.kind, notice.data, notice.hook_id) == (event.type, loads(event.data), hook.id)


def test_four_days_are_not_enough(app: Flask, receiver: Receiver, drain: Drain) -> None:
    hook = failing_for(receiver, days=4)
    drain()
    db.session.refresh(hook)
    assert hook.enabled


def test_putting_it_off_gives_three_days_more(app: Flask, receiver: Receiver, drain: Drain) -> None:
    hook = failing_for(receiver, days=5.1)
    postpone(hook.id, actor=factories.make_actor())
    drain()
    db.session.refresh(hook)
    assert hook.enabled
    assert db.session.get_one(Stream, hook.id).postponed_until > now() + timedelta(days=2.9)


def test_switched_on_again_it_starts_afresh(app: Flask, receiver: Receiver, drain: Drain) -> None:
    hook = failing_for(receiver, days=5.1)
    drain()
    switch_hook(hook.id, enabled=True, actor=factories.make_actor())
    factories.let_time_pass()
    drain()
    db.session.refresh(hook)
    assert hook.enabled


@pytest.mark.parametrize(
    ("days", "before", "told"),
    [(2.4, 2.3, 0), (2.6, 2.4, 1), (2.7, 2.6, 0), (4.6, 4.4, 1), (4.7, 4.6, 0), (0.2, 0.1, 0)],
)
def test_people_are_warned_when_half_and_nine_tenths_of_the_time_are_over(
    app: Flask, receiver: Receiver, drain: Drain, days: float, before: float, told: int
) -> None:
    hook = failing_for(receiver, days)
    stream = db.session.get_one(Stream, hook.id)
    stream.last_failed_at = stream.failing_since + timedelta(days=before)
    db.session.commit()
    drain()
    warnings = db.session.query(Event).filter_by(type="hook.warning").all()
    assert len(warnings) == told
    for warning in warnings:
        data = loads(warning.data)
        assert (data["id"], data["name"]) == (hook.id, hook.name)
        assert data["failing_since"] < data["switch_off_at"]
    said = [loads(warning.data) for warning in warnings]
    assert [notice.data for notice in db.session.query(Notice)] == said


def test_an_old_address_that_is_gone_does_not_switch_the_new_one_off(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook = factories.make_hook(receiver.url)

    def move(_arrival: Arrival) -> Answer:
        with app.app_context():
            draft = replace(draft_of(hook), url=receiver.url + "/new")
            edit_hook(hook.id, draft, factories.make_actor())
        return Answer(410)

    receiver.answer(move, 200)
    factories.make_delivery(hook)
    drain()
    db.session.refresh(hook)
    assert hook.enabled
