"""``tether.py PARENT COMMAND …`` becomes COMMAND, which the kernel ends when PARENT dies.

Run by its path and without the portal's packages, because it stands before every child.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    """Bind this process to the process ``parent`` and replace it by ``command``."""
    # Only Linux has this call; elsewhere the children of a killed parent live on.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    # The parent may have died before the kernel was told.
    if os.getppid() == parent:
        os.execvp(command[0], command)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
