"""Resends: many deliveries sent again, a few at a time, as long as that goes well."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from portal.domain.log_filter import LogFilter
from portal.domain.problems import Conflict
from portal.domain.resends import Choice
from portal.extensions import db
from portal.models import Attempt, Delivery, Hook, Resend, new_id, now
from portal.pipeline import resends
from portal.pipeline.hooks import delete_hook, switch_hook
from portal.pipeline.redeliver import resend as resend_one
from portal.pipeline.upkeep import sweep
from tests import factories
from tests.pipeline.racing import at_once, crossing, while_uncommitted
from tests.receiver import Answer, Arrival, Receiver

Drain = Callable[[], int]

LOST = Choice(LogFilter(state="undelivered"))


@pytest.fixture
def hook(app: Flask, receiver: Receiver) -> Hook:
    """A hook that is on."""
    return factories.make_hook(receiver.url, policy="simple")


def lose(hook: Hook, number: int, **columns: object) -> list[str]:
    """The ids of so many deliveries that were given up, oldest first."""
    event = factories.make_event(hook.event_types[0])
    columns = {"state": "undelivered", "finished_at": now(), "due_at": now()} | columns
    made = [
        Delivery(
            id=new_id("dlv"),
            account_id=hook.account_id,
            hook_id=hook.id,
            event_id=factories.make_event(event.type).id if place else event.id,
            event_type=event.type,
            attempt_count=9,
            retry_step=9,
            **columns,
        )
        for place in range(number)
    ]
    db.session.rollback()
    db.session.add_all(made)
    db.session.commit()
    return [delivery.id for delivery in made]


def begin(choice: Choice = LOST) -> str:
    """Start a resend of ``choice``; returns its id."""
    return resends.start(choice, factories.make_actor()).id


def read(resend_id: str) -> Resend:
    """The resend as it stands now."""
    db.session.rollback()
    return db.session.get_one(Resend, resend_id)


def figures(resend_id: str) -> tuple[str, int, int, int]:
    """State, sent, failed and how many are in the air."""
    resend = read(resend_id)
    return resend.state, resend.sent, resend.failed, resend.in_air


def follow(resend_id: str, drain: Drain) -> list[int]:
    """Send and advance until nothing moves; returns how many went out each time."""
    went = []
    while True:
        went.append(drain())
        if not resends.advance():
            return went


def test_a_probe_goes_ahead_then_waves_that_double(
    hook: Hook, receiver: Receiver, drain: Drain
) -> None:
    ids = lose(hook, 20)
    resend_id = begin()
    assert figures(resend_id) == ("probing", 0, 0, 1)
    assert not resends.advance()
    assert follow(resend_id, drain) == [1, 2, 4, 8, 5, 0]
    assert figures(resend_id) == ("done", 20, 0, 0)
    assert read(resend_id).finished_at is not None
    arrived = [one.headers["webhook-id"] for one in receiver.arrivals]
    assert sorted(arrived) == [f"msg_{delivery_id[4:]}" for delivery_id in ids]
    assert arrived[0] == f"msg_{ids[0][4:]}"


def test_who_asked_stands_on_each_attempt_and_no_mark_is_left(hook: Hook, drain: Drain) -> None:
    lose(hook, 3)
    resend_id = begin()
    follow(resend_id, drain)
    assert [one.asked_by for one in db.session.query(Attempt)] == ["tests@nour.example"] * 3
    rows = db.session.query(Delivery).all()
    assert {(row.state, row.resend_id) for row in rows} == {("delivered", None)}


def test_only_what_may_be_sent_again_counts(hook: Hook, receiver: Receiver, drain: Drain) -> None:
    off, gone = factories.make_hook(receiver.url), factories.make_hook(receiver.url)
    finished = [lose(hook, 1, state=state)[0] for state in ("delivered", "skipped", "cancelled")]
    for state in ("waiting", "held"):
        lose(hook, 1, state=state, due_at=now().replace(year=2099), finished_at=None)
    lose(off, 2)
    lose(gone, 2)
    switch_hook(off.id, False, actor=factories.make_actor())
    delete_hook(gone.id, actor=factories.make_actor())
    scope = resends.size_up(hook.account_id, Choice())
    assert (scope.count, scope.delivered, scope.off) == (3, 1, 2)
    resend_id = begin(Choice())
    assert follow(resend_id, drain) == [1, 2, 0]
    assert figures(resend_id) == ("done", 3, 0, 0)
    assert read(resend_id).off_count == 2
    sent = {one.headers["webhook-id"] for one in receiver.arrivals}
    assert sent == {f"msg_{delivery_id[4:]}" for delivery_id in finished}


def test_a_selection_is_just_that_and_of_this_account_alone(
    hook: Hook, other_account: object, drain: Drain
) -> None:
    ids = lose(hook, 4)
    foreign = factories.make_hook(hook.url, account=other_account)
    chosen = (ids[0], ids[3], *lose(foreign, 1), "dlv_nothing")
    resend_id = begin(Choice(ids=chosen))
    assert read(resend_id).count == 2
    follow(resend_id, drain)
    left = db.session.query(Delivery).filter_by(state="undelivered", hook_id=hook.id)
    assert [row.id for row in left.order_by(Delivery.id)] == ids[1:3]


def test_what_comes_later_is_not_sent(hook: Hook, drain: Drain) -> None:
    lose(hook, 2)
    scope = resends.size_up(hook.account_id, LOST)
    [late] = lose(hook, 1)
    resend = resends.start(LOST, factories.make_actor(), scope.upto)
    assert resend.count == 2
    follow(resend.id, drain)
    assert db.session.get_one(Delivery, late).state == "undelivered"


def test_where_there_is_nothing_it_is_done_at_once(app: Flask, account: object) -> None:
    resend = resends.start(LOST, factories.make_actor())
    assert (resend.state, resend.count) == ("done", 0)
    assert not resends.advance()


def test_a_probe_that_fails_stops_it_until_somebody_goes_on(
    hook: Hook, receiver: Receiver, drain: Drain
) -> None:
    receiver.answer(503, 200)
    lose(hook, 5)
    resend_id = begin()
    assert follow(resend_id, drain) == [1, 0]
    assert figures(resend_id) == ("stopped", 0, 1, 0)
    assert (read(resend_id).reason, read(resend_id).left) == ("http_503", 4)
    assert not resends.advance()
    resends.resume(resend_id, actor=factories.make_actor())
    assert figures(resend_id) == ("probing", 0, 1, 1)
    assert read(resend_id).reason is None
    assert follow(resend_id, drain) == [1, 2, 1, 0]
    assert figures(resend_id) == ("done", 4, 1, 0)


def test_failures_that_come_back_stop_it_in_full_flight(
    hook: Hook, receiver: Receiver, drain: Drain
) -> None:
    good = iter(range(20))

    def tire(_arrival: Arrival) -> Answer:
        return Answer(500 if next(good, None) is None else 200)

    receiver.answer(tire)
    lose(hook, 100)
    resend_id = begin()
    assert follow(resend_id, drain) == [1, 2, 4, 8, 16, 0]
    assert figures(resend_id) == ("stopped", 20, 11, 0)
    assert read(resend_id).left == 69
    waiting = db.session.query(Delivery).filter_by(state="waiting").all()
    assert {(row.retry_step, row.resend_id) for row in waiting} == {(1, None)}
    assert len(waiting) == 11


def test_a_pause_lets_nothing_more_go_and_counts_what_is_in_the_air(
    hook: Hook, drain: Drain
) -> None:
    lose(hook, 10)
    resend_id = begin()
    drain()
    resends.advance()
    resends.pause(resend_id, actor=factories.make_actor())
    assert follow(resend_id, drain) == [2, 0]
    assert figures(resend_id) == ("paused", 3, 0, 0)
    resends.resume(resend_id, actor=factories.make_actor())
    assert follow(resend_id, drain) == [1, 2, 4, 0]
    assert figures(resend_id) == ("done", 10, 0, 0)


def test_a_cancelled_one_is_over(hook: Hook, drain: Drain) -> None:
    lose(hook, 10)
    resend_id = begin()
    resends.cancel(resend_id, actor=factories.make_actor())
    assert follow(resend_id, drain) == [1, 0]
    assert figures(resend_id) == ("cancelled", 1, 0, 0)
    for verb in (resends.pause, resends.resume, resends.cancel):
        with pytest.raises(Conflict):
            verb(resend_id, factories.make_actor())


def test_a_hook_that_is_switched_off_meanwhile_is_left_out(hook: Hook, drain: Drain) -> None:
    lose(hook, 10)
    resend_id = begin()
    drain()
    resends.advance()
    switch_hook(hook.id, False, actor=factories.make_actor())
    assert follow(resend_id, drain) == [0]
    assert figures(resend_id) == ("done", 1, 0, 0)
    states = [row.state for row in db.session.query(Delivery)]
    assert sorted(states) == ["delivered"] + ["held"] * 2 + ["undelivered"] * 7


def test_what_was_asked_for_by_hand_meanwhile_is_sent_once(
    hook: Hook, receiver: Receiver, drain: Drain
) -> None:
    ids = lose(hook, 3)
    resend_id = begin()
    resend_one(ids[1], factories.make_actor())
    follow(resend_id, drain)
    assert figures(resend_id) == ("done", 2, 0, 0)
    assert len(receiver.arrivals) == 3


def test_two_resends_of_the_same_never_send_it_twice(
    hook: Hook, receiver: Receiver, drain: Drain
) -> None:
    lose(hook, 30)
    first, second = begin(), begin()
    follow(first, drain)
    assert {figures(one)[0] for one in (first, second)} == {"done"}
    assert read(first).sent + read(second).sent == len(receiver.arrivals) == 30


def test_a_batch_is_a_new_message_each_time(app: Flask, receiver: Receiver, drain: Drain) -> None:
    hook = factories.make_hook(receiver.url, policy="small_batch")
    lose(hook, 7, message_id="msg_once")
    follow(begin(), drain)
    sent = [(one.headers["webhook-id"], len(one.json["data"])) for one in receiver.arrivals]
    assert [size for _, size in sent] == [1, 2, 4]
    assert len({message for message, _ in sent}) == 3
    assert "msg_once" not in dict(sent)


def test_a_batch_that_was_too_large_is_no_failure(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    receiver.answer(lambda one: Answer(413 if len(one.json["data"]) > 1 else 200))
    lose(factories.make_hook(receiver.url, policy="small_batch"), 7)
    resend_id = begin()
    follow(resend_id, drain)
    assert figures(resend_id) == ("done", 7, 0, 0)


def test_it_goes_on_where_it_was_after_a_kill(
    hook: Hook, monkeypatch: pytest.MonkeyPatch, drain: Drain
) -> None:
    lose(hook, 10)
    resend_id = begin()
    drain()
    monkeypatch.setattr(resends, "_write_down", _die)
    with pytest.raises(KeyboardInterrupt):
        resends.advance()
    assert figures(resend_id) == ("probing", 0, 0, 1)
    monkeypatch.undo()
    assert follow(resend_id, drain) == [0, 2, 4, 3, 0]
    assert figures(resend_id) == ("done", 10, 0, 0)


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_many_tickers_do_no_more_than_one(
    app: Flask, hook: Hook, receiver: Receiver, drain: Drain
) -> None:
    lose(hook, 40)
    resend_id = begin()
    for wave in (1, 2, 4, 8, 16, 9):
        assert drain() == wave
        at_once(app, *[resends.advance] * 3)
    assert figures(resend_id) == ("done", 40, 0, 0)
    assert len(receiver.arrivals) == 40


def test_more_than_is_counted_is_sent_nevertheless(
    hook: Hook, monkeypatch: pytest.MonkeyPatch, drain: Drain
) -> None:
    monkeypatch.setattr(resends, "MOST_COUNTED", 4)
    lose(hook, 9)
    resend_id = begin()
    assert read(resend_id).count == 4
    follow(resend_id, drain)
    assert (figures(resend_id), read(resend_id).count) == (("done", 9, 0, 0), 9)


def test_what_is_long_over_is_forgotten(hook: Hook, drain: Drain) -> None:
    lose(hook, 2)
    over, under_way = begin(), begin()
    resends.cancel(over, actor=factories.make_actor())
    follow(over, drain)
    resends.resume(
        resends.pause(begin(Choice()), actor=factories.make_actor()).id,
        actor=factories.make_actor(),
    )
    db.session.query(Resend).update({"created_at": now() - timedelta(days=91)})
    db.session.commit()
    sweep()
    db.session.rollback()
    kept = [resend.id for resend in db.session.query(Resend)]
    assert over not in kept
    assert len(kept) == 1
    assert under_way not in kept


@crossing
def test_nothing_goes_to_a_hook_that_is_just_being_switched_off(app: Flask, hook: Hook) -> None:
    lose(hook, 1)
    hook_id, actor = hook.id, factories.make_actor()
    while_uncommitted(
        app,
        lambda: switch_hook(hook_id, False, actor=factories.make_actor()).id,
        lambda: resends.start(LOST, actor).id,
    )
    [delivery] = db.session.query(Delivery)
    assert delivery.state == "undelivered"
