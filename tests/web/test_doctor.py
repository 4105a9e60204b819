"""``doctor``: examines a running portal, and names what is wrong in one sentence."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal import queue
from portal.extensions import db
from portal.models import Hook
from tests import servers

ROOT = Path(__file__).resolve().parents[2]

# Nothing here depends on the kind of database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def redis_url(own_redis: servers.Redis) -> str:
    """The address of a Redis of this test's own, which it may stop."""
    return own_redis.url


@pytest.fixture
def worker(app: Flask, environ: dict[str, str], tmp_path: Path) -> Iterator[servers.Server]:
    """A real worker of the portal, listening."""
    folder = tmp_path / "worker"
    folder.mkdir()
    path = {"PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    process = servers.Server(
        [*servers.BOUND, sys.executable, "-m", "jobs.worker", "--leave-within", "5"],
        folder,
        lambda: queue.worker_count() > 0,
        path | environ,
    )
    process.start()
    yield process
    process.stop()


def examine(app: Flask) -> tuple[int, list[str]]:
    """The exit code of ``doctor`` and the lines it wrote."""
    done = app.test_cli_runner().invoke(args=["doctor"])
    db.session.rollback()
    assert not done.exception or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output.splitlines()


def assert_one_fault(app: Flask, named: str, passed: int) -> None:
    """Assert that ``passed`` steps are well and the next names ``named`` in one sentence."""
    code, lines = examine(app)
    assert (code, [line[0] for line in lines]) == (1, ["✓"] * passed + ["✗"])
    assert named in lines[-1]
    assert re.search("[ء-ي]{3}", lines[-1])
    assert lines[-1].endswith(".")


def test_a_healthy_portal_passes_every_step(
    app: Flask, served: str, worker: servers.Server
) -> None:
    code, lines = examine(app)
    assert (code, [line[0] for line in lines]) == (0, ["✓"] * 6), lines
    assert "وصل إلى صندوق التجربة" in lines[-1]
    assert not db.session.query(Hook).filter(Hook.deleted_at.is_(None)).count()
    assert examine(app)[0] == 0


def test_a_stopped_redis_is_named(app: Flask, served: str, own_redis: servers.Redis) -> None:
    own_redis.stop()
    assert_one_fault(app, "Redis لا يجيب", passed=3)


def test_a_missing_worker_is_named(app: Flask, served: str) -> None:
    assert_one_fault(app, "worker", passed=4)


def test_a_portal_that_does_not_run_is_named(app: Flask) -> None:
    assert_one_fault(app, "python wsgi.py", passed=2)
