"""Policies through the API."""

import pytest

from portal.domain.retries import DEFAULT_DELAYS
from portal.models import Account
from tests import factories
from tests.clients import Api

BUILTIN = ["simple", "small_batch", "medium_batch", "large_batch", "ordered", "gentle"]
WRONG = [
    ({"name": " "}, "/name", "required"),
    ({"name": "ن" * 201}, "/name", "bad_length"),
    ({"name": 1}, "/name", "not_a_text"),
    ({"name": "ليلي\x1b["}, "/name", "bad_character"),
    ({"description": "سطر\x07"}, "/description", "bad_character"),
    ({"slug": "ليلي"}, "/slug", "bad_slug"),
    ({"slug": "simple"}, "/slug", "slug_taken"),
    ({"batch_size": 0}, "/batch_size", "bad_number"),
    ({"batch_size": 1001}, "/batch_size", "bad_number"),
    ({"batch_size": True}, "/batch_size", "bad_number"),
    ({"batch_size": 1.5}, "/batch_size", "bad_number"),
    ({"batch_wait_seconds": -1}, "/batch_wait_seconds", "bad_number"),
    ({"ordered": "yes"}, "/ordered", "not_a_flag"),
    ({"per_minute": 0}, "/per_minute", "bad_number"),
    ({"in_flight": 0}, "/in_flight", "bad_number"),
    ({"timeout_seconds": 61}, "/timeout_seconds", "bad_number"),
    ({"retry_delays": []}, "/retry_delays", "bad_numbers"),
    ({"retry_delays": [0, -1]}, "/retry_delays", "bad_numbers"),
    ({"retry_delays": [0] * 51}, "/retry_delays", "bad_numbers"),
    ({"expires_after_seconds": 0}, "/expires_after_seconds", "bad_number"),
]


@pytest.fixture
def own(api: Api) -> str:
    """The slug of a policy of the account."""
    return api.post("/policies", {"name": "ليلي", "slug": "night"}).json["slug"]


def test_the_shipped_ones_come_first(api: Api, own: str) -> None:
    answer = api.get("/policies").json
    assert [policy["slug"] for policy in answer["items"]] == [*BUILTIN, own]
    assert [policy["builtin"] for policy in answer["items"]] == [True] * 6 + [False]
    assert answer["next"] is None


def test_a_policy_needs_only_a_name(api: Api) -> None:
    answer = api.post("/policies", {"name": "ليلي 🌙"})
    assert answer.status_code == 201
    made = answer.json
    assert made["slug"].startswith("policy_")
    assert made["retry_delays"] == list(DEFAULT_DELAYS)
    simple, ours = api.get("/policies/simple").json, {"slug", "name", "description", "builtin"}
    assert all(made[name] == value for name, value in simple.items() if name not in ours)
    assert api.get(f"/policies/{made['slug']}").json == made


def test_what_is_wrong_is_named(api: Api) -> None:
    for changes, pointer, code in WRONG:
        answer = api.post("/policies", {"name": "ليلي"} | changes)
        said = [(error["pointer"], error["code"]) for error in answer.json["errors"]]
        assert (answer.status_code, said[0]) == (422, (pointer, code)), changes
    assert len(api.get("/policies").json["items"]) == 6


def test_order_means_one_request_at_a_time(api: Api) -> None:
    made = api.post("/policies", {"name": "مرتّب", "ordered": True, "in_flight": 5}).json
    assert (made["ordered"], made["in_flight"]) == (True, 1)


def test_a_policy_is_changed_and_a_hook_keeps_it(api: Api, own: str) -> None:
    hook = factories.make_hook(policy=own)
    answer = api.patch(f"/policies/{own}", {"per_minute": 30, "expires_after_seconds": 60})
    assert (answer.status_code, answer.json["per_minute"]) == (200, 30)
    again = api.patch(f"/policies/{own}", {"per_minute": None})
    assert again.json == answer.json | {"per_minute": None}
    assert api.get(f"/hooks/{hook.id}").json["policy"] == own


def test_a_slug_stays_what_it_is(api: Api, own: str) -> None:
    answer = api.patch(f"/policies/{own}", {"slug": "other"})
    assert answer.json["errors"][0]["code"] == "cannot_change"
    assert api.patch(f"/policies/{own}", {"slug": own}).status_code == 200


def test_a_policy_in_use_stays_until_no_hook_has_it(api: Api, own: str) -> None:
    hook = factories.make_hook(policy=own)
    answer = api.delete(f"/policies/{own}")
    assert (answer.status_code, answer.json["code"]) == (409, "in_use")
    api.patch(f"/hooks/{hook.id}", {"policy": "simple"})
    assert api.delete(f"/policies/{own}").status_code == 204
    assert api.get(f"/policies/{own}").status_code == 404


def test_the_shipped_ones_cannot_be_changed(api: Api) -> None:
    for answer in (api.patch("/policies/simple", {"name": "x"}), api.delete("/policies/gentle")):
        assert (answer.status_code, answer.json["code"]) == (409, "builtin")
        assert "لا يمكن تغييره" in answer.json["detail"]


def test_policies_of_others_are_not_found(
    api: Api, outside_api: Api, own: str, other_account: Account
) -> None:
    for client, slug in ((outside_api, own), (api, "nothing")):
        assert client.get(f"/policies/{slug}").status_code == 404
        assert client.patch(f"/policies/{slug}", {}).status_code == 404
        assert client.delete(f"/policies/{slug}").status_code == 404
    hook = {"name": "x", "url": "https://example.com", "event_types": ["message.received"]}
    refused = outside_api.post("/hooks", hook | {"policy": own})
    assert refused.json["errors"][0]["code"] == "unknown_policy"
    assert outside_api.post("/policies", {"name": "x", "slug": own}).status_code == 201
