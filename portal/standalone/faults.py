"""What keeps the portal from starting, said in one sentence and in two languages."""


class CannotStartError(Exception):
    """Something outside the portal is in the way; its text says what to do about it."""

    def __init__(self, english: str, arabic: str) -> None:
        """Each text is one whole sentence; the Arabic one stands on a line of its own."""
        super().__init__(f"{english}\n{arabic}")


def last_line(output: str) -> str:
    """The last line of a program's ``output`` that says something."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "no output"
