"""Publishing: events come in, and deliveries to the hooks that subscribe are owed."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from portal.domain.event_types import EventTypeDraft
from portal.domain.events import EventDraft
from portal.domain.folding import fold
from portal.domain.policies import PolicyDraft
from portal.domain.problems import Problem
from portal.extensions import db
from portal.models import Account, Delivery, Event, Hook, now
from portal.pipeline.catalogue import create_event_type, create_policy
from portal.pipeline.hooks import delete_hook, switch_hook
from portal.pipeline.publish import Published, publish
from tests import factories
from tests.pipeline.racing import at_once, crossing, while_uncommitted

TYPE, OTHER = "message.received", "order.status"
DATA = '{ "b":1.50,\n"a" : "\\u0645رحبا" , "c":[ ]}'


def draft(dedupe_key: str | None = None, type: str = TYPE, data: str = "{}") -> EventDraft:
    return EventDraft(type, data, dedupe_key)


def publish_one(account: Account, given: EventDraft, **more: Any) -> Any:
    (answer,) = publish(account.id, [given], **more)
    return answer


def stored() -> tuple[int, int]:
    """How many events and deliveries there are."""
    return db.session.query(Event).count(), db.session.query(Delivery).count()


def deliveries(hook: Hook) -> list[Delivery]:
    return db.session.query(Delivery).filter_by(hook_id=hook.id).order_by(Delivery.id).all()


def test_a_filter_keeps_an_event_from_a_hook_and_is_the_reason(account: Account) -> None:
    big = {"all": [{"left": "data.total", "op": "gt", "right": 100}]}
    picky = factories.make_hook(event_types=[TYPE], filter=big)
    open_to_all = factories.make_hook(event_types=[TYPE])
    totals = ("99", "101", '{"no": "number"}', '"١٥٠"')
    given = [draft(data=f'{{"total": {total}}}') for total in totals]
    answers = publish(account.id, given)
    assert [answer.deliveries for answer in answers] == [1, 2, 1, 2]
    assert [row.event_id for row in deliveries(picky)] == [answers[1].id, answers[3].id]
    assert len(deliveries(open_to_all)) == 4
    reasons = [json.loads(db.session.get(Event, one.id).routing)[picky.id] for one in answers]
    assert reasons == ["filter", None, "filter", None]


def test_a_filtered_event_that_comes_again_gets_the_first_answer(account: Account) -> None:
    never = {"any": []}
    factories.make_hook(event_types=[TYPE], filter=never)
    factories.make_hook(event_types=[TYPE])
    first = publish_one(account, draft("once"))
    again = publish_one(account, draft("once"))
    assert (first.deliveries, again.deliveries) == (1, 1)
    assert (again.id, again.duplicate) == (first.id, True)


def test_an_example_is_sent_to_a_hook_whatever_its_filter_says(account: Account) -> None:
    hook = factories.make_hook(event_types=[TYPE], filter={"any": []})
    assert publish_one(account, draft(), only_hook=hook.id).deliveries == 1


def test_a_hook_that_is_off_holds_what_its_filter_lets_through_and_no_more(
    account: Account,
) -> None:
    has_id = {"all": [{"left": "data.id", "op": "exists"}]}
    hook = factories.make_hook(event_types=[TYPE], filter=has_id)
    switch_hook(hook.id, enabled=False, actor=factories.make_actor())
    publish(account.id, [draft(data="{}"), draft(data='{"id": 1}')])
    assert [row.state for row in deliveries(hook)] == ["held"]


def test_every_hook_that_subscribes_is_owed_the_event(
    account: Account, other_account: Account
) -> None:
    hooks = [
        factories.make_hook(event_types=[TYPE]),
        factories.make_hook(event_types=[OTHER, TYPE]),
    ]
    factories.make_hook(event_types=[OTHER])
    factories.make_hook(event_types=[TYPE], account=other_account)
    delete_hook(factories.make_hook(event_types=[TYPE]).id, actor=factories.make_actor())
    answer = publish_one(account, draft())
    assert answer == Published(answer.id, 2)
    owed = [row for hook in hooks for row in deliveries(hook)]
    assert [(row.event_id, row.event_type, row.state) for row in owed] == [
        (answer.id, TYPE, "waiting")
    ] * 2
    assert stored() == (1, 2)
    assert json.loads(db.session.get_one(Event, answer.id).routing) == {h.id: None for h in hooks}


def test_an_event_that_nobody_wants_is_kept(account: Account) -> None:
    assert publish_one(account, draft()).deliveries == 0
    assert stored() == (1, 0)


def test_the_data_is_kept_to_the_letter(account: Account) -> None:
    event = db.session.get_one(Event, publish_one(account, draft(data=DATA)).id)
    assert event.data == DATA


def test_the_data_can_be_searched_however_it_was_written(account: Account) -> None:
    for data in ('{"اسم":"مُحَمَّد العتيبي"}', '{"n":"\\u0645\\u062d\\u0645\\u062f"}'):
        event = db.session.get_one(Event, publish_one(account, draft(data=data)).id)
        assert fold("محمد") in event.search


def test_an_event_happened_when_it_says_or_when_it_was_accepted(account: Account) -> None:
    moment = datetime(2020, 2, 29, 23, 59, 59, 123_456, tzinfo=UTC)
    said, accepted = publish(account.id, [EventDraft(TYPE, "{}", None, moment), draft()])
    assert db.session.get_one(Event, said.id).occurred_at == moment
    assert abs(db.session.get_one(Event, accepted.id).occurred_at - now()) < timedelta(minutes=1)


def test_the_same_id_again_gets_the_first_answer_and_sends_nothing(account: Account) -> None:
    factories.make_hook()
    first = publish_one(account, draft("رقم 1", data='{"n":1}'))
    factories.make_hook()
    again = publish_one(account, draft("رقم 1", data='{"n":2}'))
    assert again == Published(first.id, 1, duplicate=True)
    assert stored() == (1, 1)
    assert db.session.get_one(Event, first.id).data == '{"n":1}'


def test_the_same_id_in_one_batch_is_one_event(account: Account) -> None:
    factories.make_hook()
    first, between, again = publish(account.id, [draft("a"), draft("b"), draft("a")])
    assert [first.duplicate, between.duplicate, again.duplicate] == [False, False, True]
    assert again == Published(first.id, 1, duplicate=True)
    assert stored() == (2, 2)


def test_a_duplicate_of_another_type_gets_the_first_answer_too(account: Account) -> None:
    factories.make_hook(event_types=[TYPE])
    first, again = publish(account.id, [draft("a"), draft("a", OTHER)])
    assert again == Published(first.id, 1, duplicate=True)
    assert publish_one(account, draft("a", OTHER)) == again


def test_an_id_belongs_to_one_account(account: Account, other_account: Account) -> None:
    first, second = publish_one(account, draft("a")), publish_one(other_account, draft("a"))
    assert first.id != second.id
    assert not second.duplicate


def test_events_without_an_id_are_never_the_same(account: Account) -> None:
    answers = publish(account.id, [draft(), draft()])
    assert len({answer.id for answer in answers}) == 2
    assert not any(answer.duplicate for answer in answers)


def test_an_unknown_type_is_a_problem_and_nothing_is_stored(account: Account) -> None:
    factories.make_hook()
    answer = publish_one(account, draft(type="no.such"))
    assert answer == Problem("/type", "unknown_event_type", {"key": "no.such"})
    assert stored() == (0, 0)


def test_the_good_ones_of_a_batch_are_stored_and_the_answers_keep_their_order(
    account: Account,
) -> None:
    factories.make_hook()
    drafts = [draft("1"), draft(type="no.such"), draft("1"), draft("2"), draft(type="no.such")]
    answers = publish(account.id, drafts)
    assert [type(answer) for answer in answers] == [
        Published,
        Problem,
        Published,
        Published,
        Problem,
    ]
    assert stored() == (2, 2)


def test_a_type_of_ones_own_is_known_to_that_account_alone(
    account: Account, other_account: Account
) -> None:
    create_event_type(EventTypeDraft("own.type", "نوع"), factories.make_actor())
    assert isinstance(publish_one(account, draft(type="own.type")), Published)
    assert isinstance(publish_one(other_account, draft(type="own.type")), Problem)


@pytest.mark.parametrize(("disabled", "reason"), [(None, "off"), ("gone", "disabled")])
def test_what_comes_for_a_hook_that_is_off_is_held(
    account: Account, disabled: str | None, reason: str
) -> None:
    hook = factories.make_hook()
    switch_hook(hook.id, False, actor=factories.make_actor())
    db.session.query(Hook).update({"disabled_reason": disabled})
    db.session.commit()
    answer = publish_one(account, draft())
    assert answer.deliveries == 1
    assert [row.state for row in deliveries(hook)] == ["held"]
    assert json.loads(db.session.get_one(Event, answer.id).routing) == {hook.id: reason}


def test_an_example_can_be_meant_for_one_hook_alone(account: Account) -> None:
    chosen, other = factories.make_hook(), factories.make_hook()
    assert publish_one(account, draft(), only_hook=chosen.id).deliveries == 1
    assert (len(deliveries(chosen)), deliveries(other)) == (1, [])


def test_an_example_is_due_at_once_whatever_the_policy_says(account: Account) -> None:
    later = {"batch_size": 10, "batch_wait_seconds": 300, "retry_delays": (600, 1)}
    create_policy(PolicyDraft("later", "لاحقًا", **later), factories.make_actor())
    hook = factories.make_hook(policy="later")
    publish_one(account, draft())
    publish_one(account, draft(), only_hook=hook.id)
    waiting, example = deliveries(hook)
    assert waiting.due_at - waiting.created_at == timedelta(seconds=600)
    assert example.due_at == example.created_at
    # It is a batch of its own, and takes nothing along before its time.
    assert (waiting.message_id, example.message_id) == (None, f"msg_{example.id[4:]}")


def test_nobody_is_owed_an_event_of_another_account(
    account: Account, other_account: Account
) -> None:
    strange = factories.make_hook(account=other_account)
    assert publish_one(account, draft(), only_hook=strange.id).deliveries == 0


def test_the_first_attempt_waits_as_the_policy_says(account: Account) -> None:
    actor = factories.make_actor()
    create_policy(PolicyDraft("later", "لاحقًا", retry_delays=(600, 1)), actor)
    hook = factories.make_hook(policy="later")
    publish_one(account, draft())
    (delivery,) = deliveries(hook)
    assert delivery.due_at - delivery.created_at == timedelta(seconds=600)


def full_batches_of(size: int) -> Hook:
    """A hook that takes batches of ``size``, or what there is after five minutes."""
    policy = PolicyDraft("many", "كثير", batch_size=size, batch_wait_seconds=300)
    create_policy(policy, factories.make_actor())
    return factories.make_hook(policy="many")


def is_due(hook: Hook) -> bool:
    return any(row.due_at <= row.created_at for row in deliveries(hook))


def test_a_batch_is_due_as_soon_as_it_is_full(account: Account) -> None:
    hook = full_batches_of(3)
    publish(account.id, [draft(), draft()])
    assert not is_due(hook)
    publish_one(account, draft())
    first, *others = deliveries(hook)
    assert first.due_at <= others[-1].created_at
    assert all(row.due_at > row.created_at for row in others)


@crossing
def test_a_batch_that_two_fill_at_once_is_due_too(app: Flask, account: Account) -> None:
    hook, account_id = full_batches_of(4), account.id
    halves = [lambda: publish(account_id, [draft(), draft()])] * 2
    while_uncommitted(app, *halves)
    db.session.expire_all()
    assert len(deliveries(hook)) == 4
    first = deliveries(hook)[0]
    assert first.due_at < first.created_at + timedelta(seconds=60)


def test_a_batch_that_cannot_be_woken_is_accepted_all_the_same(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OperationalError("UPDATE", None, Exception("away"))

    hook = full_batches_of(2)
    monkeypatch.setattr("portal.pipeline.publish.wake_full_batches", fail)
    assert [answer.deliveries for answer in publish(account.id, [draft(), draft()])] == [1, 1]
    assert len(deliveries(hook)) == 2


def test_a_full_batch_is_stored_in_its_order(account: Account) -> None:
    hook = factories.make_hook()
    answers = publish(account.id, [draft(str(number)) for number in range(1000)])
    assert stored() == (1000, 1000)
    assert [row.event_id for row in deliveries(hook)] == [answer.id for answer in answers]
    assert sorted(answer.id for answer in answers) == [answer.id for answer in answers]


def test_an_empty_batch_is_no_trouble(account: Account) -> None:
    assert publish(account.id, []) == []


@pytest.mark.settings(REDIS_URL="redis://127.0.0.1:1/0")
def test_without_redis_events_are_accepted_all_the_same(account: Account) -> None:
    factories.make_hook()
    assert publish_one(account, draft()).deliveries == 1
    assert stored() == (1, 1)


def test_whatever_stands_in_a_text_is_kept_and_found(account: Account) -> None:
    keys = ["\x1e", "\\N", "{}", '"', "', '", "\t\n", "null", "%s :keys"]
    drafts = [draft(key, data=json.dumps({"k": key * 3})) for key in keys]
    first, again = publish(account.id, drafts), publish(account.id, drafts[::-1])
    assert [answer.id for answer in again] == [answer.id for answer in first[::-1]]
    assert all(answer.duplicate for answer in again)
    for given, answer in zip(drafts, first, strict=True):
        event = db.session.get_one(Event, answer.id)
        assert (event.dedupe_key, event.data) == (given.dedupe_key, given.data)


def test_writers_at_once_with_the_same_ids_store_each_event_once(
    app: Flask, account: Account
) -> None:
    factories.make_hook()
    account_id, drafts = account.id, [draft(str(number)) for number in range(200)]
    batches = [drafts, drafts[::-1], drafts[100:] + drafts[:100], drafts]
    answers = at_once(app, *[lambda b=b: publish(account_id, b) for b in batches])
    by_key: dict[Any, list[Published]] = {}
    for batch, given in zip(batches, answers, strict=True):
        for one, answer in zip(batch, given, strict=True):
            by_key.setdefault(one.dedupe_key, []).append(answer)
    assert all(len({answer.id for answer in same}) == 1 for same in by_key.values())
    assert all([a.duplicate for a in same].count(False) == 1 for same in by_key.values())
    assert all(answer.deliveries == 1 for same in by_key.values() for answer in same)
    assert stored() == (200, 200)


@crossing
def test_nothing_is_held_for_a_hook_that_is_just_being_switched_on(
    app: Flask, account: Account
) -> None:
    hook_id, account_id = factories.make_hook().id, account.id
    switch_hook(hook_id, False, actor=factories.make_actor())
    while_uncommitted(
        app,
        lambda: switch_hook(hook_id, True, actor=factories.make_actor()),
        lambda: publish(account_id, [draft()]),
    )
    assert [row.state for row in db.session.query(Delivery)] == ["waiting"]


@crossing
def test_nothing_is_owed_to_a_hook_that_is_just_being_deleted(app: Flask, account: Account) -> None:
    hook_id, account_id = factories.make_hook().id, account.id
    while_uncommitted(
        app,
        lambda: delete_hook(hook_id, actor=factories.make_actor()),
        lambda: publish(account_id, [draft()]),
    )
    assert stored() == (1, 0)


@crossing
def test_what_is_just_being_published_is_cancelled_with_its_hook(
    app: Flask, account: Account
) -> None:
    hook_id, account_id = factories.make_hook().id, account.id
    while_uncommitted(
        app,
        lambda: publish(account_id, [draft()]),
        lambda: delete_hook(hook_id, actor=factories.make_actor()),
    )
    assert [row.state for row in db.session.query(Delivery)] == ["cancelled"]
