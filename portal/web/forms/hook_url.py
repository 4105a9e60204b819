"""The form of another address for a hook, and of how it is tried."""

from wtforms import StringField

from portal.web.forms import Form
from portal.web.forms.numbers import whole


class UrlForm(Form):
    """An address, and how many recent events are sent there first."""

    url = StringField()
    count = StringField(default="3")

    @property
    def address(self) -> str:
        """The address that was typed."""
        return (self.url.data or "").strip()

    @property
    def number(self) -> int | str | None:
        """How many events, a text where that is no number; it may be typed in Arabic digits."""
        return whole(self.count.data)
