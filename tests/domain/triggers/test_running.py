"""What a run keeps of its own course."""

import json

from portal.domain.calls import outcome
from portal.domain.triggers.admission import inputs_of
from portal.domain.triggers.draft import TriggerDraft, read_trigger
from portal.domain.triggers.outside import said_by
from portal.domain.triggers.plan import plan_of
from portal.domain.triggers.running import decide


def test_of_many_calls_to_other_addresses_only_the_first_are_kept_whole() -> None:
    rules = [
        {"name": str(n), "call": {"as": f"a{n}", "url": "https://a.example/"}} for n in range(30)
    ]
    draft = read_trigger({"name": "س", "mode": "sync", "rules": rules}, TriggerDraft())
    plan = plan_of(draft.configuration, draft.secrets)
    inputs = inputs_of([], "", {}, "2026-11-24T12:00:00Z", "192.0.2.1")
    replies = said_by({f"a{n}": {"status": 200, "body": "x" * 10_000} for n in range(30)})
    decision = decide(plan, inputs, replies)
    kept = json.loads(outcome(plan, inputs, decision, {})["explanation"])["rules"]
    assert [one["number"] for one in kept if "said" in one["call"]] == [*range(1, 11)]
    assert [one["call"]["as"] for one in kept] == [f"a{n}" for n in range(30)]


def test_a_run_that_is_over_is_an_error_and_tells_how_far_it_came() -> None:
    when = {"all": [{"left": "body.n", "op": "eq", "right": 1}]}
    rules = [{"name": str(n), "when": when} for n in range(3)]
    draft = read_trigger({"name": "س", "rules": rules}, TriggerDraft())
    plan = plan_of(draft.configuration, draft.secrets)
    inputs = inputs_of([], "", {"n": 2}, "2026-11-24T12:00:00Z", "192.0.2.1")
    moments = iter([False, True])
    decision = decide(plan, inputs, is_over=lambda: next(moments))
    assert (decision.error, decision.rule, decision.took_too_long) == ("rules_too_long", "1", True)
    told = [(one["rule"], one["result"]) for one in decision.explanation]
    assert told == [("0", "not_met"), ("1", "not_reached"), ("2", "not_reached")]


def test_of_a_thousand_rules_little_is_kept_but_what_decided() -> None:
    rules = [
        {"name": str(n), "when": {"all": [{"left": "body.n", "op": "eq", "right": n}]}}
        for n in range(1000)
    ]
    draft = read_trigger({"name": "س", "mode": "sync", "rules": rules}, TriggerDraft())
    plan = plan_of(draft.configuration, draft.secrets)
    inputs = inputs_of([], "", {"n": 998}, "2026-11-24T12:00:00Z", "192.0.2.1")
    kept = json.loads(outcome(plan, inputs, decide(plan, inputs), {})["explanation"])["rules"]
    assert len(kept) == 1000
    assert [one["number"] for one in kept if "when" in one] == [*range(1, 101), 999]
    assert (kept[998]["result"], kept[999]["result"]) == ("met", "not_reached")
