"""What a change of a trigger would decide otherwise over calls on record."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from portal.domain.inputs import Inputs
from portal.domain.triggers.draft import TriggerDraft, read_trigger
from portal.domain.triggers.plan import Plan, plan_of
from portal.domain.triggers.preview import SECONDS, Kept, Preview, compared, door_members

AT = datetime(2026, 11, 22, tzinfo=UTC)
IS_PAID = {"all": [{"left": "body.status", "op": "eq", "right": "paid"}]}
PAID = {"name": "مدفوع", "when": IS_PAID, "response": {"status": 201}}


def plan(**members: Any) -> Plan:
    """The plan of a synchronous trigger with these members."""
    draft = read_trigger({"name": "متجر", "mode": "sync", **members}, TriggerDraft())
    return plan_of(draft.configuration, draft.secrets)


def calls(*bodies: Any) -> Iterator[Kept]:
    """Calls with these bodies, as they are kept."""
    for number, body in enumerate(bodies):
        inputs = Inputs(body=body, call={"at": "2026-11-22T14:05:09Z", "peer": "127.0.0.1"})
        yield Kept(f"cal_{number}", AT, inputs)


def seen(old: Plan, new: Plan, *bodies: Any) -> Preview:
    """What ``new`` makes of calls with these bodies otherwise than ``old``."""
    return compared(old, new, calls(*bodies), len(bodies), lambda: 0.0)


PAYING, WAITING = {"status": "paid"}, {"status": "waiting"}


def test_the_same_plan_changes_nothing() -> None:
    one = plan(rules=[PAID])
    assert seen(one, one, PAYING, WAITING) == Preview(2, 2, ())


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"response": {"status": 202}}, ("status",)),
        ({"response": {"headers": {"X-A": "1"}, "status": 201}}, ("headers",)),
        ({"response": {"body": "آخر", "status": 201}}, ("body",)),
        ({"name": "آخر"}, ("rule",)),
        ({"publish": [{"type": "order.status", "data": {"id": 1}}]}, ("events",)),
        ({"publish": [{"type": "order.status", "data": "{{ body.status }}"}]},
         ("status", "body", "error")),
        ({"when": {"any": []}}, ("status", "rule")),
    ],
)  # fmt: skip
def test_how_a_call_would_differ_is_named(change: dict[str, Any], what: tuple[str, ...]) -> None:
    found = seen(plan(rules=[PAID]), plan(rules=[PAID | change]), WAITING, PAYING)
    [difference] = found.differences
    assert (difference.call, difference.what) == ("cal_1", what)


def test_an_answer_given_before_the_rules_run_does_not_depend_on_them() -> None:
    old, new = plan(mode="async", rules=[PAID]), plan(mode="async", rules=[])
    [difference] = seen(old, new, PAYING).differences
    assert difference.what == ("rule",)


def test_only_the_rules_that_decided_are_explained() -> None:
    other = {"name": "غيرها", "when": IS_PAID, "response": {"status": 202}}
    never = {"name": "أبدًا", "when": {"any": []}}
    found = seen(plan(rules=[never, PAID, other]), plan(rules=[never, other, PAID]), PAYING)
    [difference] = found.differences
    assert [one["rule"] for one in difference.before.explanation] == ["مدفوع", "غيرها"]
    assert [one["result"] for one in difference.after.explanation] == ["met", "not_reached"]


def test_it_stops_when_the_time_is_over_and_says_how_far_it_came() -> None:
    moments = iter([0.0, SECONDS, SECONDS + 0.1])
    old, new = plan(), plan(response={"status": 201})
    found = compared(old, new, calls(1, 2, 3, 4), 4, lambda: next(moments))
    assert (found.looked_at, found.total, found.ran_out) == (2, 4, True)
    assert len(found.differences) == 2


def test_it_stops_when_what_differs_would_fill_the_memory() -> None:
    large = plan(response={"body": "{{ body }}" * 3})
    found = seen(plan(), large, *["x" * 300_000] * 20)
    assert found.ran_out
    assert found.looked_at == 10


def test_a_call_to_another_address_is_not_made_and_is_said() -> None:
    ask = {"call": {"as": "check", "url": "https://a.example/"}}
    assert seen(plan(), plan(rules=[ask]), PAYING).asks_others
    assert seen(plan(rules=[ask]), plan(), PAYING).asks_others
    assert not seen(plan(), plan(), PAYING).asks_others


def test_what_decides_at_the_door_is_named_because_it_is_not_tried() -> None:
    def configuration(**members: Any) -> Any:
        return read_trigger({"name": "متجر", **members}, TriggerDraft()).configuration

    plain = configuration()
    basic = {"kind": "basic", "username": "a", "password": "b"}
    assert door_members(plain, configuration(mode="sync")) == ()
    assert door_members(plain, configuration(auth=basic)) == ("auth",)
    changed = configuration(limits={"per_minute": 1}, dedupe={"from": "header:X-Id"})
    assert door_members(plain, changed) == ("limits", "dedupe")
