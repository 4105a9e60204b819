"""Something behind every variable that a route's address has, for tests that walk all routes."""

from collections.abc import Callable

import pytest

from portal.domain.states import Role
from portal.models import Account
from portal.pipeline import sandbox
from portal.pipeline.invitations import invite
from portal.pipeline.secrets import rotate_secret
from portal.queries.deliveries import attempts_of
from tests import factories
from tests.clients import Api, Browser
from tests.receiver import Receiver
from tests.web.html import read

# Routes for everybody, signed in or not.
OPEN = {
    "static",
    "health.show",
    "openapi.show",
    "session.login",
    "session.code",
    "session.setup",
    "passwords.forgot",
    "passwords.choose",
    "single_sign_on.leave",
    "single_sign_on.leave_again",
    "single_sign_on.back",
    "invitations.accept",
    "session.sign_out",
    "session.theme",
    "session.calendar",
    "sandbox.receive",
    "inbound.call",
}

Ids = dict[str, str]


@pytest.fixture
def ids(
    account: Account, api: Api, receiver: Receiver, drain: Callable[[], int], admin: Browser
) -> Ids:
    """Something of the account behind every variable that a route's address has."""
    secrets = {"secret": "whsec_c2VjcmV0c2VjcmV0c2VjcmV0", "headers": {"X-Key": "s3cret-header"}}
    hook = factories.make_hook(f"{receiver.url}?key=s3cret-query", **secrets)
    rotate_secret(hook.id, actor=factories.make_actor())
    event = factories.make_event()
    delivery = factories.make_delivery(hook, event)
    drain()
    token = sandbox.open_sandbox(account.id)
    admin.post(f"/sandbox/{token}", data="{}", headers={"X-Key": "s3cret-header"})
    api.post("/policies", {"name": "ليلي", "slug": "night"})
    api.post("/event-types", {"key": "own.type", "label": "نوع"})
    page = admin.get("/settings/api-keys").text
    resend = api.post("/deliveries/resend", {"filter": {}}).json
    auth = {"kind": "basic", "username": "pay", "password": "s3cret-password"}
    asked = {"as": "check", "url": "https://example.com/?key=s3cret-query"}
    rule = {"call": {**asked, "headers": {"X-Key": "s3cret-header"}}}
    trigger = factories.make_trigger(account, auth=auth, rules=[rule])
    return {
        **_of_people(account, admin),
        "trigger_id": trigger.id,
        "number": "1",
        "call_id": factories.make_call(trigger, explanation="{}").id,
        "notice_id": factories.make_notice(account).id,
        "resend_id": resend["id"],
        "turn": "pause",
        "hook_id": hook.id,
        "secret_id": hook.secrets[1].id,
        "event_id": event.id,
        "delivery_id": delivery.id,
        "attempt_id": attempts_of(delivery.id)[0].id,
        "mask_id": factories.make_mask(account=account).id,
        "key_id": page.partition('<tr id="')[2].partition('"')[0],
        "token": token,
        "slug": "night",
        "key": "own.type",
    }


def _of_people(account: Account, admin: Browser) -> Ids:
    """Somebody of ``account``, somebody who is invited, and a browser of the admin."""
    return {
        "account_id": account.id,
        "person_id": factories.make_person(account=account).id,
        "invitation_id": invite(None, Role.STAFF, factories.make_actor(account))[0].id,
        "session_id": read(admin.get("/profile").text).rows[0],
    }
