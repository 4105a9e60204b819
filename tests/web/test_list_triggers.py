"""المشغّلات: the table of triggers, and its switches."""

import pytest

from portal.models import Account
from portal.web.routes import triggers as routes
from tests.clients import Api, Browser
from tests.web.callers import call, make_trigger
from tests.web.html import HTMX, read

PATH = "/triggers"


def test_an_account_without_triggers_is_offered_a_first_one(
    admin: Browser, support: Browser
) -> None:
    page = read(admin.get(PATH).text)
    assert "لا توجد مشغّلات بعد." in page.text
    assert f"{PATH}/new" in page.links()
    for_support = read(support.get(PATH).text)
    assert f"{PATH}/new" not in for_support.links()
    assert "اطلب من مدير التكاملات إنشاء أول مشغّل" in for_support.text


def test_a_row_says_mode_state_and_last_call(
    admin: Browser, api: Api, outside_api: Api, account: Account
) -> None:
    outside_api.post(PATH, {"name": "للآخرين"})
    first = make_trigger(api, mode="sync", enabled=False)
    second = make_trigger(api, auth={"kind": "basic", "username": "u", "password": "p"})
    call(admin, second)
    page = read(admin.get(PATH).text)
    assert page.rows == [second["id"], first["id"]]
    assert page.one("tr", data_id=first["id"])["data-state"] == "off"
    assert page.one("tr", data_id=second["id"])["data-state"] == "on"
    for words in ("غير متزامن · مصادقة HTTP", "متزامن · دون مصادقة", "لم يُستدعَ بعد", "مرفوض"):
        assert words in page.text
    copies = [button.get("data-copy") for button in page.all("button")]
    assert {first["url"], second["url"]} <= set(copies)


def test_the_address_is_hidden_from_support(support: Browser, api: Api, account: Account) -> None:
    made = make_trigger(api)
    token = made["url"].rpartition("/")[2]
    for path in (PATH, f"{PATH}/{made['id']}"):
        answer = support.get(path)
        assert answer.status_code == 200
        assert token not in answer.text
        assert "محجوب" in answer.text
        assert not read(answer.text).all("button", role="switch")


def test_a_search_finds_names_however_they_are_spelled(
    admin: Browser, api: Api, account: Account
) -> None:
    wanted = make_trigger(api, name="إشعارات المتجر")
    make_trigger(api, name="آخر")
    for q in ("اشعارات", "المتجر "):
        assert read(admin.get(PATH, query_string={"q": q}).text).rows == [wanted["id"]]
    nothing = read(admin.get(PATH, query_string={"q": '"><b>'}).text)
    assert "لا مشغّلات بهذا الاسم." in nothing.text
    assert not nothing.all("b")


def test_htmx_gets_the_list_alone(admin: Browser, api: Api, account: Account) -> None:
    make_trigger(api)
    answer = admin.get(PATH, headers=HTMX)
    assert "<html" not in answer.text
    assert 'id="triggers-list"' in answer.text


def test_long_lists_are_paged(
    admin: Browser, api: Api, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "SHOWN", 2)
    ids = [make_trigger(api)["id"] for _ in range(3)]
    first = read(admin.get(PATH).text)
    assert first.rows == [ids[2], ids[1]]
    last = read(admin.get(first.one("a", id="older")["href"]).text)
    assert last.rows == [ids[0]]
    assert not last.all("a", id="older")


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_a_switch_turns_off_and_on(
    staff: Browser, api: Api, account: Account, headers: dict[str, str]
) -> None:
    made = make_trigger(api)
    switch = f"{PATH}/{made['id']}/switch"
    for enabled, state, status in (("0", "off", 404), ("1", "on", 200)):
        answer = staff.submit(switch, {"enabled": enabled}, page=PATH, headers=headers)
        if headers:
            row = read(answer.text).one("tr", data_id=made["id"])
            assert (row["data-state"], row["class"]) == (state, "changed")
        else:
            assert answer.location == PATH
        assert api.get(f"{PATH}/{made['id']}").json["enabled"] is (enabled == "1")
        assert call(staff, made).status_code == status
    assert staff.submit(switch, {"enabled": "x"}, page=PATH).status_code == 400


def test_deleted_triggers_are_gone(staff: Browser, api: Api, account: Account) -> None:
    made = make_trigger(api)
    path = f"{PATH}/{made['id']}"
    page = read(staff.get(f"{path}/delete").text)
    assert "يبقى سجل استدعاءاته" in page.text
    part = staff.get(f"{path}/delete", headers=HTMX).text
    assert "<html" not in part
    assert 'id="delete-trigger"' in part
    assert staff.submit(f"{path}/delete", {"reason": "طلب العميل"}).location == PATH
    assert read(staff.get(PATH).text).rows == []
    assert staff.get(path).status_code == 404
    assert call(staff, made).status_code == 404
