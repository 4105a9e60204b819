"""What is said to differ between two versions of a trigger."""

from dataclasses import asdict
from typing import Any

import pytest

from portal.domain.triggers.auth import Secrets
from portal.domain.triggers.comparison import Change, Whole, changes
from portal.domain.triggers.draft import TriggerDraft, read_trigger

BASIC = {"kind": "basic", "username": "متجر", "password": "أولى"}
GITHUB = {"kind": "signature", "preset": "github", "secret": "one"}
CALL = {"as": "check", "url": "https://a.example/?k=1", "headers": {"X-Key": "k"}, "body": {"a": 1}}
PAID = {"name": "مدفوع", "when": {"all": [{"left": "body.status", "op": "eq", "right": "paid"}]}}


def whole(**members: Any) -> Whole:
    """A configuration and its secrets as a version would keep them."""
    draft = read_trigger({"name": "متجر", **members}, TriggerDraft())
    return draft.configuration, draft.secrets


def told(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """What changed between triggers with these members."""
    return changes(whole(**old), whole(**new))


def short(found: list[Change]) -> list[tuple[str, str, str]]:
    """Member, kind and key of each change."""
    return [(one.member, one.kind, one.key) for one in found]


@pytest.mark.parametrize(
    "members", [{}, {"auth": BASIC}, {"auth": GITHUB}, {"rules": [PAID, {}, PAID], "mode": "sync"}]
)
def test_a_version_does_not_differ_from_itself(members: dict[str, Any]) -> None:
    assert told(members, members) == []


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"mode": "sync"}, [("mode", "changed", "")]),
        ({"response": {"status": 201}}, [("response.status", "changed", "")]),
        ({"response": {"headers": {"X-A": "1"}}}, [("response.headers", "changed", "")]),
        ({"on_error": {"status": 500, "body": {"a": 1}}}, [("on_error.body", "changed", "")]),
        ({"accepted": None}, [("accepted", "removed", "")]),
        ({"deadline_seconds": 3}, [("deadline_seconds", "changed", "")]),
        ({"limits": {"per_minute": 5}}, [("limits.per_minute", "added", "")]),
        ({"limits": {"addresses": ["::1"]}}, [("limits.addresses", "changed", "")]),
        ({"dedupe": {"from": "header:X-Id"}}, [("dedupe", "added", "")]),
        ({"auth": {"kind": "basic", "username": "a", "password": "b"}},
         [("auth", "changed", ""), ("auth.password", "added", "")]),
        ({"variables": {"body": [{"path": "id"}]}}, [("variables", "added", "body.id")]),
        ({"variables": {"sample": {"body": []}}}, [("variables.sample", "added", "")]),
        ({"rules": [PAID]}, [("rules", "added", "مدفوع")]),
    ],
)  # fmt: skip
def test_each_member_is_named_when_it_changes(
    members: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    assert short(told({}, members)) == expected
    back = {"added": "removed", "removed": "added", "changed": "changed"}
    assert short(told(members, {})) == [(name, back[kind], key) for name, kind, key in expected]


def test_the_order_of_what_is_answered_counts() -> None:
    one, other = ({"response": {"body": body}} for body in ({"a": 1, "b": 2}, {"b": 2, "a": 1}))
    assert short(told(one, other)) == [("response.body", "changed", "")]


def test_a_changed_alias_and_a_changed_order_of_variables_are_told_apart() -> None:
    def variables(*rows: dict[str, str]) -> dict[str, Any]:
        return {"variables": {"body": list(rows)}}

    a, b = {"path": "a"}, {"path": "b"}
    [change] = told(variables(a, b), variables({**a, "alias": "ألف"}, b))
    assert (change.key, change.before, change.after) == ("body.a", "", "ألف")
    assert short(told(variables(a, b), variables(b, a))) == [("variables.order", "changed", "")]


@pytest.mark.parametrize(
    ("old", "new", "member"),
    [
        (BASIC, BASIC | {"password": "ثانية"}, "auth.password"),
        (BASIC, BASIC | {"username": "آخر"}, "auth.username"),
        (GITHUB, GITHUB | {"secret": "two"}, "auth.secret"),
        (GITHUB, GITHUB | {"previous_secret": "zero"}, "auth.previous_secret"),
    ],
)
def test_a_secret_is_told_to_have_changed_and_never_shown(
    old: dict[str, Any], new: dict[str, Any], member: str
) -> None:
    [change] = told({"auth": old}, {"auth": new})
    assert (change.member, change.before, change.after) == (member, None, None)


def test_an_ended_secret_alone_is_told() -> None:
    configuration, _ = whole(auth=GITHUB)
    old, new = Secrets(secret="one"), Secrets(secret="one", ended=("zero",))
    assert short(changes((configuration, old), (configuration, new))) == [
        ("auth.ended", "changed", "")
    ]


def test_headers_of_a_call_are_told_by_name_and_never_by_value() -> None:
    one = {"name": "سؤال", "call": CALL}
    other = {"name": "سؤال", "call": CALL | {"headers": {"X-Key": "s3cret", "X-B": "s3cret"}}}
    [change] = told({"rules": [one]}, {"rules": [other]})
    [part] = change.parts
    assert (part.member, part.before, part.after) == ("call.headers", ["X-Key"], ["X-Key", "X-B"])
    [added] = told({"rules": [{"name": "سؤال"}]}, {"rules": [other]})
    assert "s3cret" not in str([asdict(one) for one in added.parts])


def test_a_rule_is_known_by_its_name_wherever_it_stands() -> None:
    first, last = {"name": "أولى"}, {"name": "أخيرة"}
    changed = PAID | {"response": {"status": 201}, "enabled": False}
    found = told({"rules": [first, PAID, last]}, {"rules": [changed, first, last]})
    [paid] = [one for one in found if one.kind == "changed"]
    assert (paid.key, paid.before, paid.after) == ("مدفوع", 2, 1)
    assert [part.member for part in paid.parts] == ["enabled", "response"]


def test_rules_without_names_are_known_by_where_they_stand() -> None:
    old = [{"response": {"status": 201}}, {"response": {"status": 202}}]
    new = [{"response": {"status": 201}}, {"response": {"status": 203}}]
    [change] = told({"rules": old}, {"rules": new})
    assert (change.kind, change.number) == ("changed", 2)
    assert [(one.before, one.after) for one in change.parts] == [(202, 203)]


def test_as_few_rules_as_may_be_are_said_to_have_moved() -> None:
    a, b, c, d = ({"name": name} for name in "abcd")
    found = told({"rules": [a, b, c, d]}, {"rules": [d, a, b, c]})
    assert short(found) == [("rules", "moved", "d")]
    assert (found[0].before, found[0].after) == (4, 1)
    assert told({"rules": [a, b, c]}, {"rules": [a, c]})[0].kind == "removed"
    assert len(told({"rules": [a, b, c]}, {"rules": [a, c]})) == 1


def test_equal_rules_are_paired_one_by_one() -> None:
    same = {"name": "أ"}
    assert short(told({"rules": [same, same]}, {"rules": [same]})) == [("rules", "removed", "أ")]
    assert short(told({"rules": [same]}, {"rules": [same, same]})) == [("rules", "added", "أ")]
