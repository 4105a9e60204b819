"""The form by which a hook gets a new secret."""

from wtforms import StringField

from portal.domain.fields import Fields
from portal.domain.hooks import secret_problems
from portal.pipeline.secrets import MAX_OVERLAP_HOURS, OVERLAP_HOURS
from portal.web.forms import Form
from portal.web.forms.numbers import whole

OTHER = "other"


class RotationForm(Form):
    """A secret, or nothing to have one made, and how long the old ones go on signing: one of a few
    choices under the API's name, or a number of hours of one's own."""

    secret = StringField()
    overlap_hours = StringField(default=str(OVERLAP_HOURS))
    hours = StringField()

    def wanted(self, signature: str) -> tuple[int, str | None]:
        """The hours that were chosen or typed, and the secret that was given for a hook which signs
        by ``signature``; raises :class:`portal.domain.problems.Refused`."""
        name = "hours" if self.overlap_hours.data == OTHER else "overlap_hours"
        fields, given = Fields({name: whole(self[name].data)}), self.secret.data or None
        hours = fields.integer(name, OVERLAP_HOURS, 0, MAX_OVERLAP_HOURS)
        fields.problems += secret_problems(given, signature)
        fields.done()
        return hours, given
