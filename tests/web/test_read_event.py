"""GET /events/{id}: one event, and what became of it at every hook."""

from portal.models import Account
from tests import factories
from tests.clients import Api

EVENT = {"type": "message.received", "data": {"text": "السلام عليكم"}}


def test_an_event_is_read_as_it_was_handed_in(api: Api) -> None:
    data = '{"z": 1, "a": [true, null, "نص"], "long": 12345678901234567890123}'
    published = api.post("/events", f'{{"type": "message.received", "data": {data}}}').json
    answer = api.get(f"/events/{published['id']}")
    assert answer.status_code == 200
    assert (answer.json["type"], answer.json["routing"]) == ("message.received", [])
    assert f'"data": {data}' in answer.text


def test_every_hook_says_why_it_got_the_event_or_did_not(
    api: Api, account: Account, other_account: Account
) -> None:
    sent, off = factories.make_hook(), factories.make_hook(enabled=False)
    deaf = factories.make_hook(event_types=["contact.created"])
    factories.make_hook(account=other_account)
    gone = factories.make_hook()
    assert api.delete(f"/hooks/{gone.id}").status_code == 204
    event = api.get(f"/events/{api.post('/events', EVENT).json['id']}").json
    late = factories.make_hook()
    assert {(route["hook"], route["matched"], route["reason"]) for route in event["routing"]} == {
        (sent.id, True, None),
        (off.id, True, "off"),
        (deaf.id, False, "not_subscribed"),
    }
    assert late.id not in [route["hook"] for route in event["routing"]]


def test_unknown_events_and_those_of_others_are_not_found(api: Api, outside_api: Api) -> None:
    event_id = api.post("/events", EVENT).json["id"]
    for answer in (outside_api.get(f"/events/{event_id}"), api.get("/events/evt_nothing")):
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
