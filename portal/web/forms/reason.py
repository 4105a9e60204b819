"""Why something is done, for the audit log."""

from wtforms import TextAreaField

from portal.domain.reasons import reason_of
from portal.web.forms import Form


class ReasonForm(Form):
    """A sentence that says why."""

    reason = TextAreaField()

    def given(self) -> str:
        """The reason; raises :class:`portal.domain.problems.Refused` without one."""
        return reason_of(self.reason.data or "")
