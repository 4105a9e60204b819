"""What whoever is asking may see of payloads: the one place where that is decided."""

from flask import g

from portal.domain.masking import Masks, Veil
from portal.queries.masks import masks_for
from portal.web.access import actor


def masks() -> Masks:
    """What is hidden from the role of whoever is asking; read once for all of a request."""
    if "masks" not in g:
        g.masks = masks_for(actor().account_id, actor().role)
    return g.masks


def veil() -> Veil:
    """What payloads that belong together are shown through; a new one for each such set."""
    return Veil(masks())
