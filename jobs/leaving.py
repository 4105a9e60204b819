"""How a background process is asked to leave, and that it does."""

import argparse
import signal


class Leaving:
    """Remembers that a signal asked this process to end."""

    def __init__(self, within: int | None = None) -> None:
        """``within`` is the number of seconds after which it ends in any case; None: never."""
        self.asked = False
        self._within = within

    def ask(self, *_signal: object) -> None:
        """Take note of the wish; fit to be a signal handler."""
        self.asked = True
        if self._within:
            # The alarm's default ends the process without asking Python, which may be stuck.
            # What was in mid-send then goes out again after its lease.
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(self._within)


def from_arguments(description: str) -> Leaving:
    """What ``--leave-within SECONDS`` on the command line asks for."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--leave-within",
        type=int,
        metavar="SECONDS",
        help="end this long after SIGTERM, sends in flight or not",
    )
    return Leaving(parser.parse_args().leave_within)
