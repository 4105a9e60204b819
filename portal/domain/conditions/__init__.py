"""Conditions over a call: read once, evaluated often, and explained down to every value."""

from portal.domain.conditions.evaluation import Outcome, evaluate
from portal.domain.conditions.explanation import ConditionSeen, GroupSeen, Result, as_json
from portal.domain.conditions.reading import Condition, Group, read_conditions

__all__ = [
    "Condition",
    "ConditionSeen",
    "Group",
    "GroupSeen",
    "Outcome",
    "Result",
    "as_json",
    "evaluate",
    "read_conditions",
]
