"""``python -m tests.bench outbound|publish|inbound|pages [--database URL] [--seconds N]``.

Prints one JSON object a line: ``name``, ``n``, ``per_second``, ``cpu_us`` (of the process that is
measured, a unit), ``p50_ms``, ``p99_ms``; then the ``ratios`` between figures of the same run. With
no ``--database``, runs on SQLite and on PostgreSQL where its programs are installed.
"""

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests import servers
from tests.bench import backlog, fairness, inbound, latency, outbound, pages, publish
from tests.bench.stage import Stage

# Each part of a benchmark has a portal of its own.
BENCHMARKS = {
    "outbound": (outbound.run, latency.run, fairness.run, backlog.run),
    "publish": (publish.run,),
    "inbound": (inbound.run,),
    "pages": (pages.run,),
}


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("what", choices=sorted(BENCHMARKS))
    parser.add_argument("--database", help="an SQLAlchemy URL; its tables are filled")
    parser.add_argument("--seconds", type=int, default=10, help="about how long a figure takes")
    wanted = parser.parse_args()
    for name, database_url in _databases(wanted.database):
        for line in _lines(wanted.what, database_url, wanted.seconds):
            print(json.dumps({"database": name, **line}), flush=True)


def _lines(what: str, database_url: str | None, seconds: int) -> Iterator[dict[str, Any]]:
    for part in BENCHMARKS[what]:
        with (
            TemporaryDirectory(prefix="khuttaf-") as folder,
            Stage(Path(folder), database_url) as stage,
        ):
            yield from part(stage, seconds)


def _databases(url: str | None) -> Iterator[tuple[str, str | None]]:
    if url:
        yield url.partition(":")[0], url
        return
    yield "sqlite", None
    if servers.find("postgresql"):
        with _postgresql() as address:
            yield "postgresql", address


@contextmanager
def _postgresql() -> Iterator[str]:
    with TemporaryDirectory(prefix="khuttaf-") as folder:
        server = servers.PostgreSQL(Path(folder), durable=True)
        server.start()
        try:
            server.create("bench")
            yield server.url("bench")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
