"""The form by which a hook gets a new secret."""

from wtforms import StringField

from portal.domain.fields import Fields
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

    def overlap(self) -> int:
        """The hours that were chosen or typed; raises :class:`portal.domain.problems.Refused`."""
        name = "hours" if self.overlap_hours.data == OTHER else "overlap_hours"
        fields = Fields({name: whole(self[name].data)})
        hours = fields.integer(name, OVERLAP_HOURS, 0, MAX_OVERLAP_HOURS)
        fields.done()
        return hours
