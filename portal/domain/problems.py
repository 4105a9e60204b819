"""What is wrong with something a person or a program handed in, said by stable codes."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    ``pointer`` is a JSON pointer (RFC 6901) to the offending member, ``code`` is stable and
    English, ``params`` fills the sentence that people read.
    """

    pointer: str
    code: str
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def field(self) -> str:
        """The name of the form field it belongs to."""
        return self.pointer.strip("/").partition("/")[0]


class Refused(Exception):
    """Input that cannot be accepted; carries every problem that was found."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(", ".join(f"{p.pointer}: {p.code}" for p in problems))
        self.problems = problems


class Conflict(Exception):
    """What was asked contradicts how things stand; ``code`` says how."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params
