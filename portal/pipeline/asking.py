"""Asking: runs whose rules call another address, through the one door out."""

from portal.domain.envelope import USER_AGENT
from portal.domain.triggers.outside import OutsideCall, OutsideReply, no_reply, reply_of
from portal.domain.triggers.running import Decision, steps
from portal.pipeline.budget import ALONE, spent
from portal.pipeline.finishing import Finished, Run, finish, renew
from portal.pipeline.surroundings import guard
from portal.sender import READ_BODY, Request, Sender

# How long another address has for its answer.
ASK_SECONDS = 30.0
# A run is given up to others when nothing was heard of it for so long after that.
MARGIN_SECONDS = 15.0


def ask_and_finish(token: str, run: Run) -> Decision | None:
    """Carry a run out that asks others, and record what it came to; None when its lease was lost
    on the way: then somebody else carries it out."""
    asking = steps(run.plan, run.inputs, spent(ALONE))
    try:
        wanted = next(asking)
        while True:
            # Whoever asks holds the lease: an address is not asked by two at the same time.
            if not renew(token, run.call_id, ASK_SECONDS + MARGIN_SECONDS):
                return None
            wanted = asking.send(_ask(wanted, run.call_id))
    except StopIteration as done:
        decision = done.value
    return finish(token, [Finished(run, decision)]).get(run.call_id)


def _ask(call: OutsideCall, call_id: str) -> OutsideReply:
    sender = Sender(guard(), slots=1)
    own = {name.lower() for name, _ in call.headers}
    usual = (
        ("content-type", call.content_type),
        ("user-agent", USER_AGENT),
        # A run whose process died is begun again: by this the other side can tell.
        ("idempotency-key", f"{call_id}:{call.name}"),
    )
    headers = tuple(pair for pair in usual if pair[0] not in own) + call.headers
    try:
        sender.start(Request(None, call.url, headers, call.body, ASK_SECONDS, kept_bytes=READ_BODY))
        ((_, reply),) = sender.finished(ASK_SECONDS + 1)
    except ValueError:
        return no_reply("internal_error", round(ASK_SECONDS * 1000))
    finally:
        sender.close()
    if reply.status_code is None:
        return no_reply(reply.error or "internal_error", reply.duration_ms)
    if reply.truncated:
        # What rules read in part of a body would be missing to them, as if it had not been said.
        return no_reply("response_too_large", reply.duration_ms)
    return reply_of(reply.status_code, reply.headers, reply.body, reply.duration_ms)
