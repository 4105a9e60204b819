"""What the page of masks shows: their words, and a mask tried on a payload before it is saved."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from portal.domain.masking import MaskDraft, MaskKind, Veil, masks_of, read_mask
from portal.domain.problems import Refused
from portal.domain.states import Role
from portal.models import EventType
from portal.web.forms.mask import MaskForm

KINDS = {
    MaskKind.PHONE: ("رقم جوال", "يبقى آخر 4 أرقام، أو آخر 3 من الرقم القصير."),
    MaskKind.EMAIL: ("بريد إلكتروني", "يبقى أول حرف والنطاق."),
    MaskKind.CARD: ("رقم بطاقة", "يبقى آخر 4 أرقام."),
    MaskKind.WHOLE: ("أي قيمة", "لا يبقى منها شيء."),
}
USUAL = {"phone": "رقم الجوال", "email": "البريد الإلكتروني", "card": "رقم البطاقة"}
# Whose own words are short enough for a table.
ROLE_WORDS = {Role.SUPPORT: "موظفو الدعم", Role.STAFF: "مديرو التكاملات"}


@dataclass(frozen=True)
class Trial:
    """A payload as the masked roles would see it; ``shown`` is None while the form is not right,
    ``hides`` whether anything in it is masked, ``is_json`` whether it has fields at all."""

    shown: str | None
    hides: bool = False
    is_json: bool = True


def tried(form: MaskForm, kinds: Sequence[EventType]) -> Trial:
    """What the mask in ``form`` makes of the sample that was pasted, or of an example."""
    try:
        draft = read_mask(form.values(), MaskDraft())
    except Refused:
        return Trial(None)
    veil = Veil(masks_of(((draft.pattern, draft.kind.value),)))
    text = (form.sample.data or "").strip() or _example(form.event_type.data or "", kinds)
    return Trial(veil.data(text), veil.hides(text), _is_json(text))


def _example(key: str, kinds: Sequence[EventType]) -> str:
    return next((kind.example for kind in kinds if kind.key == key), kinds[0].example)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
