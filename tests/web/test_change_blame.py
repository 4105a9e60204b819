"""A hook's failures name the change that preceded them."""

from datetime import timedelta

import pytest

from portal.extensions import db
from portal.models import Account, Hook, Stream, now
from portal.pipeline.secrets import rotate_secret
from tests import factories
from tests.clients import Browser
from tests.web.html import read

SAID = "بدأ الفشل بعد «تبديل رمز الأمان»"


@pytest.fixture
def hook(account: Account) -> Hook:
    """A hook whose secret was changed just now."""
    hook = factories.make_hook()
    rotate_secret(hook.id, 0, actor=factories.make_actor(account))
    return hook


def fail(hook: Hook, last_ok: timedelta, failing: timedelta) -> None:
    """Let ``hook`` have succeeded and failed so long from now."""
    moments = {"last_ok_at": now() + last_ok, "failing_since": now() + failing}
    db.session.query(Stream).filter_by(hook_id=hook.id).update(moments)
    db.session.commit()


BEFORE, AFTER = timedelta(minutes=-5), timedelta(minutes=3)


def test_it_is_told_on_the_hook_and_the_delivery_and_leads_to_the_record(
    admin: Browser, support: Browser, hook: Hook
) -> None:
    fail(hook, BEFORE, AFTER)
    failed = {"state": "waiting", "last_at": now() + AFTER, "last_error": "http_401"}
    delivery = factories.make_delivery(hook, attempt_count=1, **failed)
    for path in (f"/settings/webhooks/{hook.id}", f"/deliveries/{delivery.id}"):
        for browser, may_see in ((admin, True), (support, False)):
            text = browser.get(path).text
            assert SAID in read(text).text, path
            assert ("ما الذي تغيّر؟" in text) is may_see
    link = admin.get(f"/deliveries/{delivery.id}").text.partition("/settings/audit?q=")[2]
    assert (
        admin.get(f"/settings/audit?q={link.partition(chr(34))[0]}").text.count("audit-head") == 1
    )


@pytest.mark.parametrize(("last_ok", "failing"), [(AFTER, 2 * AFTER), (2 * BEFORE, BEFORE)])
def test_a_change_that_seems_innocent_is_not_named(
    admin: Browser, hook: Hook, last_ok: timedelta, failing: timedelta
) -> None:
    fail(hook, last_ok, failing)
    assert SAID not in admin.get(f"/settings/webhooks/{hook.id}").text


def test_what_was_before_is_called_good_only_where_nothing_else_was_changed_meanwhile(
    admin: Browser, hook: Hook, account: Account
) -> None:
    fail(hook, BEFORE, AFTER)
    page = f"/settings/webhooks/{hook.id}"
    assert "ما قبله كان يصل" in admin.get(page).text
    rotate_secret(hook.id, 0, actor=factories.make_actor(account))
    text = admin.get(page).text
    assert SAID in read(text).text
    assert "ما قبله كان يصل" not in text
