"""Versions of triggers held against each other, with what is sealed in them."""

from portal.domain.actor import Actor
from portal.domain.triggers.comparison import Change, Whole, changes
from portal.domain.triggers.draft import TriggerDraft
from portal.domain.triggers.preview import Preview
from portal.models import Trigger, TriggerVersion
from portal.pipeline.plans import opened
from portal.pipeline.preview import foreseen
from portal.pipeline.triggers import draft_of, restored


def changes_between(older: TriggerVersion, newer: TriggerVersion) -> list[Change]:
    """What changed from ``older`` to ``newer``; secrets are compared and not told.

    Raises :class:`portal.domain.vault.VaultError` when they cannot be opened.
    """
    return changes(
        opened(older.configuration, older.secrets_sealed),
        opened(newer.configuration, newer.secrets_sealed),
    )


def changes_of_restoring(trigger: Trigger, version: TriggerVersion) -> list[Change]:
    """What would change now if ``version`` were gone back to."""
    current = draft_of(trigger)
    return changes(_whole(current), _whole(restored(current, version)))


def effect_of_restoring(trigger: Trigger, version: TriggerVersion, actor: Actor) -> Preview | None:
    """What going back to ``version`` would do to the latest calls; None where it cannot be."""
    return foreseen(trigger, restored(draft_of(trigger), version), actor)


def _whole(draft: TriggerDraft) -> Whole:
    return draft.configuration, draft.secrets
