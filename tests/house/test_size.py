"""Nothing grows past what a reader can hold; complexity is ruff's affair."""

from pathlib import Path

from tests.house.tree import ROOT, faults, functions, modules

LONGEST_FUNCTION, LONGEST_MODULE = 40, 250

FILES = modules("portal", "jobs", "tests") + [ROOT / "wsgi.py"]


def test_no_function_is_longer_than_a_screen() -> None:
    def long(path: Path) -> dict[str, int]:
        lengths = {f.name: (f.end_lineno or f.lineno) - f.lineno + 1 for f in functions(path)}
        return {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION}

    assert not faults(FILES, long)


def test_no_module_is_longer_than_a_few_screens() -> None:
    def long(path: Path) -> list[int]:
        lines = path.read_text(encoding="utf-8").count("\n")
        return [lines] if lines > LONGEST_MODULE else []

    assert not faults([path for path in FILES if "tests" not in path.parts], long)
