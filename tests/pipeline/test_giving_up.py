"""Switching off a hook that has failed for days, and putting that off."""

from collections.abc import Callable
from datetime import timedelta
from json import loads

from flask import Flask

from portal.extensions import db
from portal.models import Event, Hook, Stream, now
from portal.pipeline.hooks import switch_hook
from portal.pipeline.postponing import postpone
from tests import factories
from tests.receiver import Receiver

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


def test_four_days_are_not_enough(app: Flask, receiver: Receiver, drain: Drain) -> None:
    hook = failing_for(receiver, days=4)
    drain()
    db.session.refresh(hook)
    assert hook.enabled


def test_putting_it_off_gives_three_days_more(app: Flask, receiver: Receiver, drain: Drain) -> None:
    hook = failing_for(receiver, days=5.1)
    postpone(hook.id)
    drain()
    db.session.refresh(hook)
    assert hook.enabled
    assert db.session.get_one(Stream, hook.id).postponed_until > now() + timedelta(days=2.9)


def test_switched_on_again_it_starts_afresh(app: Flask, receiver: Receiver, drain: Drain) -> None:
    hook = failing_for(receiver, days=5.1)
    drain()
    switch_hook(hook.id, enabled=True)
    factories.let_time_pass()
    drain()
    db.session.refresh(hook)
    assert hook.enabled
