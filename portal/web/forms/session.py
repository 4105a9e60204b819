"""Signing in, and the first sign-in of all."""

from wtforms import EmailField, PasswordField, StringField

from portal.web.forms import Form


class LoginForm(Form):
    """An e-mail address and a password."""

    email = EmailField()
    password = PasswordField()


class SetupForm(LoginForm):
    """The name of the account, and its first admin."""

    account = StringField()
