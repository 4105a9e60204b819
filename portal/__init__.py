"""خُطّاف: the webhook portal. ``create_app`` wires it together and does nothing else."""

import os

from flask import Flask

from portal.extensions import bind_settings, db, engine_options, tune_sqlite
from portal.settings import Settings

__version__ = "1.0.0"


def create_core(settings: Settings | None = None) -> Flask:
    """The portal without pages and commands, which is all that a worker or the ticker needs.

    It is bound to ``settings``, or to the environment's. Raises
    :class:`portal.settings.SettingError` on a setting that makes no sense.
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
    with app.app_context():
        tune_sqlite(db.engine)
    return app


def create_app(settings: Settings | None = None) -> Flask:
    """The whole portal, bound and raising as :func:`create_core` does."""
    # Not at the top: a worker, which imports this package, starts in half the time.
    from portal import cli, web

    app = create_core(settings)
    web.register(app)
    cli.register(app)
    return app
