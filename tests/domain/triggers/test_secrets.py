"""The secrets of a trigger through its changes."""

from portal.domain.triggers.auth import Secrets, read_auth
from portal.domain.triggers.sealing import joined, parted, secrets_in

GITHUB = {"kind": "signature", "preset": "github"}


def changed(kept: Secrets, **members: str | None) -> Secrets:
    """The secrets after ``members`` of a signature were handed in."""
    return read_auth(GITHUB | members, GITHUB, kept)[1]


def test_secrets_that_are_left_out_stay() -> None:
    assert changed(Secrets(secret="one")) == Secrets(secret="one")


def test_a_replaced_secret_has_ended_unless_it_stays_as_the_previous_one() -> None:
    kept = Secrets(secret="one")
    assert changed(kept, secret="two").ended == ("one",)
    rotated = changed(kept, secret="two", previous_secret="one")
    assert (rotated.previous_secret, rotated.ended) == ("one", ())
    assert changed(rotated, previous_secret=None).ended == ("one",)


def test_only_the_latest_ended_secrets_are_remembered() -> None:
    kept = Secrets(secret="one")
    for secret in ("two", "three", "four"):
        kept = changed(kept, secret=secret)
    assert (kept.secret, kept.ended) == ("four", ("three", "two"))


def test_another_kind_forgets_all_secrets() -> None:
    assert read_auth({"kind": "none"}, GITHUB, Secrets(secret="one"))[1] == Secrets()


def test_what_is_sealed_comes_back_whole() -> None:
    call = {"as": "check", "url": "https://a.example", "headers": {"X-Key": "k"}, "body": {}}
    configuration = {"mode": "sync", "rules": [{"name": "a"}, {"name": "b", "call": call}]}
    secrets = Secrets(secret="one", previous_secret="two", ended=("three",))
    clear, sealed = parted(configuration, secrets)
    assert clear["rules"][1]["call"]["headers"] == {}
    assert (joined(clear, sealed), secrets_in(sealed)) == (configuration, secrets)
