"""What may lie in the repository, and what stands at the head of it."""

import ast
import json
import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, faults, modules, tracked, tree

TOP = {
    "LICENSE",
    "README.md",
    "jobs",
    "migrations",
    "portal",
    "pyproject.toml",
    "requirements.txt",
    "tests",
    "wsgi.py",
}
MADE = ("node_modules", "vendor", "instance", "__pycache__", ".venv")

DOCUMENTED = modules("portal", "jobs") + [ROOT / "wsgi.py"]


def test_the_top_level_holds_what_it_may() -> None:
    top = {path.partition("/")[0] for path in tracked()}
    assert {name for name in top if not name.startswith(".")} <= TOP


def test_nothing_that_is_made_is_tracked() -> None:
    assert not [path for path in tracked() if set(path.split("/")) & set(MADE)]


def test_the_lock_file_names_no_place_to_download_from() -> None:
    lock = json.loads((ROOT / "portal/assets/package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert not [name for name, entry in packages.items() if "resolved" in entry]
    assert not [name for name, entry in packages.items() if "integrity" not in entry]


@pytest.mark.parametrize("name", ["requirements.txt", "tests/requirements.txt"])
def test_requirements_are_pinned_and_name_no_place(name: str) -> None:
    lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    wanted = [line for line in lines if line and not line.startswith("-r ")]
    assert not [line for line in wanted if "==" not in line or "://" in line]
    assert not [line for line in wanted if line.startswith("-")]


def test_the_pictures_of_the_readme_are_there_and_no_others() -> None:
    shown = re.findall(r"!\[[^]]+\]\((.+?)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    kept = [path for path in tracked() if path.endswith(".png")]
    assert len(shown) == 4
    assert sorted(shown) == sorted(kept)


def test_the_continuous_run_is_the_command_of_the_readme() -> None:
    run = ROOT / ".ci/run"
    command = run.read_text(encoding="utf-8").splitlines()[-1]
    assert command in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert run.stat().st_mode & 0o111


def test_modules_and_public_functions_say_what_they_are() -> None:
    known = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

    def silent(path: Path) -> list[str]:
        nodes = [node for node in tree(path).body if isinstance(node, known)]
        public = [node for node in nodes if not node.name.startswith("_")]
        whole = [] if ast.get_docstring(tree(path)) else ["the module"]
        return whole + [node.name for node in public if not ast.get_docstring(node)]

    assert not faults(DOCUMENTED, silent)


def test_tests_wait_for_conditions_and_never_sleep() -> None:
    def asleep(path: Path) -> list[int]:
        calls = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
        return [c.lineno for c in calls if ast.unparse(c.func) in ("time.sleep", "sleep")]

    assert not faults(modules("tests"), asleep)
