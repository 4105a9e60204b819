"""The database before the children come: migrated, and with a way in for the first person."""

import flask_migrate
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

import portal
from portal.extensions import db
from portal.pipeline import invitations, people
from portal.settings import SettingError, Settings
from portal.standalone.faults import CannotStartError, last_line
from portal.standalone.migrations import bind_migrations


def check_admin(settings: Settings) -> None:
    """Raise :class:`SettingError` when only half of the first admin is given."""
    if bool(settings.admin_email) != bool(settings.admin_password):
        raise SettingError(
            "PORTAL_ADMIN_EMAIL and PORTAL_ADMIN_PASSWORD must be given together, or neither."
        )


def prepare(settings: Settings) -> str:
    """Apply the migrations and see to the first person.

    Returns how to sign in, one line of Arabic and one of English. Raises
    :class:`CannotStartError` when the database cannot be used.
    """
    app = portal.create_core(settings)
    bind_migrations(app)
    with app.app_context():
        try:
            flask_migrate.upgrade()
            return _way_in(settings)
        except SQLAlchemyError as error:
            raise _unusable(settings, last_line(str(getattr(error, "orig", error)))) from error
        except SystemExit as error:
            # Flask-Migrate ends the process after it has printed what Alembic complains of.
            raise _unusable(settings, "its migrations do not fit this version") from error
        finally:
            db.session.remove()
            db.engine.dispose()


def _way_in(settings: Settings) -> str:
    if people.people_exist():
        return "سجّل الدخول بحسابك.\nSign in with your account."
    if settings.admin_email and settings.admin_password:
        people.first_admin(settings.admin_email, settings.admin_password)
        return (
            f"سجّل الدخول بالبريد {settings.admin_email} وكلمة المرور المحددة في "
            "PORTAL_ADMIN_PASSWORD.\n"
            f"Sign in as {settings.admin_email} with the password in PORTAL_ADMIN_PASSWORD."
        )
    link = invitations.make_setup_link()
    return (
        "أنشئ حساب المدير الأول من هذا الرابط، وهو صالح لمرة واحدة:\n"
        f"Create the first admin at this address, which works once:\n  {link}"
    )


def _unusable(settings: Settings, reason: str) -> CannotStartError:
    address = make_url(settings.database_url).render_as_string(hide_password=True)
    return CannotStartError(
        f"The database {address} cannot be used ({reason}): check DATABASE_URL.",
        "تعذّر استخدام قاعدة البيانات: راجع DATABASE_URL.",
    )
