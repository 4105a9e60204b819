"""An API key's form."""

from wtforms import StringField

from portal.web.forms import Form


class ApiKeyForm(Form):
    """The name by which people will know the key."""

    name = StringField()
