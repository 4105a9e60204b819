"""What the stage itself promises to the experiments."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.faults.stage import Stage

# Takes the lock of the database that it is given again and again, and says each time that it has.
WRITER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=15)
while True:
    connection.execute("BEGIN IMMEDIATE")
    print("locked", flush=True)
    time.sleep(0.2)
    connection.execute("ROLLBACK")
    time.sleep(0.2)
"""


@pytest.mark.only("sqlite")
def test_a_process_is_not_frozen_while_it_holds_the_lock(stage: Stage) -> None:
    with writer(stage) as process, stage.frozen(process):
        stage.policy()


@contextmanager
def writer(stage: Stage) -> Iterator[int]:
    """The id of a process that writes to the database of ``stage``, and is at it now."""
    command = [sys.executable, "-c", WRITER, stage.books.file]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "locked\n"
            yield process.pid
        finally:
            process.kill()
