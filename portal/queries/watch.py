"""What the watch has seen of endpoints, as the pages show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import Row, Text, cast, or_, select

from portal.domain.periods import added
from portal.domain.watch import MARKS, host_of, mark_of, origin_of, usual_ms
from portal.extensions import db, settings
from portal.models import EndpointCheck, Hook
from portal.queries.page import Page, page_of
from portal.queries.rollups import hours_of

Named = Row[tuple[str, str, str]]


@dataclass(frozen=True)
class EndpointView:
    """An endpoint and what was seen of it; ``check`` is None before the first look.

    ``mark`` is how near the certificate's end is (see :data:`portal.domain.watch.MARKS`), None
    while it is far away; ``response_ms`` the median of the real attempts of the last 24 hours,
    where that was asked for.
    """

    origin: str
    host: str
    check: EndpointCheck | None
    hooks: Sequence[Named] = ()
    mark: int | None = None
    usual_ms: int | None = None
    response_ms: int | None = None

    @property
    def name(self) -> str:
        """Its host without the port."""
        return urlsplit(self.origin).hostname or self.host

    @property
    def is_encrypted(self) -> bool:
        """Whether there is a certificate to speak of."""
        return self.origin.startswith("https:")


def endpoint_of(hook: Hook, now: datetime) -> EndpointView | None:
    """What was seen of the endpoint of a hook; None where there is nothing to be watched."""
    origin = origin_of(hook.url, settings().base_url)
    if origin is None:
        return None
    check = db.session.scalars(
        select(EndpointCheck).where(
            EndpointCheck.account_id == hook.account_id, EndpointCheck.origin == origin
        )
    ).one_or_none()
    return _view(origin, check, now, response_ms=_response_ms(hook, now))


def list_endpoints(
    account_id: str, now: datetime, in_need: bool, cursor: str | None, limit: int = 25
) -> Page[EndpointView]:
    """The endpoints of an account, the newest first; with ``in_need`` those alone about which
    somebody should do something."""
    rows = select(EndpointCheck).where(EndpointCheck.account_id == account_id)
    if in_need:
        soon = now + timedelta(days=MARKS[-1])
        rows = rows.where(
            or_(EndpointCheck.error.is_not(None), EndpointCheck.expires_at <= soon, _IS_TROUBLED)
        )
    found = page_of(rows, EndpointCheck.id, cursor, limit)
    hooks = _hooks(account_id, {one for check in found.items for one in check.hook_ids})
    views = []
    for check in found.items:
        theirs = [
            hooks[one] for one in check.hook_ids if one in hooks and _sends_to(hooks[one], check)
        ]
        # One that nobody sends to any more is forgotten when it would be looked at again.
        if theirs or not check.hook_ids:
            views.append(_view(check.origin, check, now, theirs))
    return Page(views, found.next)


def _view(
    origin: str,
    check: EndpointCheck | None,
    now: datetime,
    hooks: Sequence[Named] = (),
    response_ms: int | None = None,
) -> EndpointView:
    seen = check if check and check.checked_at else None
    return EndpointView(
        origin=origin,
        host=host_of(origin),
        check=seen,
        hooks=hooks,
        mark=mark_of(seen.expires_at, now) if seen and seen.expires_at else None,
        usual_ms=usual_ms(tuple(seen.times)) if seen else None,
        response_ms=response_ms,
    )


def _hooks(account_id: str, ids: set[str]) -> dict[str, Named]:
    if not ids:
        return {}
    rows = db.session.execute(
        select(Hook.id, Hook.name, Hook.url).where(
            Hook.account_id == account_id, Hook.id.in_(ids), Hook.deleted_at.is_(None)
        )
    )
    return {row.id: row for row in rows}


def _sends_to(hook: Named, check: EndpointCheck) -> bool:
    return origin_of(hook.url, settings().base_url) == check.origin


def _response_ms(hook: Hook, now: datetime) -> int | None:
    hours = hours_of(hook.account_id, now - timedelta(days=1), hook.id)
    return added(sums for _, sums in hours).median


_IS_TROUBLED = cast(EndpointCheck.troubles, Text) != "[]"
