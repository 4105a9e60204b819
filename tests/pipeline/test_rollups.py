"""What attempts add up to: by hook, by account and by cause, whoever adds at the same moment."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from flask import Flask

from portal.domain.durations import slot_of
from portal.domain.policies import PolicyDraft
from portal.extensions import db
from portal.models import Account, AccountRollup, FailureRollup, Hook, HookRollup, HookSecret, now
from portal.models.rollup import TOOK
from portal.pipeline.catalogue import create_policy
from portal.pipeline.rollups import Counted, Damage, Tally, add_up
from portal.pipeline.transactions import writing
from tests import factories, servers
from tests.pipeline.racing import at_once
from tests.receiver import Answer, Receiver

Drain = Callable[[], int]


def rows(table: type[Any]) -> list[Any]:
    db.session.rollback()
    return db.session.query(table).all()


def counted(hook: Hook, clock: datetime, **tally: Any) -> Counted:
    took = [0] * len(TOOK)
    took[slot_of(40)] = 3
    causes = {("http_500", "a.sa"): Damage(failed=2, deliveries=1, first_at=clock, last_at=clock)}
    known = {"delivered": 1, "failed": 2, "duration_ms": 120, "took": took, "causes": causes}
    return Counted(hook.id, hook.account_id, Tally(**(known | tally)))


def write(*many: Counted, at: datetime) -> None:
    with writing() as session:
        add_up(session, many, at)


def write_often(many: list[Counted], at: datetime) -> None:
    for _ in range(5):
        write(*many, at=at)


def took(*many: Any) -> dict[str, int]:
    """The slots of rows in which something is."""
    sums = {name: sum(getattr(row, name) for row in many) for name in TOOK}
    return {name: number for name, number in sums.items() if number}


def sent() -> tuple[int, int, int]:
    """How many deliveries arrived and failed, and how many answers came, in whichever hour."""
    found = rows(HookRollup)
    answers = sum(took(*found).values())
    return sum(row.delivered for row in found), sum(row.failed for row in found), answers


def blamed() -> dict[tuple[str, str], tuple[int, int]]:
    """What each cause has done, in whichever hour."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for row in rows(FailureRollup):
        failed, deliveries = found.get((row.code, row.host), (0, 0))
        found[row.code, row.host] = failed + row.failed, deliveries + row.deliveries
    return found


def test_what_is_added_to_an_hour_stands_beside_what_was_there(
    app: Flask, account: Account
) -> None:
    hook, other, moment = factories.make_hook(), factories.make_hook(), now()
    for step in (5, 0, 10):
        clock = moment + timedelta(milliseconds=step)
        write(counted(hook, clock), counted(other, clock), at=moment)
    mine = {row.hook_id: row for row in rows(HookRollup)}[hook.id]
    assert (mine.delivered, mine.failed, mine.duration_ms) == (3, 6, 360)
    assert took(mine) == {"under_50": 9}
    assert mine.hour == moment.replace(minute=0, second=0, microsecond=0)
    whole = rows(AccountRollup)
    assert {(row.account_id, row.hour) for row in whole} == {(account.id, mine.hour)}
    assert (sum(row.delivered for row in whole), sum(row.failed for row in whole)) == (6, 12)
    assert sum(row.under_50 for row in whole) == 18
    cause = {row.hook_id: row for row in rows(FailureRollup)}[hook.id]
    assert (cause.code, cause.host, cause.account_id) == ("http_500", "a.sa", account.id)
    assert (cause.failed, cause.deliveries) == (6, 3)
    assert cause.first_at == moment
    assert cause.last_at == moment + timedelta(milliseconds=10)


def test_hours_causes_hooks_and_accounts_are_kept_apart(
    app: Flask, account: Account, other_account: Account
) -> None:
    mine, theirs = factories.make_hook(), factories.make_hook(account=other_account)
    moment, clock = now(), now()
    causes = {
        (code, host): Damage(1, 1, clock, clock)
        for code, host in [("dns_failure", "a.sa"), ("dns_failure", "b.sa"), ("http_500", "a.sa")]
    }
    write(counted(mine, clock, causes=causes), counted(theirs, clock), at=moment)
    write(counted(mine, clock), at=moment - timedelta(hours=1))
    assert len(rows(HookRollup)) == 3
    by_account = [(row.account_id, row.delivered) for row in rows(AccountRollup)]
    assert sorted(by_account) == sorted([(account.id, 1), (account.id, 1), (other_account.id, 1)])
    assert len([row for row in rows(FailureRollup) if row.hook_id == mine.id]) == 4
    assert len([row for row in rows(FailureRollup) if row.account_id == other_account.id]) == 1


def test_nothing_is_added_where_nothing_was_counted(app: Flask) -> None:
    write(at=now())
    assert rows(HookRollup) == rows(AccountRollup) == rows(FailureRollup) == []


def test_workers_that_add_at_the_same_moment_lose_nothing(app: Flask, account: Account) -> None:
    hooks, moment = [factories.make_hook() for _ in range(3)], now()
    many = [counted(hook, moment) for hook in hooks]
    orders = [many, many[::-1], many[1:] + many[:1]] * 2
    at_once(app, *(partial(write_often, order, moment) for order in orders))
    assert {(row.delivered, row.failed, row.under_50) for row in rows(HookRollup)} == {(30, 60, 90)}
    assert sum(row.delivered for row in rows(AccountRollup)) == 90
    assert {(row.failed, row.deliveries) for row in rows(FailureRollup)} == {(60, 30)}


def own_policy(**draft: Any) -> str:
    return create_policy(PolicyDraft(name="سياسة", **draft), factories.make_actor()).slug


def test_a_delivery_counts_once_for_a_cause_and_at_every_attempt(
    receiver: Receiver, drain: Drain
) -> None:
    receiver.answer(Answer(521))
    hook = factories.make_hook(receiver.url, policy=own_policy(retry_delays=(0, 1000, 1000)))
    for _ in range(3):
        factories.make_delivery(hook)
    drain()
    factories.let_time_pass()
    drain()
    receiver.answer(503)
    factories.let_time_pass()
    drain()
    host = f"127.0.0.1:{receiver.port}"
    assert blamed() == {("http_521", host): (6, 3), ("http_503", host): (3, 3)}
    assert sent() == (0, 9, 9)


def test_what_got_no_answer_counts_as_failed_and_not_as_quick(app: Flask, drain: Drain) -> None:
    port = servers.free_port()
    factories.make_delivery(factories.make_hook(f"http://127.0.0.1:{port}/"))
    drain()
    assert sent() == (0, 1, 0)
    assert blamed() == {("connection_refused", f"127.0.0.1:{port}"): (1, 1)}


def test_a_batch_counts_as_what_it_carries_and_as_one_answer(
    receiver: Receiver, drain: Drain
) -> None:
    receiver.answer(500, 200)
    hook = factories.make_hook(receiver.url, policy=own_policy(batch_size=5, batch_wait_seconds=1))
    for _ in range(5):
        factories.make_delivery(hook)
    drain()
    assert sent() == (0, 5, 1)
    assert blamed() == {("http_500", f"127.0.0.1:{receiver.port}"): (5, 5)}
    factories.let_time_pass()
    drain()
    assert sent() == (5, 5, 2)


def test_what_is_our_own_fault_is_no_hosts(receiver: Receiver, drain: Drain) -> None:
    hook = factories.make_hook(receiver.url)
    db.session.rollback()
    db.session.query(HookSecret).filter_by(hook_id=hook.id).update({"sealed": "nonsense"})
    db.session.commit()
    factories.make_delivery(hook)
    drain()
    assert {host for _, host in blamed()} == {""}
    assert not receiver.arrivals
