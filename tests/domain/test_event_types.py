"""What may be saved as an event type, and what the portal ships."""

import json
from typing import Any

import pytest

from portal.domain.catalogue import EVENT_TYPES, EventTypeCard
from portal.domain.event_types import LARGEST_EXAMPLE, EventTypeDraft, read_event_type
from portal.domain.problems import Refused

GOOD = {"key": "order.paid", "label": "طلب مدفوع"}

FAULTS = [
    ({}, [("/key", "bad_event_type"), ("/label", "required")]),
    ({"label": "  "}, [("/key", "bad_event_type"), ("/label", "required")]),
    *((GOOD | {"key": key}, [("/key", "bad_event_type")]) for key in ("", "A.b", "a..b", "طلب")),
    (GOOD | {"key": 1}, [("/key", "not_a_text"), ("/key", "bad_event_type")]),
    (GOOD | {"label": "ط" * 201}, [("/label", "bad_length")]),
    (GOOD | {"group": "ط" * 201}, [("/group", "bad_length")]),
    (GOOD | {"description": "ط" * 2001}, [("/description", "bad_length")]),
    *((GOOD | {"example": e}, [("/example", "not_an_object")]) for e in (None, [], "{}", 1)),
    (GOOD | {"example": {"a": "x" * LARGEST_EXAMPLE}}, [("/example", "bad_length")]),
    *((GOOD | {"schema": schema}, [("/schema", "not_an_object")]) for schema in ([], "{}", 1)),
]


def test_a_key_and_a_label_are_enough() -> None:
    read = read_event_type({"key": "order.paid", "label": " طلب مدفوع "}, EventTypeDraft())
    assert read == EventTypeDraft("order.paid", "طلب مدفوع")


def test_every_member_is_read_and_what_is_left_out_stays() -> None:
    given = GOOD | {
        "group": "المتجر",
        "description": "وصف",
        "example": {"b": 1, "a": 2},
        "schema": {"type": "object"},
    }
    read = read_event_type(given, EventTypeDraft())
    assert read.__dict__ == given
    assert list(read.example) == ["b", "a"]
    assert read_event_type({"schema": None}, read) == EventTypeDraft(**given | {"schema": None})


@pytest.mark.parametrize(("given", "faults"), FAULTS, ids=[str(given)[:60] for given, _ in FAULTS])
def test_what_is_wrong_is_said_with_its_place(given: Any, faults: list[tuple[str, str]]) -> None:
    with pytest.raises(Refused) as refused:
        read_event_type(given, EventTypeDraft())
    assert [(problem.pointer, problem.code) for problem in refused.value.problems] == faults


def test_the_types_of_the_contract_are_shipped() -> None:
    assert " ".join(card.key for card in EVENT_TYPES) == (
        "message.received message.sent message.status conversation.opened conversation.closed"
        " conversation.assigned contact.created contact.updated broadcast.finished"
        " template.status cart.abandoned order.status hook.disabled hook.warning"
        " endpoint.warning"
    )


@pytest.mark.parametrize("card", EVENT_TYPES, ids=lambda card: card.key)
def test_a_shipped_type_could_be_saved_and_has_an_example(card: EventTypeCard) -> None:
    assert read_event_type(dict(card.__dict__), EventTypeDraft()).key == card.key
    assert card.example
    assert card.group
    assert json.loads(card.example_text) == card.example
    assert "\\u" not in card.example_text
