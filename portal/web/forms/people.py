"""Forms about people: whom to invite, and what they may do."""

from wtforms import EmailField, StringField

from portal.domain.fields import Fields
from portal.domain.states import Role
from portal.web.forms import Form

ROLES = [str(role) for role in Role]


class RoleForm(Form):
    """One of the three roles."""

    role = StringField(default=Role.STAFF.value)

    def wanted(self) -> Role:
        """The role that was chosen; raises :class:`portal.domain.problems.Refused`."""
        fields = Fields({"role": self.role.data or ""})
        role = fields.one_of("role", Role.STAFF.value, ROLES)
        fields.done()
        return Role(role)


class InvitationForm(RoleForm):
    """A role, and the address that the invitation is for, or none."""

    email = EmailField()
