"""Commands of the set-up: each runs to its end, and never outlives the run that started it."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from portal.standalone.children import end_group, spawn


class StepError(Exception):
    """A command of the set-up failed; its text is what the command wrote."""


def run_step(command: list[str], environ: Mapping[str, str], cwd: Path, timeout: float) -> str:
    """Run ``command`` in ``cwd`` and return what it wrote.

    Raises :class:`StepError` when it ends with anything but 0, or not within ``timeout`` seconds.
    """
    process = spawn(command, environ, cwd)
    try:
        output = process.communicate(timeout=timeout)[0].decode(errors="replace")
    except subprocess.TimeoutExpired as error:
        raise StepError(f"no end after {timeout:.0f} seconds") from error
    finally:
        end_group(process)
        if process.stdout:
            process.stdout.close()
    if process.returncode != 0:
        raise StepError(output)
    return output
