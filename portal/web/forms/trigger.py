"""A trigger's form: the fields under the API's names, and the draft that they make together."""

from collections.abc import Iterable
from typing import Any

from wtforms import BooleanField, StringField

from portal.domain.problems import Problem, Refused
from portal.domain.triggers.draft import TriggerDraft, read_trigger
from portal.web.forms.trigger_answers import AnswerFields, answers_shown
from portal.web.forms.trigger_auth import AuthFields, auth_shown
from portal.web.forms.trigger_limits import MAX_BODY_KIB, LimitFields, limits_shown
from portal.web.forms.trigger_rules import PublishFields, publish_shown
from portal.web.forms.trigger_variables import VariableFields, variables_shown

# Which field stands for what the API calls by another name; the first that fits counts.
PLACES = (
    ("/auth/kind", "auth"),
    ("/limits/body_bytes", "body_kib"),
    ("/limits/per_minute", "per_minute"),
    ("/limits", "addresses"),
    ("/dedupe", "dedupe_name"),
    ("/rules", "publish"),
)


class TriggerForm(AuthFields, VariableFields, AnswerFields, LimitFields, PublishFields):
    """The fields of a trigger; numbers may be typed in Arabic digits."""

    name = StringField()
    mode = StringField(default="async")
    enabled = BooleanField(default=True, false_values=("", "0", "false", "off"))

    def draft(self, base: TriggerDraft) -> TriggerDraft:
        """The trigger that was asked for; what the form does not hold stays as in ``base``.

        Raises :class:`Refused`.
        """
        values, problems = self._values(base)
        try:
            draft = read_trigger(values, base)
        except Refused as refused:
            raise Refused(*problems, *refused.problems) from None
        if problems:
            raise Refused(*problems)
        return draft

    def _values(self, base: TriggerDraft) -> tuple[dict[str, Any], list[Problem]]:
        answers, problems = self.answer_values(self.mode.data == "sync")
        auth = self.auth_values(base)
        values = {
            "name": self.name.data or "",
            "mode": self.mode.data or "",
            "enabled": bool(self.enabled.data),
            "auth": auth,
            "variables": self.variable_values(),
            "limits": self.limit_values(),
            "dedupe": self.dedupe_values(auth),
            **answers,
        }
        return values | {"rules": self.rules(base.configuration, values)}, problems

    def attach(self, problems: Iterable[Problem]) -> None:
        """Put each problem beside the field or the row it belongs to."""
        told = [_in_kib(one) for one in problems if not self.blame(one)]
        super().attach(Problem(f"/{self._place(one)}", one.code, one.params) for one in told)

    def _place(self, problem: Problem) -> str:
        for start, name in PLACES:
            if problem.pointer.startswith(start):
                return name
        root, inner, last = [*problem.pointer.strip("/").split("/"), "", ""][:3]
        wanted = {
            "auth": f"custom_{last}" if inner == "custom" else inner,
            "response": f"response_{inner}",
            "on_error": f"on_error_{inner}",
            "accepted": f"accepted_{inner}",
        }.get(root, root)
        # Whatever belongs nowhere is said at the top.
        return wanted if wanted in self else "name"

    @classmethod
    def of(cls, draft: TriggerDraft) -> "TriggerForm":
        """The form as it is shown for ``draft``."""
        configuration = draft.configuration
        return cls(
            name=draft.name,
            enabled=draft.enabled,
            mode=configuration["mode"],
            **auth_shown(configuration["auth"]),
            **variables_shown(configuration["variables"]),
            **answers_shown(configuration),
            **limits_shown(configuration),
            **publish_shown(configuration),
        )


def _in_kib(problem: Problem) -> Problem:
    if problem.pointer != "/limits/body_bytes":
        return problem
    return Problem(problem.pointer, problem.code, {"min": 1, "max": MAX_BODY_KIB})
