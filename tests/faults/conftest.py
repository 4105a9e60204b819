"""One portal a database for all experiments: each finds it whole and leaves nothing behind."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.faults.stage import Stage

DATABASES = ("sqlite", "postgresql")
# In a short run, leases end after so many seconds.
SHORT_LEASE = 4.0


def pytest_addoption(parser: pytest.Parser) -> None:
    """``pytest tests/faults --long``: real leases, large sizes, both databases everywhere."""
    parser.addoption("--long", action="store_true", help="faults: the large form of experiments")


def pytest_configure(config: pytest.Config) -> None:
    """Make our own marks known."""
    config.addinivalue_line("markers", "short(DATABASE): where a short run tries it; else on both")
    config.addinivalue_line("markers", "only(DATABASE): where alone it can be tried")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each experiment on the databases where it is to run."""
    if "stage" not in metafunc.fixturenames:
        return
    marks = ["only"] if is_long(metafunc.config) else ["only", "short"]
    named = [mark.args for name in marks for mark in metafunc.definition.iter_markers(name)]
    metafunc.parametrize(
        "running", named[0] if named else DATABASES, indirect=True, scope="session"
    )


def is_long(config: pytest.Config) -> bool:
    """Whether this is the long run."""
    return bool(config.getoption("--long", default=False))


@pytest.fixture(scope="session")
def running(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """The run command on one kind of database."""
    with TemporaryDirectory(prefix="khuttaf-") as folder:
        # PostgreSQL runs as somebody else, who has to get at its own folder in there.
        Path(folder).chmod(0o755)
        stage = Stage(Path(folder), request.param, None if is_long(request.config) else SHORT_LEASE)
        try:
            stage.start()
            stage.settle()
            yield stage
        finally:
            stage.stop()


@pytest.fixture
def stage(running: Stage) -> Iterator[Stage]:
    """The running portal, whole."""
    running.said()
    yield running
    # Pytest shows it where the experiment has failed.
    print(running.said())
    running.tidy()


@pytest.fixture
def size(request: pytest.FixtureRequest) -> Callable[[Any, Any], Any]:
    """Chooses the first of two sizes, or in a long run the second."""
    return lambda short, long: long if is_long(request.config) else short
