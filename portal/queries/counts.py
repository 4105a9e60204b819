"""Numbers that are not counted to their end, so that no page takes longer the worse things are."""

from typing import NamedTuple


class Count(NamedTuple):
    """How many there are: ``n``, or more than that, and nobody has counted on."""

    n: int
    is_more: bool = False


def count_of(found: int, most: int) -> Count:
    """The count of ``found`` rows, of which one above ``most`` were looked for."""
    return Count(min(found, most), found > most)
