"""خُطّاف: the webhook portal. ``create_app`` wires it together and does nothing else."""

import os
from pathlib import Path

from flask import Flask

from portal import cli, web
from portal.extensions import (
    bind_settings,
    csrf,
    db,
    engine_options,
    htmx,
    login,
    migrate,
    tune_sqlite,
)
from portal.settings import Settings

__version__ = "1.0.0"

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def create_app(settings: Settings | None = None) -> Flask:
    """The portal, bound to ``settings``, or to the environment's.

    Raises :class:`portal.settings.SettingError` on a setting that makes no sense.
    """
    settings = (settings or Settings.from_env(os.environ)).with_keys()
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings),
    )
    bind_settings(app, settings)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(MIGRATIONS))
    csrf.init_app(app)
    login.init_app(app)
    htmx.init_app(app)
    with app.app_context():
        tune_sqlite(db.engine)
    web.register(app)
    cli.register(app)
    return app
