"""Numbers, and texts that read as numbers, held exactly."""

import math
import re
from decimal import Decimal
from typing import Any

from portal.domain.strict_json import MAX_NUMBER_LENGTH

# A sign, digits that may be grouped by the Arabic thousands separator, and a fraction. There is
# no exponent in texts: identifiers such as 0e12 and 0e34 would all be zero.
_D = "[0-9٠-٩]"
_reads_as_number = re.compile(rf"[+-]?(?:{_D}{{1,3}}(?:٬{_D}{{3}})+|{_D}+)(?:[.٫]{_D}+)?").fullmatch
_LATIN = {ord("٫"): ".", ord("٬"): None}


def number_of(value: Any) -> Decimal | None:
    """``value`` as an exact number; None when it is none and does not read as one.

    Texts read as numbers in Latin or Arabic digits, up to 64 characters, with ``٫`` or a dot
    before the fraction and ``٬`` between thousands. A boolean is not a number.
    """
    if isinstance(value, str):
        reads = len(value) <= MAX_NUMBER_LENGTH and _reads_as_number(value)
        return Decimal(value.translate(_LATIN)) if reads else None
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float) and math.isfinite(value):
        # As it was written: 0.1 is a tenth here, not the nearest fraction of two.
        return Decimal(repr(value))
    return None
