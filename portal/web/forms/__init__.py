"""Forms: they read what a browser sent and show what was wrong; what is right is the domain's
to say."""

from collections.abc import Iterable

from flask_wtf import FlaskForm

from portal.domain.problems import Problem
from portal.web.messages import message


class Form(FlaskForm):
    """A form whose fields can be told what the domain found wrong."""

    def attach(self, problems: Iterable[Problem]) -> None:
        """Put each problem beside the field it belongs to."""
        for problem in problems:
            field = self[problem.field]
            field.errors = [*field.errors, message(problem.code, problem.params)]
