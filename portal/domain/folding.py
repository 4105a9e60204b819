"""Texts made comparable: what an Arabic reader takes for the same word becomes the same text.

Lucene's Arabic normalisation, and beyond it NFKC, the hamza carriers, Persian letters, digits,
and marks that cannot be seen. The folded text is for comparing and searching, never for showing.
"""

import re
import unicodedata

_LETTERS = str.maketrans(
    {
        **dict.fromkeys("أإآٱ", "ا"),
        "ة": "ه",
        "ى": "ي",
        "ی": "ي",
        "ک": "ك",
        "ؤ": "ء",
        "ئ": "ء",
        "ـ": None,
        **{ord("٠") + digit: str(digit) for digit in range(10)},
        **{ord("۰") + digit: str(digit) for digit in range(10)},
        # Vowel marks, and letters that only steer or hide.
        **dict.fromkeys(range(0x064B, 0x0660)),
        0x0670: None,
        **dict.fromkeys([0x061C, *range(0x200B, 0x2010), *range(0x202A, 0x202F)]),
        **dict.fromkeys([*range(0x2060, 0x206A), 0xFEFF]),
    }
)
_signs = {chr(code): "" if sign is None else sign for code, sign in _LETTERS.items()}
# Few letters of a text are concerned; finding them is quicker than asking a table for each.
_concerned = re.compile(f"[{re.escape(''.join(_signs))}]")


def fold(text: str) -> str:
    """``text`` folded for comparison."""
    if text.isascii():
        return " ".join(text.lower().split())
    normal = unicodedata.normalize("NFKC", text)
    folded = _concerned.sub(lambda found: _signs[found[0]], normal).casefold()
    return " ".join(folded.split())


def latin_digits(text: str) -> str:
    """``text`` with Arabic and Persian digits written as 0 to 9."""
    return text.translate(_DIGITS)


_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
