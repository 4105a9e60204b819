"""What a run keeps of its own course."""

import json

from portal.domain.calls import outcome
from portal.domain.triggers.admission import inputs_of
from portal.domain.triggers.draft import TriggerDraft, read_trigger
from portal.domain.triggers.plan import plan_of
from portal.domain.triggers.running import decide


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
