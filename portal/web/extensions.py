"""The extensions of pages, unbound; ``register`` binds them to an app."""

from flask_htmx import HTMX
from flask_login import LoginManager
from flask_wtf import CSRFProtect

csrf = CSRFProtect()
login = LoginManager()
htmx = HTMX()
