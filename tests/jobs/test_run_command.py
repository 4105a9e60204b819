"""``python wsgi.py``, started as a user does, in a copy of the code with its own data folder."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest
import requests

from portal.settings import Settings
from portal.standalone import assets, node, processes, redis_server
from portal.standalone.children import Children
from portal.standalone.claims import data_folder
from portal.standalone.faults import CannotStartError
from tests import servers
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
READY = "Khuttaf is ready"
# What contract and README promise for an orderly end.
END_SECONDS = 10.0


class Portal:
    """One run of the command: its process, what it says, and every process it is made of."""

    def __init__(self, code: Path, **settings: str) -> None:
        self.code, self.log = code, code / "log"
        self.port = servers.free_port()
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PORTAL_", "HTTP_"))}
        inherited.pop("DATABASE_URL", None)
        inherited.pop("REDIS_URL", None)
        self.environ = inherited | {
            "PORTAL_DATA": "./data",
            "PORTAL_PORT": str(self.port),
            "PORTAL_WORKERS": "1",
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Portal":
        """Type the command, and wait for nothing."""
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*servers.BOUND, sys.executable, "wsgi.py"],
                cwd=self.code,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return self

    def until_ready(self) -> "Portal":
        """Wait until it says that it is ready."""
        until(lambda: READY in self.said or self.process.poll() is not None, 90)
        assert self.process.poll() is None, self.said
        return self

    def until_ended(self) -> int:
        """Wait for its end and return the exit code."""
        return self.process.wait(60)

    @property
    def said(self) -> str:
        """Everything that stands in the terminal so far."""
        return self.log.read_text(errors="replace")

    @property
    def processes(self) -> dict[int, str]:
        """The command lines, by process id, of all that run in its folder."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if self.code in [cwd := (entry / "cwd").readlink(), *cwd.parents]:
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
                    found[int(entry.name)] = command.decode(errors="replace")
            except OSError:
                continue  # It has ended in between, or is not ours to see.
        return found

    def ids(self, part: str) -> set[int]:
        """The ids of its processes whose command line contains ``part``."""
        return {number for number, command in self.processes.items() if part in command}

    def answers(self) -> bool:
        """Whether it answers over HTTP."""
        try:
            requests.get(f"http://127.0.0.1:{self.port}/api/v1/health", timeout=5)
        except requests.RequestException:
            return False
        return True

    def kill_the_rest(self) -> None:
        """End whatever a failed test has left."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for number in self.processes:
            try:
                os.kill(number, signal.SIGKILL)
            except ProcessLookupError:
                continue


@pytest.fixture(scope="module")
def front_end() -> None:
    """The front-end files in the code itself, fetched if they are not there yet."""
    assets.install()


@pytest.fixture
def code(tmp_path: Path, front_end: None) -> Path:
    """A copy of the code with its front-end files, in which nothing has run yet."""
    copy = tmp_path / "khuttaf"
    forget = shutil.ignore_patterns("__pycache__", "node_modules", ".*.swp")
    for folder in ("portal", "jobs", "migrations"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=forget)
    shutil.copy(ROOT / "wsgi.py", copy)
    return copy


@pytest.fixture
def make_portal(code: Path) -> Iterator[Callable[..., Portal]]:
    """Makes runs of the copy, and sees to it that none outlives the test."""
    made: list[Portal] = []

    def make(**settings: str) -> Portal:
        made.append(Portal(code, **settings))
        return made[-1]

    yield make
    for portal in made:
        portal.kill_the_rest()


def only_a_sentence(said: str) -> bool:
    """Whether a terminal shows one sentence, perhaps in both languages, and no traceback."""
    return "Traceback" not in said and 1 <= len(said.strip().splitlines()) <= 2


def test_sigterm_ends_everything_it_started(make_portal: Callable[..., Portal]) -> None:
    portal = make_portal(PORTAL_WORKERS="2").start().until_ready()
    assert portal.answers()
    assert len(portal.ids("jobs.worker")) == 2
    assert len(portal.ids("jobs.ticker")) == len(portal.ids("redis-server")) == 1
    assert f"http://127.0.0.1:{portal.port}/setup/" in portal.said

    asked = monotonic()
    portal.process.terminate()
    assert portal.until_ended() == 0
    assert monotonic() - asked < END_SECONDS
    assert portal.processes == {}
    assert "Traceback" not in portal.said


def test_a_killed_parent_leaves_no_process_behind(make_portal: Callable[..., Portal]) -> None:
    portal = make_portal().start().until_ready()
    portal.process.kill()
    portal.until_ended()
    until(lambda: portal.processes == {}, END_SECONDS)


def test_whatever_dies_is_started_again(make_portal: Callable[..., Portal]) -> None:
    portal = make_portal().start().until_ready()
    for part in ("jobs.worker", "jobs.ticker", "granian", "redis-server"):
        before = portal.ids(part)
        # The oldest is the one that the run holds: a web server's own child is younger.
        os.kill(min(before), signal.SIGKILL)
        until(lambda part=part, before=before: portal.ids(part) - before, 15)
        until(lambda part=part, before=before: not portal.ids(part) & before, 15)
    until(portal.answers, 15)
    portal.process.terminate()
    assert portal.until_ended() == 0
    assert portal.processes == {}


def test_a_second_start_fetches_nothing_and_keeps_the_data(
    make_portal: Callable[..., Portal], code: Path, tmp_path: Path
) -> None:
    admin = {"PORTAL_ADMIN_EMAIL": "first@nour.example", "PORTAL_ADMIN_PASSWORD": "a long secret"}
    first = make_portal(**admin).start().until_ready()
    assert "Sign in as first@nour.example" in first.said
    first.process.send_signal(signal.SIGINT)
    assert first.until_ended() == 0
    manifest = code / "portal" / "static" / "vendor" / "manifest.json"
    kept = [manifest.stat().st_mtime_ns, (code / "data" / "secret.key").read_bytes()]

    called = fake_npm(tmp_path, "exit 1")
    second = make_portal(PATH=f"{tmp_path}:{os.environ['PATH']}").start().until_ready()
    assert "Sign in with your account" in second.said
    assert kept == [manifest.stat().st_mtime_ns, (code / "data" / "secret.key").read_bytes()]
    assert not called.exists()
    second.process.terminate()
    assert second.until_ended() == 0


def test_a_redis_that_another_run_left_behind_makes_room(
    make_portal: Callable[..., Portal], code: Path
) -> None:
    (code / "data").mkdir()
    left_over = servers.Redis(code / "data")
    left_over.start()
    portal = make_portal().start().until_ready()
    assert left_over.process.wait(5) == 0
    assert len(portal.ids("redis-server")) == 1
    portal.process.terminate()
    assert portal.until_ended() == 0


def test_a_second_run_on_the_same_data_is_refused(make_portal: Callable[..., Portal]) -> None:
    first = make_portal().start().until_ready()
    second = make_portal()
    second.log = second.code / "log of the second"
    assert second.start().until_ended() == 1
    assert only_a_sentence(second.said)
    assert "running already" in second.said
    assert first.answers()


def test_the_data_folder_that_a_run_makes_is_for_nobody_else(tmp_path: Path) -> None:
    with data_folder(tmp_path / "data"):
        assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_a_taken_port_is_one_sentence(make_portal: Callable[..., Portal]) -> None:
    portal = make_portal()
    with socket.create_server(("127.0.0.1", portal.port)):
        assert portal.start().until_ended() == 1
    assert only_a_sentence(portal.said)
    assert f"Port {portal.port}" in portal.said
    assert portal.processes == {}


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"PORTAL_DATA": "./wsgi.py"}, "PORTAL_DATA"),
        ({"PORTAL_WORKERS": "many"}, "PORTAL_WORKERS"),
        ({"PORTAL_ADMIN_EMAIL": "first@nour.example"}, "PORTAL_ADMIN_PASSWORD"),
    ],
)
def test_a_setting_that_makes_no_sense_is_one_sentence_that_names_it(
    make_portal: Callable[..., Portal], settings: dict[str, str], named: str
) -> None:
    portal = make_portal(**settings).start()
    assert portal.until_ended() == 2
    assert only_a_sentence(portal.said)
    assert named in portal.said


def test_an_unreachable_database_is_one_sentence(make_portal: Callable[..., Portal]) -> None:
    nobody = f"postgresql://portal:secret@127.0.0.1:{servers.free_port()}/portal"
    portal = make_portal(DATABASE_URL=nobody).start()
    assert portal.until_ended() == 1
    assert only_a_sentence(portal.said)
    assert "DATABASE_URL" in portal.said
    assert "secret" not in portal.said
    assert portal.processes == {}


def test_a_failed_download_is_one_sentence_and_leaves_nothing_half_done(
    make_portal: Callable[..., Portal], code: Path, tmp_path: Path
) -> None:
    vendor = code / "portal" / "static" / "vendor"
    shutil.rmtree(vendor)
    says = r"npm error code EAWAY\nnpm error\nnpm error network is away\nnpm error   see the log\n"
    fake_npm(tmp_path, f"mkdir node_modules; printf '{says}' >&2; exit 1")
    portal = make_portal(PATH=f"{tmp_path}:{os.environ['PATH']}").start()
    assert portal.until_ended() == 1
    fetching, refused = portal.said.strip().splitlines()[:2], portal.said.strip().splitlines()[2:]
    assert len(fetching) == len(refused) == 2
    assert "network is away" in refused[0]
    assert "Traceback" not in portal.said
    assert not vendor.exists()


def test_a_signal_during_the_download_ends_that_too(
    make_portal: Callable[..., Portal], code: Path, tmp_path: Path
) -> None:
    shutil.rmtree(code / "portal" / "static" / "vendor")
    called = fake_npm(tmp_path, "exec sleep 60")
    portal = make_portal(PATH=f"{tmp_path}:{os.environ['PATH']}").start()
    until(called.exists)
    portal.process.terminate()
    assert portal.until_ended() == 130
    until(lambda: portal.processes == {})
    assert "Traceback" not in portal.said


def test_without_any_redis_server_a_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(redis_server.importlib.util, "find_spec", lambda name: None)
    settings = Settings.from_env({"PORTAL_DATA": str(tmp_path)})
    with pytest.raises(CannotStartError, match="install the package redis-server"):
        redis_server.start(settings, Children(), {})


def test_without_node_and_without_a_network_a_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setattr(node.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CannotStartError, match=r"install Node\.js 20 or newer"):
        node.npm()


def test_no_process_sees_variables_that_would_look_like_headers() -> None:
    settings = Settings.from_env({"PORTAL_DATA": "somewhere"})
    environ = processes.environment(settings, {"HTTP_X_PEER": "10.0.0.1", "LANG": "ar_SA.UTF-8"})
    assert "HTTP_X_PEER" not in environ
    assert environ["LANG"] == "ar_SA.UTF-8"
    assert Path(environ["PORTAL_DATA"]).is_absolute()


def fake_npm(folder: Path, script: str) -> Path:
    """Put an npm into ``folder`` that runs ``script`` on ``npm ci``; returns the file it leaves."""
    called, npm = folder / "npm was called", folder / "npm"
    npm.write_text(f'#!/bin/sh\n[ "$1" = ci ] || exit 0\n: > "{called}"\n{script}\n')
    npm.chmod(0o755)
    return called


def test_damaged_front_end_files_do_not_count_as_complete(
    code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = code / "portal" / "static" / "vendor"
    monkeypatch.setattr(assets, "VENDOR", vendor)
    assert assets.is_complete()
    (vendor / "htmx.min.js").write_text("")
    assert not assets.is_complete()


def test_the_sprite_and_the_fonts_reach_nothing_outside(front_end: None) -> None:
    sprite = (assets.VENDOR / "icons.svg").read_text()
    names = (assets.SOURCE / "icons.txt").read_text().split()
    assert re.findall(r'<symbol id="([^"]+)"', sprite) == names
    fonts = (assets.VENDOR / "fonts.css").read_text()
    urls = re.findall(r'url\("([^"]+)"\)', fonts)
    assert len(urls) == 4
    assert all((assets.VENDOR / url).is_file() for url in urls)


def test_the_lock_file_names_no_address_and_hashes_every_package() -> None:
    packages = (assets.SOURCE / "package-lock.json").read_text()
    assert '"resolved"' not in packages
    assert packages.count('"integrity": "sha512-') == packages.count('"node_modules/')
