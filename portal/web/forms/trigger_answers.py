"""What a trigger answers, as a form asks for it: status, headers, and a text or JSON."""

import json
from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField, StringField, TextAreaField

from portal.domain.hooks import headers_text, read_headers
from portal.domain.problems import Problem
from portal.domain.strict_json import JsonRefused, parse
from portal.web.forms import Form
from portal.web.forms.numbers import whole

ANSWERS = ("response", "on_error", "accepted")

_PARSED = ("{", "[")


class AnswerFields(Form):
    """The parts of a trigger's form that say what callers are answered."""

    response_status = StringField(default="200")
    response_headers = TextAreaField()
    response_body = TextAreaField(default="ok")
    response_json = BooleanField(default=True)
    on_error_status = StringField(default="500")
    on_error_headers = TextAreaField()
    on_error_body = TextAreaField(default="error")
    on_error_json = BooleanField(default=True)
    has_accepted = BooleanField(default=True)
    accepted_status = StringField(default="202")
    accepted_headers = TextAreaField()
    accepted_body = TextAreaField(default="accepted")
    accepted_json = BooleanField(default=True)
    deadline_seconds = StringField()

    def answer_values(self, is_sync: bool) -> tuple[dict[str, Any], list[Problem]]:
        """The answers that were asked for, as the API would take them, and what of them cannot
        be read. Only a synchronous trigger has more than one."""
        made: dict[str, Any] = {}
        problems: list[Problem] = []
        for name in ANSWERS if is_sync else ANSWERS[:1]:
            made[name], found = self._answer(name)
            problems += found
        if not is_sync:
            return made, problems
        if not self.has_accepted.data:
            made["accepted"] = None
            problems = [one for one in problems if not one.pointer.startswith("/accepted")]
        # Nothing typed: what the sender is known to wait.
        deadline = whole(self.deadline_seconds.data)
        return made | ({} if deadline is None else {"deadline_seconds": deadline}), problems

    def _answer(self, name: str) -> tuple[dict[str, Any], list[Problem]]:
        headers, faults = read_headers(self[f"{name}_headers"].data or "")
        problems = [Problem(f"/{name}{fault.pointer}", fault.code) for fault in faults]
        text = (self[f"{name}_body"].data or "").replace("\r\n", "\n")
        try:
            body = body_read(text) if self[f"{name}_json"].data else text
        except JsonRefused as refused:
            problem = Problem(f"/{name}/body", refused.code, refused.place)
            body, problems = text, [*problems, problem]
        status = whole(self[f"{name}_status"].data)
        return {"status": status, "headers": headers, "body": body}, problems


def answers_shown(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a form for the answers that are saved."""
    shown: dict[str, Any] = {
        "has_accepted": configuration["accepted"] is not None,
        "deadline_seconds": str(configuration["deadline_seconds"]),
    }
    for name in ANSWERS:
        answer = configuration[name]
        if answer is not None:
            shown |= {f"{name}_{part}": value for part, value in answer_shown(answer).items()}
    return shown


def answer_shown(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a form that show one answer; ``json`` says that its body is read as JSON."""
    body = answer["body"]
    is_text = isinstance(body, str)
    return {
        "status": str(answer["status"]),
        "headers": headers_text(answer["headers"]),
        "body": body if is_text else json.dumps(body, ensure_ascii=False, indent=2),
        "json": not is_text or _stays_text(body),
    }


def _stays_text(text: str) -> bool:
    try:
        return body_read(text) == text
    except JsonRefused:
        return False


def body_read(text: str) -> Any:
    """``text`` as the value it writes, or itself when it is no JSON and was not meant to be.

    Raises :class:`JsonRefused` for what begins like an object or a list and is none.
    """
    bare = text.strip()
    try:
        value = parse(text.encode())
    except JsonRefused:
        # A placeholder begins like an object too.
        if bare.startswith(_PARSED) and not bare.startswith("{{"):
            raise
        return text
    return text if isinstance(value, str) else value
