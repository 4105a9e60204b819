"""The form that takes hooks from a file."""

from flask_wtf.file import FileField
from wtforms import BooleanField, TextAreaField

from portal.domain.problems import Problem, Refused
from portal.domain.strict_json import JsonRefused, decode
from portal.web.forms import Form


class HookFileForm(Form):
    """A file or its text; what was looked through comes back as text to be confirmed."""

    file = FileField()
    text = TextAreaField()
    enabled = BooleanField()
    confirmed = BooleanField()

    def typed(self) -> str:
        """The text that was handed in, a file's before what was pasted; raises Refused."""
        try:
            text = decode(self.file.data.read()) if self.file.data else self.text.data or ""
        except JsonRefused as refused:
            raise Refused(Problem("/text", refused.code)) from refused
        if not text.strip():
            raise Refused(Problem("/text", "no_file"))
        return text
