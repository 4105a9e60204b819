"""الأمان of a hook: what it signs with, another secret with an overlap, the end of an old one."""

from collections.abc import Callable

import pytest
from standardwebhooks import Webhook

from portal.extensions import db
from portal.models import Account, Hook
from portal.pipeline.hooks import public_key_of, secret_of
from portal.pipeline.secrets import end_secret, rotate_secret
from tests import factories
from tests.clients import Api, Browser
from tests.receiver import Receiver
from tests.web.html import HTMX, read

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PATH = "/settings/webhooks"
GIVEN = "whsec_" + "QUJD" * 8


@pytest.fixture
def hook(account: Account, receiver: Receiver) -> Hook:
    """A hook with the secret of the tests."""
    return factories.make_hook(receiver.url)


def security(hook: Hook) -> str:
    """The address of the page."""
    return f"{PATH}/{hook.id}/security"


def rows(browser: Browser, hook: Hook) -> list[str]:
    """The states of the rows of secrets, from top to bottom."""
    return [row["data-state"] for row in read(browser.get(security(hook)).text).all("tr")[1:]]


def fresh(hook: Hook) -> Hook:
    """The hook as it stands by now."""
    db.session.expire_all()
    return db.session.get_one(Hook, hook.id)


def test_the_page_tells_how_a_hook_signs_and_never_the_secret(staff: Browser, hook: Hook) -> None:
    answer = staff.get(security(hook))
    page = read(answer.text)
    for said in ("HMAC-SHA256", "webhook-id", "webhook-timestamp", "webhook-signature"):
        assert said in page.text
    assert f"••••••••{factories.SECRET[-4:]}" in page.text
    assert "لم يُستخدم بعد" in page.text
    assert factories.SECRET.removeprefix("whsec_")[:20] not in answer.text
    assert "/help#verify" in page.links()


def test_a_rotation_shows_the_new_secret_once_and_both_sign(
    staff: Browser, hook: Hook, receiver: Receiver, drain: Callable[[], int]
) -> None:
    answer = staff.submit(security(hook), {"overlap_hours": "72"})
    assert (answer.status_code, answer.location) == (303, security(hook))
    secret = secret_of(fresh(hook))
    page = staff.get(security(hook)).text
    assert secret in read(page).text
    assert "تم تبديل رمز الأمان" in page
    assert secret not in staff.get(security(hook)).text
    assert rows(staff, hook) == ["on", "ending"]

    factories.make_delivery(hook)
    drain()
    (arrival,) = receiver.arrivals
    for known in (secret, factories.SECRET):
        Webhook(known).verify(arrival.body, dict(arrival.headers.items()))
    used = read(staff.get(security(hook)).text).text
    assert "لم يُستخدم بعد" not in used


def test_a_secret_of_ones_own_is_taken_with_hours_of_ones_own(staff: Browser, hook: Hook) -> None:
    sent = {"secret": GIVEN, "overlap_hours": "other", "hours": "٠"}
    assert staff.submit(security(hook), sent, headers=HTMX).headers["HX-Redirect"] == security(hook)
    assert secret_of(fresh(hook)) == GIVEN
    assert rows(staff, hook) == ["on", "off"]
    page = read(staff.get(security(hook)).text)
    assert "مُحي" in page.text
    assert "لا استخدام مسجّل" in page.text


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
@pytest.mark.parametrize(
    ("fields", "name", "said"),
    [
        ({"secret": "short"}, "secret", "طول رمز الأمان من 8 أحرف إلى 256 حرفًا"),
        ({"secret": factories.SECRET}, "secret", "أدخل رمزًا آخر"),
        ({"overlap_hours": "other", "hours": "169"}, "hours", "من 0 إلى 168"),
        ({"overlap_hours": "other", "hours": ""}, "hours", "من 0 إلى 168"),
        ({"overlap_hours": "other", "hours": "x", "secret": "short"}, "secret", "من 8 أحرف"),
        ({"overlap_hours": "-1"}, "overlap_hours", "من 0 إلى 168"),
        ({"overlap_hours": "soon"}, "overlap_hours", "من 0 إلى 168"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_changes_nothing(
    staff: Browser,
    hook: Hook,
    fields: dict[str, str],
    name: str,
    said: str,
    headers: dict[str, str],
) -> None:
    answer = staff.submit(security(hook), fields, headers=headers)
    assert answer.status_code == 422
    beside = answer.text.partition(f'id="{name}-error"')[2].partition("</p>")[0]
    assert said in read(f"<p>{beside}").text
    assert answer.text.lstrip().startswith("<form") is bool(headers)
    assert secret_of(fresh(hook)) == factories.SECRET


def test_a_key_pair_shows_its_public_keys_and_takes_no_secret(
    staff: Browser, account: Account
) -> None:
    hook = factories.make_hook(signature="ed25519")
    first = public_key_of(hook)
    assert not read(staff.get(security(hook)).text).all("input", name="secret")
    staff.submit(security(hook), {"overlap_hours": "24"})
    answer = staff.get(security(hook))
    page, second = read(answer.text).text, public_key_of(fresh(hook))
    assert f"{first}" in page
    assert f"{second}" in page
    assert "المفتاح العام الجديد" in page
    assert "whsk_" not in answer.text
    assert secret_of(hook).removeprefix("whsk_") not in answer.text
    assert "/help#ed25519" in read(answer.text).links()
    refused = staff.submit(security(hook), {"secret": GIVEN})
    assert "تولّد المنصة رمز الأمان" in refused.text


def test_an_overlap_is_ended_after_a_question(staff: Browser, hook: Hook) -> None:
    rotate_secret(hook.id, actor=factories.make_actor())
    old = fresh(hook).secrets[1].id
    ask = f"{security(hook)}/secrets/{old}/end"
    assert ask in read(staff.get(security(hook)).text).links()
    assert f"••••{factories.SECRET[-4:]}" in read(staff.get(ask).text).text
    assert staff.get(ask, headers=HTMX).text.lstrip().startswith('<section id="end-secret"')
    for _ in range(2):
        answer = staff.submit(ask, page=security(hook))
        assert (answer.status_code, answer.location) == (303, security(hook))
    assert "لم نعد نوقّع به" in staff.get(security(hook)).text
    assert rows(staff, hook) == ["on", "off"]


def test_the_current_secret_and_those_of_other_hooks_cannot_be_ended(
    staff: Browser, outsider: Browser, hook: Hook
) -> None:
    other = factories.make_hook()
    rotate_secret(hook.id, actor=factories.make_actor())
    rotate_secret(other.id, actor=factories.make_actor())
    current, old = (secret.id for secret in fresh(hook).secrets)
    foreign = fresh(other).secrets[1].id
    for browser, secret_id in (
        (staff, current),
        (staff, foreign),
        (staff, "sec_x"),
        (outsider, old),
    ):
        path = f"{security(hook)}/secrets/{secret_id}/end"
        assert browser.get(path).status_code == 404
        assert browser.submit(path, page=f"{PATH}/new").status_code == 404
    assert rows(staff, hook) == ["on", "ending"]


def test_support_has_no_such_tab(support: Browser, hook: Hook) -> None:
    rotate_secret(hook.id, actor=factories.make_actor())
    page = read(support.get(f"{PATH}/{hook.id}").text)
    assert security(hook) not in page.links()
    assert f"{PATH}/{hook.id}/edit" not in page.links()
    assert f"{PATH}/{hook.id}/deliveries" in page.links()
    assert support.get(security(hook)).status_code == 403


def test_the_hook_that_is_off_or_gone_has_its_page_or_none(
    staff: Browser, api: Api, hook: Hook
) -> None:
    api.patch(f"/hooks/{hook.id}", {"enabled": False})
    assert staff.get(security(hook)).status_code == 200
    api.delete(f"/hooks/{hook.id}")
    assert staff.get(security(hook)).status_code == 404
    assert staff.submit(security(hook), {}, page=f"{PATH}/new").status_code == 404


def test_the_way_of_signing_is_chosen_and_changed(staff: Browser, api: Api, hook: Hook) -> None:
    made = {
        "name": "بمفتاح عام",
        "url": "https://example.com/in",
        "event_types": ["contact.created"],
        "policy": "simple",
    }
    answer = staff.submit(f"{PATH}/new", {**made, "signature": "ed25519"})
    shown = read(staff.get(answer.location).text)
    [newest] = [one for one in api.get("/hooks").json["items"] if one["name"] == "بمفتاح عام"]
    assert newest["signature"] == "ed25519"
    assert "المفتاح العام الجديد" in shown.text
    assert newest["public_key"] in shown.text

    edit = f"{PATH}/{newest['id']}/edit"
    page = read(staff.get(edit).text)
    assert "checked" in page.one("input", name="signature", value="ed25519")
    assert "يستبدل رمز الأمان فور الحفظ" in page.text
    answer = staff.submit(edit, {**made, "signature": "hmac"})
    assert answer.location == f"{PATH}/{newest['id']}/security"
    shown = read(staff.get(answer.location).text).text
    assert shown.partition("whsec_")[2]
    assert "whsec_" not in staff.get(answer.location).text
    refused = staff.submit(edit, {**made, "signature": "rsa"})
    assert "طريقة التوقيع المقبولة" in read(refused.text).text


def test_last_use_is_that_of_each_secrets_own_time(
    staff: Browser, hook: Hook, drain: Callable[[], int]
) -> None:
    factories.make_delivery(hook)
    drain()
    rotate_secret(hook.id, actor=factories.make_actor())
    old = fresh(hook).secrets[1].id
    end_secret(hook.id, old, actor=factories.make_actor())
    page = staff.get(security(hook)).text
    current, ended = (part.partition("</tr>")[0] for part in page.split("<tr id=")[1:])
    assert "لم يُستخدم بعد" in current
    assert "لا استخدام مسجّل" not in ended
