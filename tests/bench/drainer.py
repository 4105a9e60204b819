"""``python -m tests.bench.drainer SECONDS``: one worker's drain in a process of its own.

Prints how fast it went and how much memory the process took at most.
"""

import json
import resource
import sys
from time import monotonic, process_time

from portal import create_core
from portal.pipeline import deliver


def main(seconds: float) -> None:
    """Drain for so many seconds, or until nothing is due."""
    with create_core().app_context():
        began, cpu = monotonic(), process_time()
        sent = deliver.drain(lambda: monotonic() - began > seconds, lambda: None)
        took, cpu = monotonic() - began, process_time() - cpu
    line = {
        "name": "drain_of_1m",
        "n": sent,
        "per_second": round(sent / took, 2),
        "cpu_us": round(cpu / max(sent, 1) * 1e6, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]))
