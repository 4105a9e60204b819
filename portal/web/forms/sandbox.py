"""The form of what a sandbox answers."""

from wtforms import StringField

from portal.domain.sandbox import Answer, read_answer
from portal.web.forms import Form
from portal.web.forms.numbers import whole


class AnswerForm(Form):
    """A status and how long it takes; the number may be typed in Arabic digits."""

    status = StringField()
    delay_seconds = StringField()

    def wanted(self) -> Answer:
        """The answer that was asked for; raises :class:`portal.domain.problems.Refused`."""
        return read_answer(whole(self.status.data), whole(self.delay_seconds.data or "0"))

    @classmethod
    def of(cls, answer: Answer) -> "AnswerForm":
        """The form as it is shown for ``answer``."""
        return cls(
            formdata=None, status=str(answer.status), delay_seconds=str(answer.delay_seconds)
        )
