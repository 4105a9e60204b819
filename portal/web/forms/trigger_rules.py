"""«انشر حدثًا مع كل استدعاء»: the one rule that a form makes. Others are counted and kept."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import StringField

from portal.domain.triggers.variables import full_paths
from portal.web.forms import Form

NAME = "نشر حدث مع كل استدعاء"
BODY, VARIABLES = "body", "variables"
_WHOLE_BODY = "{{ body }}"


class PublishFields(Form):
    """The part of a trigger's form that publishes an event with every call."""

    publish = StringField()
    publish_data = StringField(default=BODY)

    def rules(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Any]:
        """The rules of ``old``, with the form's own as it was asked for; ``new`` holds the mode,
        variables and response that the form asks for."""
        mine, rules = place_of_own(old), list(old["rules"])
        if mine is not None:
            del rules[mine]
        if not self.publish.data:
            return rules
        rule = _rule(self.publish.data, self.publish_data.data or BODY, new)
        # The first match wins, so that a rule for every call stands last unless it stood earlier.
        rules.insert(len(rules) if mine is None else mine, rule)
        return rules


def place_of_own(configuration: Mapping[str, Any]) -> int | None:
    """Where among the rules that of the form stands; None when there is none."""
    for place, rule in enumerate(configuration["rules"]):
        if any(rule == _own(rule, data, configuration) for data in (BODY, VARIABLES)):
            return place
    return None


def publish_shown(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a form for the rule that is saved, if the form made it."""
    place = place_of_own(configuration)
    if place is None:
        return {}
    [sent] = configuration["rules"][place]["publish"]
    kind = BODY if sent["data"] == _WHOLE_BODY else VARIABLES
    return {"publish": sent["type"], "publish_data": kind}


def _own(rule: Mapping[str, Any], data: str, configuration: Mapping[str, Any]) -> Any:
    types = [one["type"] for one in rule["publish"]]
    return _rule(types[0], data, configuration) if len(types) == 1 else None


def _rule(event_type: str, data: str, configuration: Mapping[str, Any]) -> dict[str, Any]:
    sent = _WHOLE_BODY if data == BODY else members_of(configuration["variables"])
    rule: dict[str, Any] = {
        "name": NAME,
        "enabled": True,
        "when": None,
        "publish": [{"type": event_type, "data": sent}],
    }
    # A rule that matches answers by itself; this one leaves the answer as it would be without it.
    if configuration["mode"] == "sync":
        rule["response"] = configuration["response"]
    return rule


def members_of(variables: Mapping[str, Any]) -> dict[str, str]:
    """Every variable as a member of an object: its name, and the placeholder of its path."""
    rows: Sequence[Mapping[str, str]] = [
        *variables["headers"], *variables["query"], *variables["body"],
    ]  # fmt: skip
    names = [row.get("alias") or row.get("path") or row["name"] for row in rows]
    paths = [f"{{{{ {path} }}}}" for path in full_paths(variables)]
    return dict(zip(names, paths, strict=True))
