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


class SetupForm(LoginForm):
    """The name of the account, and its first admin."""

    account = StringField(filters=[_kept])
