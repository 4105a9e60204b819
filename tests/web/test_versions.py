"""The versions of a trigger: listed, compared, gone back to."""

import re
from typing import Any

import pytest

from portal.extensions import db
from portal.models import Trigger, TriggerVersion
from portal.pipeline import triggers
from portal.web import version_words
from tests import factories
from tests.clients import Api, Browser
from tests.outsiders import BASIC, GITHUB, SECRET
from tests.web.callers import make_trigger
from tests.web.html import HTMX, read

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PAID = {
    "name": "مدفوع",
    "when": {"all": [{"left": "body.status", "op": "eq", "right": "paid"}]},
    "response": {"status": 201},
}
CUSTOM = {"header": "X-A", "signed": "{body}", "prefix": "a=", "algorithm": "sha256"}
CALL = {"as": "ask", "url": "https://a.example/?token=s3cret-a", "headers": {"X-K": "s3cret-b"}}


@pytest.fixture
def trigger(api: Api) -> dict[str, Any]:
    """A trigger with three versions: as made, with a rule, and synchronous."""
    made = make_trigger(api)
    change(api, made, rules=[PAID])
    return change(api, made, mode="sync")


def change(api: Api, made: dict[str, Any], **members: Any) -> dict[str, Any]:
    """The trigger after a change."""
    answer = api.patch(f"/triggers/{made['id']}", members)
    assert answer.status_code == 200, answer.text
    return answer.json


def path_of(made: dict[str, Any], *rest: object) -> str:
    """A page of the versions of ``made``."""
    return "/".join([f"/triggers/{made['id']}/versions", *map(str, rest)])


def test_every_saved_change_is_listed_with_who_when_and_what(
    support: Browser, trigger: dict[str, Any]
) -> None:
    page = read(support.get(path_of(trigger)).text)
    rows = page.all("tr")
    numbers = [row["data-number"] for row in rows if "data-number" in row]
    assert numbers == ["3", "2", "1"]
    assert [row["data-state"] for row in rows if "data-state" in row] == ["current", "past", "past"]
    for words in ("تغيّر: طريقة الرد.", "أُضيفت القاعدة «مدفوع».", "أول إصدار.", "المنصة"):
        assert words in page.text
    assert f"/triggers/{trigger['id']}/versions" in str(
        read(support.get(f"/triggers/{trigger['id']}").text).links()
    )


def test_a_moment_is_shown_in_the_zone_of_the_account(
    admin: Browser, trigger: dict[str, Any]
) -> None:
    factories.make_account().time_zone = "Asia/Tokyo"
    row = db.session.query(TriggerVersion).filter_by(trigger_id=trigger["id"], number=1).one()
    row.created_at = row.created_at.replace(2026, 1, 2, 20, 0, 0)
    db.session.commit()
    assert "3 يناير 2026، 5:00:00 ص" in read(admin.get(path_of(trigger)).text).text


def test_a_long_list_goes_on_and_the_last_page_begins_at_the_first_version(
    admin: Browser, api: Api
) -> None:
    made = make_trigger(api)
    for seconds in range(11, 33):
        change(api, made, deadline_seconds=seconds)
    page = read(admin.get(path_of(made)).text)
    assert len(page.rows) == 20
    rest = read(admin.get(page.one("a", id="older")["href"]).text)
    assert [row["data-number"] for row in rest.all("tr", data_state="past")] == ["3", "2", "1"]
    assert "أول إصدار." in rest.text
    assert not rest.all("a", id="older")


def test_a_version_is_compared_with_the_one_before_it_or_with_any_other(
    support: Browser, trigger: dict[str, Any]
) -> None:
    page = read(support.get(path_of(trigger, 2)).text)
    assert "ما تغيّر من الإصدار 1 إلى الإصدار 2" in page.text
    assert page.one("li", data_member="rules")["data-kind"] == "added"
    assert "body.status يساوي" in page.text
    # The older stands first, whichever was asked for.
    other = read(support.get(path_of(trigger, 1), query_string={"with": "3"}).text)
    assert "ما تغيّر من الإصدار 1 إلى الإصدار 3" in other.text
    assert other.one("li", data_member="mode")["data-kind"] == "changed"
    part = support.get(path_of(trigger, 2), query_string={"with": "3"}, headers=HTMX).text
    assert part.lstrip().startswith('<section id="comparison"')


def test_the_parts_of_a_changed_rule_are_shown_before_and_after(
    support: Browser, api: Api, trigger: dict[str, Any]
) -> None:
    rule = PAID | {"enabled": False, "call": CALL, "response": {"status": 204, "body": ""}}
    change(api, trigger, rules=[rule])
    page = read(support.get(path_of(trigger, 4)).text)
    for words in ("كانمفعّلة", "صارموقوفة", "رمز الحالة كان201 صار204", "https://a.example/?…"):
        assert words in page.text, words


def test_no_page_of_versions_holds_a_secret(
    admin: Browser, support: Browser, api: Api, trigger: dict[str, Any]
) -> None:
    secret = "s3cret-of-basic"
    change(api, trigger, auth=BASIC | {"password": secret})
    change(api, trigger, auth=GITHUB)
    change(api, trigger, auth=GITHUB | {"secret": f"{SECRET}2", "previous_secret": SECRET})
    change(api, trigger, rules=[PAID, {"name": "سؤال", "call": CALL}])
    for browser in (admin, support):
        for path in ("", "/4", "/5", "/6", "/7", "/7?with=1", "/4/restore", "/5/restore"):
            page = browser.get(path_of(trigger) + path).text
            for hidden in (secret, SECRET, "s3cret-a", "s3cret-b"):
                assert hidden not in page or (browser is admin and hidden == "s3cret-a"), path
    said = read(admin.get(path_of(trigger)).text).text
    assert "تغيّر: رمز الأمان، رمز الأمان السابق." in said
    assert "نورة" not in support.get(path_of(trigger, 4)).text


def test_going_back_makes_a_new_version_with_the_old_configuration(
    staff: Browser, api: Api, trigger: dict[str, Any]
) -> None:
    path = path_of(trigger, 1, "restore")
    dialog = staff.get(path, headers=HTMX).text
    assert dialog.lstrip().startswith('<section id="restore-version"')
    assert "حُذفت القاعدة «مدفوع»" in read(dialog).text
    answer = staff.submit(path)
    assert (answer.status_code, answer.location) == (303, f"/triggers/{trigger['id']}")
    now = api.get(f"/triggers/{trigger['id']}").json
    assert (now["version"], now["mode"], now["rules"]) == (4, "async", [])
    page = read(staff.get(path_of(trigger)).text)
    assert "إعداداته هي إعدادات الإصدار 1 نفسها." in page.text
    assert "staff@nour.example" in page.text


def test_going_back_to_what_is_already_so_changes_nothing(
    staff: Browser, api: Api, trigger: dict[str, Any]
) -> None:
    assert staff.submit(path_of(trigger, 3, "restore"), page="/triggers/new").status_code == 303
    assert "فلم نغيّر شيئًا" in staff.get(f"/triggers/{trigger['id']}").text
    assert api.get(f"/triggers/{trigger['id']}").json["version"] == 3


def test_the_current_secret_stays_and_the_name_and_the_switch_too(staff: Browser, api: Api) -> None:
    made = make_trigger(api, auth=GITHUB)
    change(api, made, auth={"kind": "signature", "secret": "another-secret"}, mode="sync")
    change(api, made, name="اسم جديد", enabled=False)
    path = path_of(made, 1, "restore")
    assert "يبقى رمز الأمان الحالي" in staff.get(path).text
    staff.submit(path)
    assert secrets_of(made) == "another-secret"
    now = api.get(f"/triggers/{made['id']}").json
    assert (now["name"], now["enabled"], now["mode"]) == ("اسم جديد", False, "async")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (GITHUB, BASIC, "ترجع معها رموز الأمان"),
        (GITHUB, GITHUB | {"preset": "stripe", "secret": "whsec_abc"}, "ترجع معها رموز الأمان"),
    ],
)
def test_the_old_secrets_come_back_with_another_kind_or_sender_and_that_is_said(
    staff: Browser, api: Api, old: dict[str, Any], new: dict[str, Any], words: str
) -> None:
    made = make_trigger(api, auth=old)
    change(api, made, auth=new)
    path = path_of(made, 1, "restore")
    assert words in staff.get(path).text
    staff.submit(path)
    assert secrets_of(made) == SECRET


def test_going_back_to_no_authentication_warns(staff: Browser, api: Api) -> None:
    made = make_trigger(api)
    change(api, made, auth=BASIC)
    assert "يُقبل كل من يعرف الرابط" in staff.get(path_of(made, 1, "restore")).text


def test_what_may_no_longer_be_saved_is_refused_and_named(
    staff: Browser, api: Api, trigger: dict[str, Any]
) -> None:
    api.post("/event-types", {"key": "own.type", "label": "نوع", "example": {}})
    change(api, trigger, rules=[{"publish": [{"type": "own.type", "data": {}}]}])
    change(api, trigger, rules=[])
    assert api.delete("/event-types/own.type").status_code == 204
    answer = staff.submit(path_of(trigger, 4, "restore"), headers=HTMX)
    assert answer.status_code == 422
    assert "نوع الحدث own.type غير موجود" in read(answer.text).text
    refused = api.post(path_of(trigger, 4, "restore"))
    assert [one["code"] for one in refused.json["errors"]] == ["unknown_event_type"]
    assert api.get(f"/triggers/{trigger['id']}").json["version"] == 5


def test_support_reads_and_does_not_go_back(support: Browser, trigger: dict[str, Any]) -> None:
    for path in (path_of(trigger), path_of(trigger, 1)):
        page = read(support.get(path).text)
        assert not [link for link in page.links() if link.endswith("/restore")]
        assert "كاملة" not in page.text
    path = path_of(trigger, 1, "restore")
    assert support.get(path).status_code == 403
    assert support.submit(path, page="/deliveries").status_code == 403


@pytest.mark.parametrize("number", ["0", "4", "-1", "x", "9" * 30, "٣", "1.0"])
def test_a_version_that_is_not_there_is_not_found(
    admin: Browser, api: Api, trigger: dict[str, Any], number: str
) -> None:
    assert admin.get(path_of(trigger, number)).status_code == 404
    assert admin.get(path_of(trigger, 1), query_string={"with": number}).status_code == 404
    assert admin.get(path_of(trigger), query_string={"before": number}).status_code == 404
    assert api.post(path_of(trigger, number, "restore")).status_code == 404
    assert api.get(path_of(trigger), cursor=number).status_code == 404


def test_others_find_nothing(outsider: Browser, outside_api: Api, trigger: dict[str, Any]) -> None:
    for path in (path_of(trigger), path_of(trigger, 1), path_of(trigger, 1, "restore")):
        assert outsider.get(path).status_code == 404
    assert outside_api.get(path_of(trigger)).status_code == 404
    assert outside_api.post(path_of(trigger, 1, "restore")).status_code == 404
    assert outside_api.post(f"/triggers/{trigger['id']}/preview", {}).status_code == 404


def test_the_api_lists_versions_and_goes_back(api: Api, trigger: dict[str, Any]) -> None:
    first = api.get(path_of(trigger), limit=2).json
    assert [(one["number"], one["current"], one["changed"]) for one in first["items"]] == [
        (3, True, ["mode"]),
        (2, False, ["rules"]),
    ]
    rest = api.get(path_of(trigger), cursor=first["next"]).json
    assert [(one["number"], one["changed"]) for one in rest["items"]] == [(1, [])]
    assert (rest["items"][0]["author"], rest["next"]) == ("المنصة", None)
    assert api.post(path_of(trigger, 2, "restore")).json["mode"] == "async"
    assert api.get(path_of(trigger)).json["items"][0]["number"] == 4


def test_every_member_that_may_change_has_an_arabic_name(
    admin: Browser, api: Api, trigger: dict[str, Any]
) -> None:
    change(api, trigger, auth={"kind": "signature", "custom": CUSTOM, "secret": SECRET})
    changed = CUSTOM | {"header": "X-B", "prefix": "b=", "algorithm": "sha1", "encoding": "base64"}
    change(
        api,
        trigger,
        auth={"custom": changed | {"tolerance_seconds": 9, "key": "base64"}, "secret": "YWJj"},
        variables={"headers": [{"name": "X-A"}], "sample": {"body": []}},
        response={"status": 404, "headers": {"X-A": "1"}, "body": {}},
        on_error={"status": 503},
        accepted=None,
        deadline_seconds=4,
        limits={"body_bytes": 9, "per_minute": 9, "addresses": ["::1"]},
        dedupe={"from": "body:id"},
        rules=[PAID | {"publish": [{"type": "order.status", "data": {}}], "when": None}],
    )
    found = read(admin.get(path_of(trigger, 5)).text)
    members = [one["data-member"] for one in found.all("li") if "data-member" in one]
    assert len(members) > 20
    assert [one for one in members if re.search("[a-z]", version_words.label(one))] == []


def secrets_of(made: dict[str, Any]) -> str | None:
    """The signing secret that a trigger uses now."""
    db.session.rollback()
    return triggers.draft_of(db.session.get_one(Trigger, made["id"])).secrets.secret
