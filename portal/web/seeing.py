"""What whoever is asking may see of payloads and secrets: the one place where that is decided."""

from collections.abc import Iterator
from dataclasses import replace

from flask import Response, g

from portal.domain.audit import HIDDEN
from portal.domain.masking import Masks, Veil
from portal.domain.permissions import Permission
from portal.domain.triggers.preview import Difference, Preview
from portal.domain.triggers.running import Decision
from portal.domain.triggers.veiled import veiled_decision
from portal.models import Call, Hook
from portal.pipeline.hooks import headers_of
from portal.queries.call_views import veil_over
from portal.queries.calls import read_call
from portal.queries.masks import masks_for
from portal.web.access import actor, may
from portal.web.filters import bare_url


def masks() -> Masks:
    """What is hidden from the role of whoever is asking; read once for all of a request."""
    if "masks" not in g:
        g.masks = masks_for(actor().account_id, actor().role)
    return g.masks


def veil(hook: Hook | None = None) -> Veil:
    """What payloads that belong together are shown through; a new one for each such set. With the
    ``hook`` that sent them, answers are shown without its secret headers, where whoever is asking
    sees none."""
    return Veil(masks(), _unseen_of(hook) if hook else ())


def hidden_secret(text: str) -> str:
    """``text``, or dots for who sees no secrets."""
    return text if may(Permission.SEE_SECRETS) else HIDDEN


def address(url: str) -> str:
    """``url``, for who sees no secrets without user, query and fragment."""
    return url if may(Permission.SEE_SECRETS) else bare_url(url)


def _unseen_of(hook: Hook) -> Iterator[str]:
    if may(Permission.SEE_SECRETS):
        return
    for value in headers_of(hook).values():
        yield value
        # Of "Bearer …" and its like, what is secret.
        yield value.rpartition(" ")[2]


def tell(answer: Response) -> Response:
    """Say in a header where parts of payloads may be hidden from the key that asked."""
    if g.get("masks"):
        answer.headers["Masked"] = "true"
    return answer


def decision_seen(decision: Decision, call: Call) -> Decision:
    """What ``call``, which was read with everything, would come to, as far as it may be seen."""
    return veiled_decision(decision, veil_over(call, masks()))


def preview_seen(preview: Preview) -> Preview:
    """``preview`` as far as it may be seen."""
    if not masks():
        return preview
    return replace(preview, differences=tuple(map(_difference_seen, preview.differences)))


def _difference_seen(one: Difference) -> Difference:
    hidden = veil_over(read_call(one.call), masks())
    before, after = (veiled_decision(decision, hidden) for decision in (one.before, one.after))
    return replace(one, before=before, after=after)
