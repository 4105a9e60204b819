"""Who is asking, and what they may do: every request, of a page or of the API, passes here."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit

from flask import (
    Flask,
    abort,
    flash,
    g,
    make_response,
    redirect,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import UserMixin, current_user, login_user, logout_user

from portal.domain.actor import Actor
from portal.domain.members import PlatformRole
from portal.domain.permissions import Permission
from portal.extensions import settings
from portal.models import Model, Person, SignInSession, now
from portal.pipeline.accounts import enter
from portal.pipeline.sessions import note_seen
from portal.pipeline.sign_in import Standing, end_session, standing_in
from portal.queries import rows
from portal.queries.sign_in import find_session
from portal.web.announcements import Notice
from portal.web.extensions import htmx, login
from portal.web.own_paths import is_own_page

_HALF = "half"

P = ParamSpec("P")
R = TypeVar("R")
Row = TypeVar("Row", bound=Model)

# How somebody likes to read, which outlives signing in and out.
LIKINGS = ("theme", "hijri", "log_columns")
# When a browser was last seen is shown in minutes; writing it more often would cost every request.
NOTE_SEEN_EVERY = timedelta(minutes=5)
# How long somebody who has given their password is not asked again.
CONFIRMED_FOR = timedelta(minutes=15)


class SignedIn(UserMixin):
    """Somebody who is signed in: a session's row, the person, and their role in its account."""

    def __init__(self, token: str, row: SignInSession, standing: Standing) -> None:
        self.token = token
        self.email = row.person.email
        self.account_name = row.account.name
        self.role, self.is_visitor = standing
        self.person = row.person
        self.zone = row.account.time_zone
        self.actor = Actor(
            row.account_id,
            row.person.email,
            standing.role,
            row.person_id,
            peer=peer(),
            platform_role=_beyond(row.person),
        )
        self.confirmed_at = row.confirmed_at
        self.seen_at = row.last_seen_at

    def get_id(self) -> str:
        """What the cookie carries."""
        return self.token


def register(app: Flask) -> None:
    """Load whoever is signed in from the sessions' table."""
    login.session_protection = None
    login.user_loader(_load)


def do_without_person() -> None:
    """Take nobody for signed in for the rest of this request: the database cannot be asked."""
    g.nobody = True


def _load(token: str) -> SignedIn | None:
    if g.get("nobody"):
        return None
    row = find_session(token)
    standing = standing_in(row.person, row.account_id) if row else None
    return SignedIn(token, row, standing) if row and standing else None


def _beyond(person: Person) -> PlatformRole | None:
    return PlatformRole(person.platform_role) if person.platform_role else None


def remember(token: str) -> None:
    """Sign this browser in with the session ``token``; whatever it was before is forgotten."""
    _begin_anew()
    session.permanent = True
    login_user(_load(token))


def forget() -> None:
    """Sign this browser out, on the server too."""
    if current_user.is_authenticated:
        end_session(current_user.token, peer())
    logout_user()
    _begin_anew()


def go_into(account_id: str, as_visitor: bool) -> None:
    """Let whoever is signed in go on in another account, where they are no member if
    ``as_visitor``."""
    enter(current_user.token, account_id, current_user.actor, as_visitor)
    # Forms that are still open were filled in for the account before, and are worth nothing now.
    session.pop("csrf_token", None)


def hold(half: str) -> None:
    """Remember that this browser has given a right password, and not yet the code: that signs
    nobody in."""
    _begin_anew()
    session[_HALF] = half


def held() -> str:
    """What this browser holds of a sign-in that waits for the code; empty when it does not."""
    return session.get(_HALF, "")


def _begin_anew() -> None:
    kept = {name: session[name] for name in LIKINGS if name in session}
    session.clear()
    session.update(kept)


def need_person() -> ResponseReturnValue | None:
    """Let only people who are signed in past; for ``before_request`` of the pages."""
    if not current_user.is_authenticated:
        return _to_sign_in()
    g.actor, g.zone = current_user.actor, current_user.zone
    g.hijri = bool(session.get("hijri"))
    if current_user.seen_at is None or now() - current_user.seen_at > NOTE_SEEN_EVERY:
        note_seen(current_user.token)
    return None


def _to_sign_in() -> ResponseReturnValue:
    flash(Notice.SIGN_IN_FIRST, "info")
    here = request.full_path.rstrip("?") if request.method == "GET" else None
    return _go("session.login", next=None if htmx else here)


def _go(endpoint: str, **values: str | None) -> ResponseReturnValue:
    target = url_for(endpoint, **values)
    if not htmx:
        return redirect(target, 303)
    # A redirect would be followed and the sign-in page put into a corner of this one.
    answer = make_response("", 401)
    answer.headers["HX-Redirect"] = target
    return answer


def actor() -> Actor:
    """Who is acting in this request."""
    return g.actor


def may(permission: Permission) -> bool:
    """Whether whoever is acting may do it."""
    return actor().may(permission)


def allowed(permission: Permission) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only those past whose role gives ``permission``; 403 for everybody else."""

    def guarding(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not may(permission):
                abort(403)
            return view(*args, **kwargs)

        return guarded

    return guarding


def confirmed(view: Callable[P, R]) -> Callable[P, R | ResponseReturnValue]:
    """Let only those past who have proved lately who they are; the others are asked for it, and
    come back to the page they were on."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | ResponseReturnValue:
        if is_confirmed():
            return view(*args, **kwargs)
        return _go("confirmation.ask", next=_here())

    return guarded


def is_confirmed() -> bool:
    """Whether whoever is signed in has proved lately who they are."""
    at = current_user.confirmed_at
    return at is not None and now() - at < CONFIRMED_FOR


def _here() -> str | None:
    """The page that a request comes from, as a path of this portal that can be gone back to."""
    if request.method == "GET" and not htmx:
        return request.full_path.rstrip("?")
    came = urlsplit((htmx.current_url if htmx else None) or request.referrer or "")
    here = came.path + (f"?{came.query}" if came.query else "")
    # A proxy may keep the portal's own host from us, which the settings know.
    is_ours = came.netloc in (request.host, urlsplit(settings().base_url).netloc)
    return here if is_ours and is_own_page(here) else None


def reach(table: type[Row], row_id: str) -> Row:
    """The row of the acting account, or 404: the one way from an id in a URL to a row."""
    return rows.reach(table, row_id, actor().account_id)


def peer() -> str:
    """The address the request came from, as far as the trusted proxies tell."""
    return request.remote_addr or "?"
