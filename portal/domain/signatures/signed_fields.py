"""The text that is signed where a sender signs members of the body instead of its bytes."""

import re
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal

from portal.domain.signatures.incoming import JsonDocument
from portal.domain.signatures.scheme import SignedField
from portal.domain.signatures.unreadable import Unreadable
from portal.domain.strict_json import JsonRefused, Member

# ISO 4217 as Tap writes amounts: these four with three decimals, all others with two.
# developers.tap.company/docs/webhook, "Validate the webhook".
THREE_DECIMALS = frozenset(["BHD", "JOD", "KWD", "OMR"])

_WHOLE = re.compile(r"0|[1-9][0-9]{0,30}")
_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?(?:[eE][+-]?[0-9]{1,2})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9:]{5})?"
)


def signed_text(fields: tuple[SignedField, ...], read: Callable[[], JsonDocument]) -> bytes:
    """Labels and values of ``fields`` in the document that ``read`` gives, one after another.

    Raises :class:`Unreadable` when it is no strict JSON, or a member is missing or not in the
    form that it must have. The forms are narrow because such texts have no separators: what
    reads as a time or a currency cannot lend its end to the number before it.
    """
    try:
        document = read()
        currency = document.at(("currency",))
        code = currency.value if currency and isinstance(currency.value, str) else ""
        return "".join([_written(field, document, code) for field in fields]).encode("utf-8")
    except JsonRefused:
        raise Unreadable("body_not_json") from None


def _written(field: SignedField, document: JsonDocument, currency: str) -> str:
    found = (document.at(path) for path in field.paths)
    member = next((one for one in found if one is not None and one.value is not None), None)
    if member is None:
        if field.optional:
            return field.label
        raise Unreadable("signed_field_missing", field=".".join(field.paths[0]))
    value = _amount(member, currency) if field.form == "amount" else _FORMS[field.form](member)
    if value is None:
        raise Unreadable("signed_field_malformed", field=".".join(field.paths[0]))
    return field.label + value


def _text(member: Member) -> str | None:
    if isinstance(member.value, str):
        return member.value
    # A number as it was sent: 1698392202943 must not turn into 1.698392202943e12.
    return member.text if type(member.value) in (int, float) else None


def _number(member: Member) -> str | None:
    text = _text(member)
    return text if text is not None and _WHOLE.fullmatch(text) else None


def _flag(member: Member) -> str | None:
    return str(member.value).lower() if isinstance(member.value, bool) else None


def _time(member: Member) -> str | None:
    return _matching(_TIME, member)


def _currency(member: Member) -> str | None:
    return _matching(_CURRENCY, member)


def _matching(pattern: re.Pattern[str], member: Member) -> str | None:
    value = member.value
    return value if isinstance(value, str) and pattern.fullmatch(value) else None


def _amount(member: Member, currency: str) -> str | None:
    text = _text(member)
    if text is None or not _DECIMAL.fullmatch(text):
        return None
    amount = Decimal(text)
    # Fifteen digits before the point are more money than there is; beyond them Decimal rounds.
    if amount >= Decimal(10) ** 15:
        return None
    places = Decimal("0.001") if currency in THREE_DECIMALS else Decimal("0.01")
    return f"{amount.quantize(places, rounding=ROUND_HALF_UP):f}"


_FORMS: Mapping[str, Callable[[Member], str | None]] = {
    "text": _text,
    "number": _number,
    "flag": _flag,
    "time": _time,
    "currency": _currency,
}
