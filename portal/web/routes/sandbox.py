"""صندوق التجربة: a receiver inside the portal that shows what arrives, and answers as told."""

import time
from threading import BoundedSemaphore
from typing import Any

from flask import Blueprint, Response, flash, request
from flask.typing import ResponseReturnValue

from portal.domain.envelope import MASK, TRIAL_HEADER
from portal.domain.permissions import Permission
from portal.domain.problems import Refused
from portal.domain.sandbox import RETRY_AFTER, SIGNED_BY, Answer
from portal.models import Sandbox
from portal.pipeline import sandbox as verbs
from portal.queries.hooks import event_labels
from portal.queries.sandbox import Arrived, Seen, list_sandboxes, look_into
from portal.web.access import actor, allowed, may, need_person, reach
from portal.web.announcements import Notice
from portal.web.bodies import read_body
from portal.web.forms.sandbox import AnswerForm
from portal.web.htmx import go, nothing, page, wants_part
from portal.web.seeing import veil

bp = Blueprint("sandbox", __name__, url_prefix="/sandbox")

# What every request of ours carries. Any other header may be a hook's own, and so a secret.
PLAIN_HEADERS = frozenset(
    {"accept", "accept-encoding", "content-length", "content-type", "host", "user-agent"}
    | {*SIGNED_BY, TRIAL_HEADER}
)
# Slow answers at once: each keeps a thread of the server, which has far more of them.
MOST_SLOW = 32
_slow = BoundedSemaphore(MOST_SLOW)


@bp.get("")
def index() -> ResponseReturnValue:
    """The sandboxes of the account."""
    listed = list_sandboxes(actor().account_id)
    return page("sandbox/index.html", nav="hooks", sandboxes=listed, url_of=verbs.sandbox_url)


@bp.post("")
@allowed(Permission.CHANGE_HOOKS)
def create() -> ResponseReturnValue:
    """Make a sandbox."""
    return go("sandbox.show", token=verbs.open_sandbox(actor().account_id))


@bp.post("/try")
@allowed(Permission.CHANGE_HOOKS)
def try_now() -> ResponseReturnValue:
    """Send an example event to a fresh sandbox."""
    return go("sandbox.show", token=verbs.try_now(actor()))


@bp.get("/<token>")
def show(token: str) -> ResponseReturnValue:
    """What arrived, and how the sandbox answers; nothing for a reader who has seen this much."""
    sandbox = reach(Sandbox, token)
    seen = look_into(sandbox, verbs.sandbox_url(token))
    if wants_part() and request.args.get("seen") == seen.mark:
        return nothing()
    return _page(sandbox, seen, AnswerForm.of(Answer(sandbox.status, sandbox.delay_seconds)))


@bp.post("/<token>/answer")
@allowed(Permission.CHANGE_HOOKS)
def answer(token: str) -> ResponseReturnValue:
    """Change how the sandbox answers."""
    sandbox, form = reach(Sandbox, token), AnswerForm()
    try:
        verbs.set_answer(token, form.wanted())
    except Refused as refused:
        form.attach(refused.problems)
        return _page(sandbox, look_into(sandbox, verbs.sandbox_url(token)), form, 422)
    flash(Notice.SANDBOX_ANSWER)
    return go("sandbox.show", token=token)


@bp.post("/<token>")
def receive(token: str) -> Response:
    """Keep what arrives, and answer as the sandbox is told to."""
    headers = [[name, value] for name, value in request.headers.items()]
    wanted = verbs.receive(token, headers, read_body(verbs.LARGEST_REQUEST))
    if wanted is None:
        return Response(status=404)
    _wait(wanted.delay_seconds)
    text = "ok" if wanted.status < 300 else f"the sandbox answers {wanted.status}"
    given = Response(text, wanted.status, mimetype="text/plain")
    if wanted.status in RETRY_AFTER:
        given.headers["Retry-After"] = RETRY_AFTER[wanted.status]
    return given


@bp.before_request
def _need_person() -> ResponseReturnValue | None:
    # What arrives comes from a worker, not from a browser.
    return None if request.endpoint == "sandbox.receive" else need_person()


def _wait(seconds: int) -> None:
    """Let ``seconds`` pass, with no connection to the database; not where too many wait already."""
    if not seconds or not _slow.acquire(blocking=False):
        return
    try:
        time.sleep(seconds)
    finally:
        _slow.release()


def _page(sandbox: Sandbox, seen: Seen, form: AnswerForm, status: int = 200) -> ResponseReturnValue:
    url = verbs.sandbox_url(sandbox.token)
    return page(
        "sandbox/show.html",
        "sandbox" if status == 200 else "sandbox_answer",
        status=status,
        nav="hooks",
        sandbox={"token": sandbox.token, "url": url, "created_at": sandbox.created_at},
        mark=seen.mark,
        hooks=seen.hooks,
        arrived=[_shown(one) for one in seen.arrived],
        event_labels=event_labels(sandbox.account_id),
        form=form,
    )


def _shown(one: Arrived) -> dict[str, Any]:
    arrival, seen = one.arrival, veil()
    body = seen.body(arrival.body)
    given = {name.lower() for name, value in arrival.headers if value}
    return {
        "id": arrival.id,
        "at": arrival.at,
        "headers": seen.headers(_readable(name, value) for name, value in arrival.headers),
        "missing": [name for name in SIGNED_BY if name not in given],
        "body": body,
        "status": arrival.status,
        "delay_seconds": arrival.delay_seconds,
        "signature": arrival.signature,
        "hook": one.hook,
        "delivery": one.delivery,
        "after_ms": one.after_ms,
    }


def _readable(name: str, value: str) -> tuple[str, str]:
    is_plain = name.lower() in PLAIN_HEADERS or may(Permission.SEE_SECRETS)
    return name, value if is_plain else MASK
