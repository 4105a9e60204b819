"""The whole portal, started as a user starts it: ``python wsgi.py``."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from portal import create_core
from portal.extensions import db
from portal.settings import Settings
from tests.servers import BOUND, Server, free_port

ROOT = Path(__file__).resolve().parent.parent
EMAIL, PASSWORD = "admin@nour.example", "كلمة مرور أولى 2026"


class Portal(Server):
    """The run command on a free port, with its data in ``folder`` and loopback allowed."""

    # The first start of a fresh checkout fetches the front end.
    patience = 240.0

    def __init__(self, folder: Path, **settings: str) -> None:
        """``settings`` are further names of the environment, or others' values for ours."""
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        ours = {
            "PORTAL_DATA": str(folder / "data"),
            "PORTAL_PORT": str(port),
            "PORTAL_ADMIN_EMAIL": EMAIL,
            "PORTAL_ADMIN_PASSWORD": PASSWORD,
            "PORTAL_ALLOWED_NETWORKS": "127.0.0.0/8",
            "PORTAL_ALLOWED_PORTS": "*",
        }
        self.environ = _without_settings() | ours | settings
        command = [*BOUND, sys.executable, str(ROOT / "wsgi.py")]
        super().__init__(command, folder, self._works, self.environ)

    def flask(self, *arguments: str, timeout: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run ``flask --app wsgi`` with ``arguments`` against the same settings."""
        return subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Work on its database directly, as its own processes do."""
        app = create_core(Settings.from_env(self.environ).with_keys())
        with app.app_context():
            try:
                yield
            finally:
                db.session.remove()
                db.engine.dispose()

    def make_key(self, name: str = "المنصة") -> str:
        """The text of a new API key, made on the command line."""
        made = self.flask("api-keys", "create", name)
        assert made.returncode == 0, made.stdout + made.stderr
        return made.stdout.splitlines()[-1].strip()

    def health(self) -> dict[str, object]:
        """What the portal says of itself; empty while it does not answer."""
        try:
            return requests.get(f"{self.url}/api/v1/health", timeout=5).json()
        except requests.RequestException:
            return {}

    def _works(self) -> bool:
        health = self.health()
        return health.get("database") == "ok" and bool(health.get("workers"))


def _without_settings() -> dict[str, str]:
    """This process's environment without any setting of a portal."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PORTAL_") and name not in ("DATABASE_URL", "REDIS_URL")
    }
