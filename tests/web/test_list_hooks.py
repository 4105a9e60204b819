"""الإعدادات ← Webhooks: the table of hooks, and the API's list of them."""

import pytest

from portal.models import Account
from portal.web.routes import hooks as routes
from tests import factories
from tests.clients import Api, Browser
from tests.web.html import HTMX, read

PATH = "/settings/webhooks"


def test_an_account_without_hooks_is_offered_a_first_one(admin: Browser, support: Browser) -> None:
    page = read(admin.get(PATH).text)
    assert "لا توجد خطافات ويب بعد." in page.text
    assert page.all("form", action="/sandbox/try")
    assert f"{PATH}/new" in page.links()
    for_support = read(support.get(PATH).text)
    assert not for_support.all("form", action="/sandbox/try")
    assert f"{PATH}/new" not in for_support.links()
    assert "اطلب من مدير التكاملات إنشاء أول خطاف" in for_support.text
    assert "أنشئ" not in for_support.text.partition("لا توجد خطافات")[2]


def test_the_newest_hook_stands_first_and_those_of_others_nowhere(
    admin: Browser, account: Account, other_account: Account
) -> None:
    first, second = factories.make_hook(), factories.make_hook()
    factories.make_hook(account=other_account)
    assert read(admin.get(PATH).text).rows == [second.id, first.id]


def test_a_row_shows_name_short_url_state_and_time(admin: Browser, account: Account) -> None:
    factories.make_hook("https://example.com/in/?key=s3cret#part", name="متجر", enabled=False)
    answer = admin.get(PATH)
    page = read(answer.text)
    assert page.one("tr", data_state="off")
    for shown in ("متجر", "https://example.com/in/?…", "موقوف", "رسالة واردة"):
        assert shown in page.text
    assert "s3cret" not in answer.text


def test_a_search_finds_names_however_they_are_spelled(admin: Browser, account: Account) -> None:
    wanted = factories.make_hook(name="إشعارات المتجر")
    factories.make_hook(name="100% آخر")
    for q in ("اشعارات", "المتجر ", "إشعاراتُ"):
        assert read(admin.get(PATH, query_string={"q": q}).text).rows == [wanted.id], q
    assert len(read(admin.get(PATH, query_string={"q": "%"}).text).rows) == 1
    assert read(admin.get(PATH, query_string={"q": "_"}).text).rows == []


def test_a_search_without_results_says_so(admin: Browser, account: Account) -> None:
    factories.make_hook()
    page = read(admin.get(PATH, query_string={"q": '"><b>لا شيء'}).text)
    assert "لا خطافات بهذا الاسم." in page.text
    assert page.one("input", name="q")["value"] == '"><b>لا شيء'
    assert not page.all("b")


def test_htmx_gets_the_list_alone(admin: Browser, account: Account) -> None:
    hook = factories.make_hook()
    answer = admin.get(PATH, query_string={"q": hook.name}, headers=HTMX)
    assert answer.text.lstrip().startswith('<div id="hooks-list"')
    assert read(answer.text).rows == [hook.id]
    assert "HX-Request" in answer.headers["Vary"]
    restored = admin.get(PATH, headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert "<html" in restored.text


def test_a_long_list_goes_on_page_by_page(
    admin: Browser, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "SHOWN", 2)
    ids = [factories.make_hook().id for _ in range(5)]
    seen, path = [], PATH
    for _ in range(3):
        page = read(admin.get(path).text)
        seen += page.rows
        path = next((link for link in page.links() if "cursor=" in link), path)
    assert seen == ids[::-1]


def test_the_api_lists_page_by_page(api: Api, account: Account) -> None:
    ids = [factories.make_hook().id for _ in range(5)]
    seen, cursor = [], None
    while True:
        page = api.get("/hooks", limit="2", cursor=cursor).json
        seen += [hook["id"] for hook in page["items"]]
        assert len(page["items"]) <= 2
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ids[::-1]


def test_the_api_searches_and_keeps_accounts_apart(
    api: Api, outside_api: Api, account: Account
) -> None:
    hook = factories.make_hook(name="إشعارات")
    assert [one["id"] for one in api.get("/hooks", q="اشعارات").json["items"]] == [hook.id]
    assert api.get("/hooks", q="غيره").json == {"items": [], "next": None}
    assert outside_api.get("/hooks").json["items"] == []


def test_a_page_of_the_api_has_1_to_100_items(api: Api) -> None:
    for limit in ("1", "100", "007"):
        assert api.get("/hooks", limit=limit).status_code == 200
    for limit in ("0", "101", "-1", "ten", "1.5", "٥", "1e1", "00000001000000000"):
        answer = api.get("/hooks", limit=limit)
        said = [(error["pointer"], error["code"]) for error in answer.json["errors"]]
        assert (answer.status_code, said) == (422, [("/limit", "bad_number")]), limit
