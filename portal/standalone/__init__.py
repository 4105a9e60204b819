"""The one-machine run: assets, Redis, migrations, then web, workers and ticker as children."""

from portal.standalone.run import main

__all__ = ["main"]
