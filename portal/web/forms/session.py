"""Signing in, and the first sign-in of all."""

from wtforms import EmailField, PasswordField, StringField

from portal.domain.storable import storable
from portal.web.forms import Form


def _kept(text: str | None) -> str:
    # Looked up and stored as it stands, so it must be something that a database keeps.
    return storable(text or "")


class LoginForm(Form):
    """An e-mail address and a password."""

    email = EmailField(filters=[_kept])
    password = PasswordField()


class ConfirmForm(Form):
    """A password, once more."""

    password = PasswordField()


class CodeForm(Form):
    """A code of the second step, or a recovery code."""

    code = StringField(filters=[_kept])


class AddressForm(Form):
    """The address that a link is mailed to."""

    email = EmailField(filters=[_kept])


class NewPasswordForm(Form):
    """A password that somebody chooses through a link."""

    password = PasswordField()


class ChangePasswordForm(Form):
    """The password somebody has, and the one they want."""

    old = PasswordField()
    new = PasswordField()


class SetupForm(LoginForm):
    """The name of the account, and its first admin."""

    account = StringField(filters=[_kept])
