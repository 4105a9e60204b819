"""Every stable code that is raised has its sentence, and every sentence its code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import portal
from portal.domain.addresses import Refusal
from portal.domain.events import MAX_BATCH_EVENTS
from portal.web.api import problems
from portal.web.messages import FIELDS, message

# Where the code stands among the arguments of whatever carries one.
PLACES = {
    "Problem": 1,
    "Conflict": 0,
    "JsonRefused": 0,
    "BodyRefused": 1,
    "BadPath": 0,
    "BadQuery": 0,
    "BadRight": 0,
    "BadTemplate": 0,
    "_fault": 1,
    "_typed": 3,
    "_turn": 3,
    "_count_in": 1,
}
# Functions that return a code instead of raising it.
RETURNING = ("sent_header_fault", "header_fault", "_credential_code", "check_secret", "obstacle")
# What is asked for by name in a page.
SPOKEN = {"invitation_spent", "key_throttled", "role_forbids", "scope_missing"}


def raised() -> set[str]:
    """Every code in the portal's source, but for the texts of whole pages."""
    return {code for path in sources() for code in codes_in(ast.parse(path.read_text("utf-8")))}


def sources() -> Iterator[Path]:
    """The portal's own files; in text.py a Problem is a page's, and has no code."""
    files = Path(portal.__file__).parent.rglob("*.py")
    return (path for path in files if path.parts[-2:] != ("web", "text.py"))


def codes_in(tree: ast.AST) -> Iterator[str]:
    """The codes that ``tree`` holds as constants."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            place = PLACES.get(name, len(node.args))
            found = node.args[place : place + 1]
        elif isinstance(node, ast.FunctionDef) and node.name in RETURNING:
            found = [one.value for one in ast.walk(node) if isinstance(one, ast.Return)]
        else:
            continue
        for one in found:
            yield from texts_of(one)


def texts_of(node: ast.expr | None) -> Iterator[str]:
    """The texts that ``node`` may come to, as far as they stand in it."""
    if isinstance(node, ast.IfExp):
        yield from texts_of(node.body)
        yield from texts_of(node.orelse)
    elif isinstance(node, ast.Constant) and node.value:
        yield node.value


def test_every_code_has_a_sentence_and_every_sentence_a_code() -> None:
    codes = raised() | {str(refusal) for refusal in Refusal} | SPOKEN
    assert len(codes) > 40
    assert codes - FIELDS.keys() == set()
    assert FIELDS.keys() - codes == set()


def test_every_status_of_the_api_has_a_code() -> None:
    for status, code in problems.CODES.items():
        body = problems.body(status)
        assert (body["status"], body["code"]) == (status, code)
        assert body["detail"].endswith(".")


def test_a_refusal_with_a_sentence_of_its_own_says_it() -> None:
    for code in ("in_use", "builtin", "being_sent", "too_many_events", "cut_short"):
        assert problems.body(409, code)["detail"] == message(code)


def test_the_sentence_of_a_batch_names_its_limit() -> None:
    assert str(MAX_BATCH_EVENTS) in message("too_many_events")
