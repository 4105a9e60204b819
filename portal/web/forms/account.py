"""Forms about accounts and the portal's own people."""

from wtforms import EmailField, StringField

from portal.domain.fields import Fields
from portal.domain.members import PlatformRole
from portal.domain.storable import storable
from portal.web.forms import Form


class AccountForm(Form):
    """What an account is called, and the time on its pages."""

    name = StringField(filters=[lambda text: storable(text or "")])
    time_zone = StringField()


class NewAccountForm(AccountForm):
    """An account that is being made; its slug stays."""

    slug = StringField(filters=[lambda text: (text or "").strip()])


class StaffForm(Form):
    """Whom to make one of the portal's own people, and which."""

    email = EmailField(filters=[lambda text: storable(text or "")])
    platform_role = StringField(default=PlatformRole.SUPPORT.value)

    def wanted(self) -> PlatformRole:
        """The role that was chosen; raises :class:`portal.domain.problems.Refused`."""
        fields = Fields({"platform_role": self.platform_role.data or ""})
        roles = [str(role) for role in PlatformRole]
        role = fields.one_of("platform_role", PlatformRole.SUPPORT.value, roles)
        fields.done()
        return PlatformRole(role)
