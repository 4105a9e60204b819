"""Sightings: what was seen of endpoints is written down, and told, in one commit."""

from collections.abc import Callable, Sequence
from datetime import datetime
from json import dumps
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.certificates import read_chain
from portal.domain.events import EventDraft
from portal.domain.notices import NoticeKind
from portal.domain.watch import Alarm, Memory, Sight, host_of, judge
from portal.models import EndpointCheck, utcnow
from portal.pipeline.notices import notify
from portal.pipeline.publish import Stored, store
from portal.sender import Look

# So many of the hooks that send to an endpoint are named with it.
MOST_NAMED = 20

# Hooks (id, name) by account and endpoint.
Users = dict[tuple[str, str], list[tuple[str, str]]]


class Endpoint(NamedTuple):
    """An endpoint that was taken to be looked at, and the hooks (id, name) that send to it."""

    check_id: str
    account_id: str
    origin: str
    hooks: tuple[tuple[str, str], ...]


def write_down(
    session: Session,
    token: str,
    looks: Sequence[tuple[Endpoint, Look]],
    next_look: Callable[[datetime, bool], datetime],
) -> list[Stored]:
    """Keep what was seen of endpoints that are still leased under ``token``, and tell of it.

    ``next_look`` says, from the time and whether all is well, when to look again. Returns what is
    to be announced after the commit.
    """
    by_id = {endpoint.check_id: (endpoint, look) for endpoint, look in looks}
    checks = session.scalars(
        select(EndpointCheck)
        .where(EndpointCheck.id.in_(by_id), EndpointCheck.lease_token == token)
        .order_by(EndpointCheck.account_id, EndpointCheck.id)
        .with_for_update()
    ).all()
    now = session.scalar(select(utcnow()))
    stored: list[Stored] = []
    for check in checks:
        endpoint, look = by_id[check.id]
        check.hook_count = len(endpoint.hooks)
        check.hook_ids = [hook_id for hook_id, _ in endpoint.hooks[:MOST_NAMED]]
        alarms = _keep(check, look, now)
        check.lease_token, check.due_at = None, next_look(now, look.error is None)
        stored += _tell(session, endpoint, alarms)
    return stored


def _keep(check: EndpointCheck, look: Look, now: datetime) -> list[Alarm]:
    certificate = read_chain(look.chain, is_out_of_time=look.error == "tls_expired")
    before = Memory(check.marks, tuple(check.troubles), tuple(check.times))
    memory, alarms = judge(before, Sight(look.error, look.connect_ms, certificate), now)
    check.marks, check.troubles = dict(memory.marks), list(memory.troubles)
    check.times = list(memory.times)
    check.failing_since = (check.failing_since or now) if look.error else None
    check.checked_at, check.error, check.connect_ms = now, look.error, look.connect_ms
    if certificate:
        check.expires_at, check.issuer = certificate.expires_at, certificate.issuer
        check.names = list(certificate.names)
    if look.addresses and list(look.addresses) != check.addresses:
        if check.addresses:
            check.earlier_addresses, check.moved_at = check.addresses, now
        check.addresses = list(look.addresses)
    return alarms


def _tell(session: Session, endpoint: Endpoint, alarms: Sequence[Alarm]) -> list[Stored]:
    """A notice and an event for each of ``alarms``."""
    told = [_data(endpoint, alarm) for alarm in alarms]
    for data in told:
        first = endpoint.hooks[0][0] if endpoint.hooks else None
        notify(session, endpoint.account_id, NoticeKind.ENDPOINT_WARNING, data, first)
    drafts = [
        EventDraft(NoticeKind.ENDPOINT_WARNING.value, dumps(data, ensure_ascii=False))
        for data in told
    ]
    return [store(session, endpoint.account_id, drafts)] if drafts else []


def _data(endpoint: Endpoint, alarm: Alarm) -> dict[str, Any]:
    hooks = [{"id": hook_id, "name": name} for hook_id, name in endpoint.hooks[:MOST_NAMED]]
    place = {"endpoint": endpoint.origin, "host": host_of(endpoint.origin), "hooks": hooks}
    return {"about": alarm.about, **place, **alarm.facts}
