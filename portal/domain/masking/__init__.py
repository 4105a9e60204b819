"""What some roles do not get to see of payloads: patterns of fields, and what stands in their
place."""

from portal.domain.masking.draft import (
    MASKED_ROLES,
    MAX_MASKS,
    MaskDraft,
    read_mask,
    usual_masks,
)
from portal.domain.masking.kinds import DOTS, MaskKind
from portal.domain.masking.masks import NO_MASKS, Masks, masks_of
from portal.domain.masking.veil import Veil

__all__ = [
    "DOTS",
    "MASKED_ROLES",
    "MAX_MASKS",
    "NO_MASKS",
    "MaskDraft",
    "MaskKind",
    "Masks",
    "Veil",
    "masks_of",
    "read_mask",
    "usual_masks",
]
