"""Replacing a hook's secret: both sign until the overlap is over."""

from collections.abc import Callable

import pytest
from standardwebhooks import Webhook

from tests import factories
from tests.clients import Api
from tests.receiver import Receiver


def test_the_answer_holds_the_new_secret_and_both_sign_meanwhile(
    api: Api, receiver: Receiver, drain: Callable[[], int]
) -> None:
    hook = factories.make_hook(receiver.url)
    answer = api.post(f"/hooks/{hook.id}/secret/rotate", {"overlap_hours": 2})
    assert answer.status_code == 200
    fresh = answer.json["secret"]
    assert fresh.startswith("whsec_")
    assert fresh != factories.SECRET

    factories.make_delivery(hook)
    drain()
    (arrival,) = receiver.arrivals
    assert len(arrival.headers["webhook-signature"].split()) == 2
    for secret in (fresh, factories.SECRET):
        Webhook(secret).verify(arrival.body, dict(arrival.headers.items()))


def test_without_an_overlap_the_old_secret_signs_no_more(
    api: Api, receiver: Receiver, drain: Callable[[], int]
) -> None:
    hook = factories.make_hook(receiver.url)
    fresh = api.post(f"/hooks/{hook.id}/secret/rotate", {"overlap_hours": 0}).json["secret"]
    factories.make_delivery(hook)
    drain()
    (arrival,) = receiver.arrivals
    assert len(arrival.headers["webhook-signature"].split()) == 1
    Webhook(fresh).verify(arrival.body, dict(arrival.headers.items()))


def test_an_ed25519_hook_gets_a_new_key_pair(api: Api) -> None:
    hook = factories.make_hook(signature="ed25519")
    before = api.get(f"/hooks/{hook.id}").json["public_key"]
    answer = api.post(f"/hooks/{hook.id}/secret/rotate").json
    assert answer["secret"].startswith("whsk_")
    assert answer["public_key"] != before


@pytest.mark.parametrize("hours", [-1, 169, "24", 1.5, None])
def test_an_overlap_that_makes_no_sense_changes_nothing(api: Api, hours: object) -> None:
    hook = factories.make_hook()
    answer = api.post(f"/hooks/{hook.id}/secret/rotate", {"overlap_hours": hours})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/overlap_hours"


def test_another_accounts_hook_is_not_found(outside_api: Api) -> None:
    hook = factories.make_hook()
    assert outside_api.post(f"/hooks/{hook.id}/secret/rotate").status_code == 404
