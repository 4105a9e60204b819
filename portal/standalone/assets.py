"""Brings what the pages need in a browser, once; started again, it fetches nothing.

npm installs the exact packages of the lock file, each checked against its integrity hash. What
is needed of them goes to ``static/vendor``, with a manifest that says what it was made of; the
packages themselves are removed again.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from portal.standalone import bundle, node
from portal.standalone.faults import CannotStartError, last_line
from portal.standalone.steps import StepError, run_step
from portal.standalone.terminal import say

PORTAL = Path(__file__).resolve().parents[1]
SOURCE, VENDOR = PORTAL / "assets", PORTAL / "static" / "vendor"
PACKAGES = SOURCE / "node_modules"
MANIFEST = "manifest.json"
FETCH_SECONDS = 600.0


def install() -> None:
    """Make ``static/vendor`` complete, unless it is.

    Raises :class:`CannotStartError` when npm is missing, the download fails or nothing can be
    written.
    """
    if is_complete():
        return
    try:
        with _alone():
            if not is_complete():
                _install()
    except OSError as error:
        raise CannotStartError(
            f"The front-end files cannot be put into {VENDOR} ({error}): make {PORTAL} writable.",
            f"تعذّرت كتابة ملفات الواجهة في {VENDOR}: اجعل المجلد {PORTAL} قابلًا للكتابة.",
        ) from error


def is_complete() -> bool:
    """Whether everything is there as the manifest says, made of what stands here now."""
    try:
        manifest = json.loads((VENDOR / MANIFEST).read_text(encoding="utf-8"))
        made_of = {name: _sha256(path) for name, path in _ingredients().items()}
        files = {name: _sha256(VENDOR / name) for name in manifest["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return bool(manifest == {"made_of": made_of, "files": files})


def _ingredients() -> dict[str, Path]:
    names = ("package.json", "package-lock.json", "icons.txt")
    return {name: SOURCE / name for name in names} | {"bundle.py": Path(bundle.__file__)}


@contextmanager
def _alone() -> Iterator[None]:
    # Portals with data folders of their own may start side by side from the same code.
    lock = os.open(SOURCE, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _install() -> None:
    say(
        "نجلب ملفات الواجهة (htmx وTabler والخطوط والأيقونات)، مرة واحدة فقط.\n"
        "Fetching the front-end files (htmx, Tabler, fonts, icons), this once."
    )
    _fetch(node.npm())
    icons = (SOURCE / "icons.txt").read_text(encoding="utf-8").split()
    draft = PACKAGES / ".vendor"
    draft.mkdir()
    bundle.build(PACKAGES, icons, draft)
    (draft / MANIFEST).write_text(json.dumps(_manifest(draft), indent=2), encoding="utf-8")
    _replace(draft)
    shutil.rmtree(PACKAGES)


def _fetch(npm: list[str]) -> None:
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        run_step(command, os.environ, SOURCE, FETCH_SECONDS)
    except StepError as error:
        raise CannotStartError(
            f"The front-end files could not be fetched ({_reason(str(error))}): check the "
            "connection to the network and start again.",
            "تعذّر جلب ملفات الواجهة: تحقق من الاتصال بالشبكة ثم أعد التشغيل.",
        ) from error


def _reason(output: str) -> str:
    # npm explains itself over many lines; its first error that is not a code is the plainest.
    lines = [line.split(maxsplit=2) for line in output.splitlines()]
    errors = [words[2] for words in lines if len(words) == 3 and words[1] in ("error", "ERR!")]
    told = [error for error in errors if not error.startswith(("code ", "errno ", "syscall "))]
    return (told or [last_line(output)])[0][:200]


def _manifest(folder: Path) -> dict[str, Any]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        "made_of": {name: _sha256(path) for name, path in _ingredients().items()},
        "files": {str(path.relative_to(folder)): _sha256(path) for path in files},
    }


def _replace(draft: Path) -> None:
    VENDOR.parent.mkdir(exist_ok=True)
    if VENDOR.exists():
        VENDOR.rename(PACKAGES / ".vendor-before")
    draft.rename(VENDOR)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
