"""Nothing grows past what a reader can hold; complexity is ruff's affair."""

from pathlib import Path

import pytest

from tests.house.tree import ROOT, functions, modules, name_of

LONGEST_FUNCTION, LONGEST_MODULE = 40, 250

FILES = modules("portal", "jobs", "tests") + [ROOT / "wsgi.py"]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_no_function_is_longer_than_a_screen(path: Path) -> None:
    lengths = {f.name: (f.end_lineno or f.lineno) - f.lineno + 1 for f in functions(path)}
    assert not {name: n for name, n in lengths.items() if n > LONGEST_FUNCTION}


@pytest.mark.parametrize("path", [f for f in FILES if "tests" not in f.parts], ids=name_of)
def test_no_module_is_longer_than_a_few_screens(path: Path) -> None:
    length = path.read_text(encoding="utf-8").count("\n")
    assert length <= LONGEST_MODULE
