"""The form of an example: what is sent to try a hook."""

from wtforms import Field, StringField, TextAreaField

from portal.domain.examples import ExampleDraft, typed_data
from portal.domain.strict_json import parse
from portal.web.forms import Form
from portal.web.forms.rule_values import json_text


class ExampleForm(Form):
    """A type of event and its data, under the API's names."""

    event_type = StringField()
    payload = TextAreaField(name="data", id="data")

    def wanted(self) -> ExampleDraft:
        """The example that was typed; raises :class:`portal.domain.problems.Refused`."""
        return ExampleDraft(self.event_type.data or None, typed_data(self.payload.data or ""))

    @classmethod
    def of(cls, event_type: str, data: str) -> "ExampleForm":
        """The form with the data of an event as people can change it."""
        shown = json_text(parse(data.encode()), indent=2)
        return cls(formdata=None, event_type=event_type, payload=shown)

    def __getitem__(self, name: str) -> Field:
        """The field ``name``; a form's own ``data`` are the values of all its fields."""
        return super().__getitem__("payload" if name == "data" else name)
