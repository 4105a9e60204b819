"""What is written to the terminal: our own words, and those of the children."""

import io
import os
import sys
from contextlib import suppress
from typing import BinaryIO


def speak_utf8() -> None:
    """Let Arabic through, whatever the terminal is set to."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", line_buffering=True)


def say(text: str) -> None:
    """Print ``text``, unless nobody listens any more."""
    with suppress(OSError):
        print(text, flush=True)


def pass_on(name: str, output: BinaryIO) -> None:
    """Print every line of a child's ``output`` with its ``name`` before it, until it ends."""
    with output:
        for line in output:
            # Past Python's buffers, whose locks a thread must not hold when Python ends. And
            # when nobody listens any more, the child must not come to a halt because of that.
            with suppress(OSError):
                os.write(1, f"{name:>8} | ".encode() + line)
