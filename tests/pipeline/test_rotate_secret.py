"""Replacing the secret of a hook: given or made, with an overlap that may be cut short."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask

from portal.domain.problems import Refused
from portal.extensions import db, vault
from portal.models import Hook, HookSecret, now
from portal.models.hook import ERASED
from portal.pipeline.hooks import draft_of, edit_hook, secret_of
from portal.pipeline.resealing import reseal_all
from portal.pipeline.secrets import ENDED_LIFE, MOST_ALIVE, end_secret, rotate_secret
from portal.pipeline.upkeep import sweep
from tests import factories
from tests.receiver import Receiver

GIVEN = "رمز نعرفه نحن وحدنا"


@pytest.fixture
def hook(app: Flask) -> Hook:
    """A hook with one secret."""
    return factories.make_hook()


def secrets(hook: Hook) -> list[HookSecret]:
    """The secrets of ``hook`` as they stand, the current one first."""
    db.session.expire_all()
    return hook.secrets


def refused(verb: Callable[[], object]) -> list[tuple[str, str]]:
    """What ``verb`` refuses."""
    with pytest.raises(Refused) as stopped:
        verb()
    return [(problem.pointer, problem.code) for problem in stopped.value.problems]


def ends_in(secret: HookSecret) -> timedelta:
    """How long ``secret`` goes on signing."""
    assert secret.expires_at is not None
    return secret.expires_at - now()


def test_a_secret_that_is_given_is_taken_and_the_old_one_stays_for_the_overlap(
    hook: Hook,
) -> None:
    assert rotate_secret(hook.id, 72, GIVEN, actor=factories.make_actor()) == GIVEN
    current, old = secrets(hook)
    assert (secret_of(hook), current.expires_at) == (GIVEN, None)
    assert vault().open(old.sealed) == factories.SECRET
    assert timedelta(hours=71) < ends_in(old) <= timedelta(hours=72)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("short", "weak_secret"),
        ("whsec_not base64", "bad_secret"),
        ("whpk_" + "QUJD" * 8, "bad_secret"),
        (factories.SECRET, "same_secret"),
    ],
)
def test_a_secret_that_is_given_is_judged_as_at_the_making(
    hook: Hook, given: str, code: str
) -> None:
    assert refused(lambda: rotate_secret(hook.id, 24, given, actor=factories.make_actor())) == [
        ("/secret", code)
    ]
    assert [vault().open(one.sealed) for one in secrets(hook)] == [factories.SECRET]


def test_a_secret_that_still_signs_is_not_taken_again(hook: Hook) -> None:
    rotate_secret(hook.id, 24, GIVEN, actor=factories.make_actor())
    again = refused(
        lambda: rotate_secret(hook.id, 24, factories.SECRET, actor=factories.make_actor())
    )
    assert again == [("/secret", "same_secret")]
    rotate_secret(hook.id, 0, actor=factories.make_actor())
    assert (
        rotate_secret(hook.id, 0, factories.SECRET, actor=factories.make_actor())
        == factories.SECRET
    )


def test_a_key_pair_is_never_given(app: Flask) -> None:
    hook = factories.make_hook(signature="ed25519")
    assert refused(lambda: rotate_secret(hook.id, 24, GIVEN, actor=factories.make_actor())) == [
        ("/secret", "secret_is_made")
    ]
    assert rotate_secret(hook.id, actor=factories.make_actor()).startswith("whsk_")


def test_an_overlap_never_makes_an_older_one_longer(hook: Hook) -> None:
    rotate_secret(hook.id, 1, actor=factories.make_actor())
    rotate_secret(hook.id, 168, actor=factories.make_actor())
    hours = [round(ends_in(one) / timedelta(hours=1)) for one in secrets(hook)[1:]]
    assert hours == [168, 1]


def test_what_signs_no_more_is_erased(hook: Hook) -> None:
    rotate_secret(hook.id, 0, actor=factories.make_actor())
    current, old = secrets(hook)
    assert (old.sealed, old.expires_at) == (ERASED, current.created_at)
    edit_hook(hook.id, replace(draft_of(hook), secret=GIVEN), factories.make_actor())
    assert [one.sealed == ERASED for one in secrets(hook)] == [False, True, True]
    assert reseal_all() == 1


def test_an_overlap_is_cut_short_for_good(
    app: Flask, receiver: Receiver, drain: Callable[[], int]
) -> None:
    hook = factories.make_hook(receiver.url)
    rotate_secret(hook.id, 168, actor=factories.make_actor())
    rotate_secret(hook.id, 168, actor=factories.make_actor())
    _, _, oldest = secrets(hook)
    end_secret(hook.id, oldest.id, actor=factories.make_actor())
    ended_at = secrets(hook)[2].expires_at
    end_secret(hook.id, oldest.id, actor=factories.make_actor())
    assert [one.is_alive(now()) for one in secrets(hook)] == [True, True, False]
    assert (secrets(hook)[2].sealed, secrets(hook)[2].expires_at) == (ERASED, ended_at)
    factories.make_delivery(hook)
    drain()
    (arrival,) = receiver.arrivals
    assert len(arrival.headers["webhook-signature"].split()) == 2


def test_the_current_secret_and_those_of_others_are_not_ended(hook: Hook) -> None:
    other = factories.make_hook()
    rotate_secret(other.id, actor=factories.make_actor())
    for secret in (secrets(hook)[0], secrets(other)[1]):
        end_secret(hook.id, secret.id, actor=factories.make_actor())
    assert all(one.is_alive(now()) for one in (*secrets(hook), *secrets(other)))


def test_only_so_many_sign_at_once(hook: Hook) -> None:
    for _ in range(MOST_ALIVE - 1):
        rotate_secret(hook.id, actor=factories.make_actor())
    assert refused(lambda: rotate_secret(hook.id, actor=factories.make_actor())) == [
        ("/overlap_hours", "too_many_secrets")
    ]
    rotate_secret(hook.id, 0, actor=factories.make_actor())
    assert [one.is_alive(now()) for one in secrets(hook)] == [True] + [False] * MOST_ALIVE


def test_upkeep_erases_what_is_over_and_forgets_it_later(hook: Hook) -> None:
    rotate_secret(hook.id, 1, actor=factories.make_actor())
    moment: datetime = now()
    assert (sweep(moment), secrets(hook)[1].sealed != ERASED) == (0, True)
    assert sweep(moment + timedelta(hours=2)) == 0
    assert [one.sealed == ERASED for one in secrets(hook)] == [False, True]
    assert sweep(moment + ENDED_LIFE + timedelta(hours=2)) == 1
    assert [vault().open(one.sealed) for one in secrets(hook)] == [secret_of(hook)]
