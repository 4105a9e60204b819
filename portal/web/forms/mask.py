"""A mask's form, with the payload that it is tried on."""

from typing import Any

from wtforms import StringField, TextAreaField

from portal.domain.masking import MaskDraft, MaskKind
from portal.domain.states import Role
from portal.web.forms import Form
from portal.web.forms.hook import KeysField


class MaskForm(Form):
    """The fields of a mask. ``event_type`` names the example that it is tried on, unless a
    ``sample`` was pasted."""

    pattern = StringField()
    kind = StringField(default=MaskKind.WHOLE)
    roles = KeysField(default=[Role.SUPPORT])
    event_type = StringField()
    sample = TextAreaField()

    def values(self) -> dict[str, Any]:
        """What was asked for, for :func:`portal.domain.masking.read_mask`."""
        return {
            "pattern": (self.pattern.data or "").strip(),
            "kind": self.kind.data or "",
            "roles": list(self.roles.data or ()),
        }

    @classmethod
    def of(cls, draft: MaskDraft) -> "MaskForm":
        """The form as it is shown for ``draft``."""
        roles = [str(role) for role in draft.roles]
        return cls(formdata=None, pattern=draft.pattern, kind=draft.kind.value, roles=roles)
