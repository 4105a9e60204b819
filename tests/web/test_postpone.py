"""The automatic switch-off of a hook that keeps failing: announced everywhere, and put off."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.extensions import db
from portal.models import Account, Hook, Stream, now
from tests import factories
from tests.clients import Api, Browser
from tests.web.html import read

PATH = "/settings/webhooks"
AT_NEXT_FAILURE = "عند الفشل التالي"


def failing_for(days: float, failures: int = 3, **draft: bool) -> Hook:
    """A hook whose last ``failures`` attempts, over so many days, have all failed."""
    hook = factories.make_hook(**draft)
    stream = db.session.get_one(Stream, hook.id)
    stream.failing_since, stream.last_failed_at = now() - timedelta(days=days), now()
    stream.last_ok, stream.consecutive_failures = False, failures
    db.session.commit()
    return hook


def ends(api: Api, hook: Hook) -> datetime | None:
    """What the API says of when the hook is switched off, alone and in the list."""
    said = api.get(f"/hooks/{hook.id}").json["switch_off_at"]
    [listed] = api.get("/hooks").json["items"]
    assert (listed["switch_off_at"] is None) is (said is None)
    return datetime.fromisoformat(said) if said else None


def test_the_list_the_page_and_the_api_say_when_a_failing_hook_goes_off(
    support: Browser, api: Api, account: Account
) -> None:
    hook = failing_for(days=1)
    said = ends(api, hook)
    assert said is not None
    assert abs(said - now() - timedelta(days=4)) < timedelta(minutes=1)
    row = read(support.get(PATH).text)
    assert "يُوقف تلقائيًا خلال 4 أيام" in row.text
    assert "فسنوقف الخطاف تلقائيًا خلال 4 أيام" in read(support.get(f"{PATH}/{hook.id}").text).text


def test_a_moment_that_is_past_is_not_shown(staff: Browser, api: Api, account: Account) -> None:
    hook = failing_for(days=6)
    said = ends(api, hook)
    assert said is not None
    assert abs(said - datetime.now(UTC)) < timedelta(minutes=1)
    row, page = (read(staff.get(path).text).text for path in (PATH, f"{PATH}/{hook.id}"))
    assert f"يُوقف تلقائيًا {AT_NEXT_FAILURE}" in row
    assert f"سنوقف الخطاف تلقائيًا {AT_NEXT_FAILURE}" in page
    assert "قبل يوم واحد" not in row + page


@pytest.mark.parametrize(
    ("failures", "enabled"), [(2, True), (9, False)], ids=["a few failures", "switched off"]
)
def test_a_hook_that_does_well_or_is_off_has_no_such_moment(
    staff: Browser, api: Api, account: Account, failures: int, enabled: bool
) -> None:
    hook = failing_for(days=4, failures=failures, enabled=enabled)
    assert ends(api, hook) is None
    assert "تلقائيًا" not in read(staff.get(PATH).text).text


def test_staff_put_it_off_by_three_days(staff: Browser, api: Api, account: Account) -> None:
    hook = failing_for(days=4)
    here = f"{PATH}/{hook.id}"
    assert "أجّل الإيقاف" in staff.get(here).text
    answer = staff.submit(f"{here}/postpone", page=here)
    assert answer.location == here
    said = ends(api, hook)
    assert said is not None
    assert abs(said - now() - timedelta(days=4)) < timedelta(minutes=1)
    assert "أُجّل الإيقاف التلقائي." in staff.get(here).text


def test_support_and_strangers_put_nothing_off(
    support: Browser, outsider: Browser, api: Api, account: Account
) -> None:
    hook = failing_for(days=4)
    before, path = ends(api, hook), f"{PATH}/{hook.id}/postpone"
    assert "أجّل الإيقاف" not in support.get(f"{PATH}/{hook.id}").text
    assert support.submit(path, page="/deliveries").status_code == 403
    assert outsider.submit(path, page=PATH + "/new").status_code == 404
    assert ends(api, hook) == before
