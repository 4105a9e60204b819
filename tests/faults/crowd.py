"""Crowds: thousands of hooks, made in the database at once where the API would take minutes."""

from sqlalchemy import insert

from portal.domain.hooks import folded_name
from portal.models import Hook, HookSecret, Stream, Subscription, new_id
from portal.pipeline.transactions import writing


def multiply(hook_id: str, number: int, last_ok: bool | None) -> str:
    """Make ``number`` more hooks like ``hook_id``, each to a path of its own.

    ``last_ok`` is what their last attempt is to have come to; None: nobody has tried them yet.
    Returns the id of the policy that they share.
    """
    with writing() as session:
        one = session.get_one(Hook, hook_id)
        sealed, (event_type,) = one.secrets[0].sealed, one.event_types
        same = {column.name: getattr(one, column.name) for column in Hook.__table__.columns}
        ids = [new_id("hok") for _ in range(number)]
        hooks = [
            same | {"id": id, "url": f"{one.url}/{n}", "name": id, "name_folded": folded_name(id)}
            for n, id in enumerate(ids)
        ]
        session.execute(insert(Hook), hooks)
        session.execute(insert(Stream), [{"hook_id": id, "last_ok": last_ok} for id in ids])
        session.execute(insert(HookSecret), [{"hook_id": id, "sealed": sealed} for id in ids])
        wishes = [{"hook_id": id, "event_type": event_type} for id in ids]
        session.execute(insert(Subscription), wishes)
        return same["policy_id"]
