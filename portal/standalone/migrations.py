"""Where the migrations are, told to whoever applies them."""

from pathlib import Path

from flask import Flask
from flask_migrate import Migrate

from portal.extensions import db

FOLDER = Path(__file__).resolve().parents[2] / "migrations"


def bind_migrations(app: Flask) -> None:
    """Let Flask-Migrate find the migrations of ``app``, and make its commands known."""
    Migrate(app, db, directory=str(FOLDER))
