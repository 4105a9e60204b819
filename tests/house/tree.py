"""The repository as its rules see it: files and syntax trees."""

import ast
import subprocess
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(*folders: str) -> list[Path]:
    """Every Python file beneath ``folders``, paths from the root."""
    return sorted(path for name in folders for path in (ROOT / name).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of the file ``path``."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name_of(path: Path) -> str:
    """The dotted name of the module in ``path``: ``portal.web.htmx``."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def functions(path: Path) -> Iterator[Function]:
    """Every function in the file ``path``, methods and inner ones included."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def imported(node: ast.AST, module: str) -> set[str]:
    """The dotted names that the statement ``node`` of ``module`` imports; mostly none.

    ``from portal import queue`` counts as portal.queue, ``from portal import create_app`` as
    portal.create_app.
    """
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if not isinstance(node, ast.ImportFrom):
        return set()
    assert node.level == 0, f"{module} imports relatively"
    return {f"{node.module}.{alias.name}" for alias in node.names}


def faults(paths: Iterable[Path], of: Callable[[Path], Collection]) -> dict[str, Collection]:
    """What ``of`` finds wrong with each of ``paths``, by where it lies; nothing where it is all
    right. Thousands of tests for thousands of files would take longer to count than to run."""
    return {str(path.relative_to(ROOT)): found for path in paths if (found := of(path))}


def tracked() -> list[str]:
    """The paths that git tracks, with those that it would."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return sorted(path for path in listed.stdout.split("\0") if path and (ROOT / path).exists())
