"""One portal a database for all experiments: each finds it whole and leaves nothing behind."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.faults.stage import Stage
from tests.receiver import Receiver

DATABASES = ("sqlite", "postgresql")
# In a short run, leases end after so many seconds.
SHORT_LEASE = 3.0


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
    return bool(config.getoption("--long"))


@pytest.fixture(scope="session")
def stages(request: pytest.FixtureRequest) -> Iterator[dict[str, Stage]]:
    """The run command on each kind of database, not started."""
    with TemporaryDirectory(prefix="khuttaf-") as folder:
        # PostgreSQL runs as somebody else, who has to get at its own folder in there.
        Path(folder).chmod(0o755)
        lease = None if is_long(request.config) else SHORT_LEASE
        made: dict[str, Stage] = {}
        try:
            for database in DATABASES:
                home = Path(folder, database)
                home.mkdir()
                made[database] = Stage(home, database, lease)
            yield made
        finally:
            for stage in made.values():
                stage.ask_to_stop()
            for stage in made.values():
                stage.stop()


@pytest.fixture(scope="session")
def running(request: pytest.FixtureRequest, stages: dict[str, Stage]) -> Stage:
    """The run command on one kind of database."""
    named = {
        item.callspec.params["running"]
        for item in request.session.items
        if "running" in getattr(item, "fixturenames", ())
    }
    # All that will be needed, because they can start beside each other.
    for database in named:
        stages[database].begin()
    stages[request.param].start()
    return stages[request.param]


@pytest.fixture
def stage(running: Stage, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """The running portal, whole."""
    running.said()
    running.forget()
    running.random.seed(seed := request.config.getoption("--seed"))
    yield running
    tell(request.config, f"{request.node.name}: seed {seed}, {running.report()}")
    # Pytest shows it where the experiment has failed.
    print(running.said())
    running.tidy()


def tell(config: pytest.Config, line: str) -> None:
    """Print ``line``; in a long run also where pytest would keep it to itself."""
    if not is_long(config):
        print(f"\n{line}")
        return
    with config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print(f"\n{line}")


@pytest.fixture
def asked() -> Iterator[Receiver]:
    """Another address, which rules ask."""
    address = Receiver()
    try:
        yield address
    finally:
        address.close()


@pytest.fixture
def size(request: pytest.FixtureRequest) -> Callable[[Any, Any], Any]:
    """Chooses the first of two sizes, or in a long run the second."""
    return lambda short, long: long if is_long(request.config) else short
