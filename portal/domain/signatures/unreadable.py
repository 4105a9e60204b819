"""What a call lacks before its signature can be judged at all."""

from typing import Any


class Unreadable(Exception):
    """A call whose signature cannot be judged: a stable ``reason`` and its ``facts``."""

    def __init__(self, reason: str, **facts: Any) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts
