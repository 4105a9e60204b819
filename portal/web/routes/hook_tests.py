"""الاختبار: an example or an edited event to one hook, and its answer in place."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.domain.problems import Conflict, Refused
from portal.models import Hook
from portal.pipeline.example import send_example
from portal.queries.deliveries import attempts_of
from portal.queries.delivery_views import attempt_views
from portal.queries.examples import Offer, example_to, last_failure, offer_to
from portal.queries.hook_views import view_of
from portal.queries.hooks import event_labels
from portal.web.access import actor, allowed
from portal.web.forms.example import ExampleForm
from portal.web.htmx import go, page, wants_part
from portal.web.messages import message
from portal.web.routes.hooks import living
from portal.web.seeing import veil

bp = Blueprint("hook_tests", __name__, url_prefix="/settings/webhooks/<hook_id>/test")


@bp.get("")
@allowed(Permission.CHANGE_HOOKS)
def show(hook_id: str) -> ResponseReturnValue:
    """What could be sent; or the example ``delivery`` that was, with its answer."""
    hook, sent = living(hook_id), request.args.get("delivery")
    if sent:
        return _sent(hook, sent)
    kind, source = request.args.get("event_type", ""), request.args.get("source", "")
    offer = offer_to(hook, kind, source, veil())
    return _page(hook, ExampleForm.of(offer.event_type, offer.data), offer)


@bp.post("")
@allowed(Permission.CHANGE_HOOKS)
def send(hook_id: str) -> ResponseReturnValue:
    """Send what was typed to this hook alone, and show what came back."""
    hook, form = living(hook_id), ExampleForm()
    try:
        delivery_id = send_example(hook.id, actor(), form.wanted())
    except Refused as refused:
        form.attach(refused.problems)
        return _page(hook, form, _offer(hook, form), status=422)
    except Conflict as conflict:
        said = {"obstacle": conflict.code, "said": message(conflict.code)}
        return _page(hook, form, _offer(hook, form), status=409, **said)
    if wants_part():
        return _sent(hook, delivery_id, form)
    return go("hook_tests.show", hook_id=hook_id, delivery=delivery_id)


def _offer(hook: Hook, form: ExampleForm) -> Offer:
    return offer_to(hook, form.event_type.data or "", "", veil())


def _sent(hook: Hook, delivery_id: str, typed: ExampleForm | None = None) -> ResponseReturnValue:
    delivery, seen = example_to(hook, delivery_id), veil(hook)
    attempts = attempt_views(attempts_of(delivery_id), delivery.event, seen)
    form = typed or ExampleForm.of(delivery.event_type, delivery.event.data)
    offer = _offer(hook, form)
    if not typed and seen.hides(delivery.event.data):
        offer = replace(offer, is_kept_back=True)
        form = ExampleForm.of(offer.event_type, offer.data)
    # Asked for again from the log, there are more; the first one is what this page has sent.
    return _page(hook, form, offer, delivery=delivery, attempt=attempts[-1:])


def _page(
    hook: Hook, form: ExampleForm, offer: Offer, status: int = 200, **outcome: Any
) -> ResponseReturnValue:
    return page(
        "hook_tests/show.html",
        "hook_test",
        status=status,
        nav="hooks",
        tab="test",
        hook=view_of(hook),
        patience=hook.policy.timeout_seconds,
        resumes_at=hook.stream.ready_at,
        last_failure=last_failure(hook.id) if hook.stream.last_ok is False else None,
        hook_types=hook.event_types,
        form=form,
        offer=offer,
        event_labels=event_labels(hook.account_id),
        outcome=outcome,
    )
