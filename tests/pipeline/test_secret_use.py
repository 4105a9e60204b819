"""When each secret of a hook last signed, read from the attempts."""

from datetime import datetime, timedelta

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Attempt, Hook, HookSecret, Stream, first_id, new_id, now
from portal.pipeline.secrets import end_secret, rotate_secret
from portal.queries.hook_secrets import MOST_ENDED, SecretView, secret_views
from tests import factories


@pytest.fixture
def hook(app: Flask) -> Hook:
    """A hook with one secret, made ten days ago."""
    hook = factories.make_hook()
    db.session.query(HookSecret).update({"created_at": ago(10)})
    db.session.commit()
    return hook


def ago(days: float) -> datetime:
    """So many days before now."""
    return now() - timedelta(days=days)


def attempt(hook: Hook, at: datetime, took: float = 0.0, headers: str = "webhook-id: 1") -> None:
    """An attempt that began at ``at`` and was over after ``took`` seconds."""
    over = at + timedelta(seconds=took, milliseconds=1)
    row = Attempt(
        # As long as an id is, and of that time.
        id=first_id("att", over)[:-4] + new_id("att")[-4:],
        account_id=hook.account_id,
        hook_id=hook.id,
        message_id="msg_1",
        started_at=at,
        duration_ms=int(took * 1000),
        policy="simple",
        url=hook.url,
        request_headers=headers,
    )
    db.session.add(row)
    db.session.commit()


def views(hook: Hook) -> list[SecretView]:
    """What the page says of the secrets of ``hook``."""
    db.session.expire_all()
    return secret_views(hook, now())


def ended(hook: Hook, at: datetime) -> None:
    """A rotation at ``at``, without an overlap."""
    rotate_secret(hook.id, 0, actor=factories.make_actor())
    current, old = hook.secrets
    current.created_at = old.expires_at = at
    db.session.commit()


def test_a_secret_that_signed_nothing_was_never_used(hook: Hook) -> None:
    attempt(hook, ago(11))
    attempt(hook, ago(1), headers="")
    attempt(factories.make_hook(), ago(1))
    assert [one.last_used_at for one in views(hook)] == [None]


def test_each_is_used_within_its_own_time(hook: Hook) -> None:
    ended(hook, ago(3))
    attempt(hook, first := ago(5))
    assert [one.last_used_at for one in views(hook)] == [None, first]
    attempt(hook, second := ago(1))
    assert [one.last_used_at for one in views(hook)] == [second, first]


def test_all_that_are_alive_sign(hook: Hook) -> None:
    rotate_secret(hook.id, 24, actor=factories.make_actor())
    attempt(hook, at := now())
    assert [one.last_used_at for one in views(hook)] == [at, at]
    end_secret(hook.id, hook.secrets[1].id, actor=factories.make_actor())
    attempt(hook, later := now())
    assert [one.last_used_at for one in views(hook)] == [later, at]


def test_an_attempt_that_was_under_way_at_the_end_counts(hook: Hook) -> None:
    ended(hook, ago(3))
    attempt(hook, at := ago(3) - timedelta(seconds=10), took=50)
    assert views(hook)[1].last_used_at == at


def test_the_stream_remembers_what_the_log_no_longer_has(hook: Hook) -> None:
    stream = db.session.get_one(Stream, hook.id)
    for known, told in ((ago(4), True), (ago(40), False)):
        stream.last_ok_at = known
        db.session.commit()
        assert views(hook)[0].last_used_at == (known if told else None)


def test_the_living_stand_first_and_the_ended_say_nothing_of_themselves(hook: Hook) -> None:
    rotate_secret(hook.id, 168, actor=factories.make_actor())
    rotate_secret(hook.id, 168, "p4ssword", actor=factories.make_actor())
    end_secret(hook.id, hook.secrets[1].id, actor=factories.make_actor())
    shown = [(one.is_alive, one.is_current, one.tail) for one in views(hook)]
    tail = factories.SECRET[-4:]
    assert shown == [(True, True, ""), (True, False, tail), (False, False, None)]


def test_only_some_that_ended_are_told_of(hook: Hook) -> None:
    for _ in range(MOST_ENDED + 2):
        rotate_secret(hook.id, 0, actor=factories.make_actor())
    assert [one.is_alive for one in views(hook)] == [True] + [False] * MOST_ENDED
