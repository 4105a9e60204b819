"""A draft of a hook: whether it may be saved, and what it makes of the rows."""

import json
from collections.abc import Sequence

from sqlalchemy import and_, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.actor import Actor
from portal.domain.hooks import HookDraft, check, folded_name
from portal.domain.problems import Problem, Refused
from portal.extensions import vault
from portal.models import Hook, Policy, Subscription, now
from portal.pipeline.surroundings import surroundings


def judge(
    session: Session,
    draft: HookDraft,
    actor: Actor,
    hook: Hook | None,
    known: Sequence[Problem] = (),
) -> Policy:
    """The policy of a hook that may be saved as ``draft``; ``hook`` is the one that is changed.

    Raises :class:`Refused` with everything that is wrong, what is ``known`` to be included.
    """
    twin = select(
        exists().where(
            and_(
                Hook.account_id == actor.account_id,
                Hook.name_folded == folded_name(draft.name),
                Hook.deleted_at.is_(None),
                Hook.id != (hook.id if hook else ""),
            )
        )
    )
    around = surroundings(session, actor.account_id, bool(session.scalar(twin)))
    problems = [*check(draft, around), *known]
    if hook is not None and hook.url == draft.url:
        # What may be reached can change; a hook must still be switched off and described.
        problems = [problem for problem in problems if problem.field != "url"]
    if problems:
        raise Refused(*problems)
    return around.policies[draft.policy]


def apply(hook: Hook, draft: HookDraft, policy: Policy, actor: Actor) -> None:
    """Let ``hook`` be as ``draft`` says, with ``policy``, within a transaction of whoever asks."""
    hook.name, hook.name_folded = draft.name.strip(), folded_name(draft.name)
    if hook.url and hook.url != draft.url:
        # The way back, should the new one fail.
        hook.previous_url, hook.url_changed_at = hook.url, now()
        hook.url_changed_by = actor.name
    hook.description, hook.url = draft.description, draft.url
    if hook.policy is not policy and not hook.stream.resting:
        # What stood at the head of its line may not do so any more.
        hook.stream.ready_at = None
    hook.policy = policy
    hook.signature, hook.enabled, hook.filter = draft.signature, draft.enabled, draft.filter
    headers = json.dumps(dict(draft.headers), ensure_ascii=False)
    hook.headers_sealed = vault().seal(headers) if draft.headers else None
    wanted = dict.fromkeys(draft.event_types)
    kept = [row for row in hook.subscriptions if row.event_type in wanted]
    known = {row.event_type for row in kept}
    hook.subscriptions = kept + [Subscription(event_type=key) for key in wanted if key not in known]


def name_taken(error: IntegrityError) -> Refused:
    """The refusal that ``error`` stands for: somebody was quicker; any other is raised."""
    if "uq_hooks_living_name" not in str(error.orig) and "name_folded" not in str(error.orig):
        raise error
    return Refused(Problem("/name", "name_taken"))
