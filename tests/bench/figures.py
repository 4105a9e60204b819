"""What is measured, in the shape in which it is printed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """How fast something went. ``cpu_us``: of the process that is measured, for one unit;
    latencies are None where a unit has none of its own."""

    name: str
    n: int
    per_second: float | None
    cpu_us: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None

    def line(self) -> dict[str, Any]:
        """The figure as it is printed."""
        return {
            name: round(value, 2) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which ``part`` (0 to 1) of ``values`` lie."""
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]


def ratios(**pairs: tuple[Figure, Figure]) -> dict[str, Any]:
    """Each pair's first rate over its second's."""
    return {
        "ratios": {
            name: round(ours.per_second / theirs.per_second, 3)
            for name, (ours, theirs) in pairs.items()
        }
    }
