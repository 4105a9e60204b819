"""السياسات: what each policy will do, in words, and an account's own ones."""

import pytest

from tests.clients import Api, Browser
from tests.web.html import read

URL = "/settings/policies"
FIELDS = {
    "name": "متجر بطيء",
    "batch_size": "١",
    "batch_wait_seconds": "0",
    "per_minute": "30",
    "in_flight": "2",
    "timeout_seconds": "20",
    "retry_delays": "0، 60، ٣٠٠",
}


def slug_of(api: Api, name: str) -> str:
    return next(p["slug"] for p in api.get("/policies").json["items"] if p["name"] == name)


@pytest.mark.parametrize(
    "words",
    [
        "يُرسل كل حدث وحده فور وقوعه.",
        "حجم الدفعة: 100 حدث. أقصى انتظار لاكتمالها: 30 ثانية.",
        "لا يُرسل حدث قبل تسليم ما سبقه.",
        "الحد الأقصى في الدقيقة: 60 طلبًا. ما زاد عليه يتأخر ولا يضيع.",
        "عدد المحاولات: 10، والمدة من أولها إلى آخرها: 3 أيام تقريبًا.",
    ],
)
def test_the_page_says_in_words_what_each_policy_does(staff: Browser, words: str) -> None:
    assert words in staff.get(URL).text


def test_an_admin_adds_a_policy_typing_arabic_digits(admin: Browser, api: Api) -> None:
    assert admin.submit(f"{URL}/new", FIELDS).status_code == 303
    policy = api.get(f"/policies/{slug_of(api, 'متجر بطيء')}").json
    assert policy["retry_delays"] == [0, 60, 300]
    assert (policy["batch_size"], policy["per_minute"], policy["builtin"]) == (1, 30, False)
    assert "30 طلبًا" in admin.get(URL).text


def test_wrong_numbers_come_back_beside_their_fields(admin: Browser, api: Api) -> None:
    answer = admin.submit(f"{URL}/new", {**FIELDS, "timeout_seconds": "كثير", "retry_delays": ""})
    assert answer.status_code == 422
    assert 'id="timeout_seconds-error"' in answer.text
    assert 'id="retry_delays-error"' in answer.text
    assert all(policy["builtin"] for policy in api.get("/policies").json["items"])


def test_what_the_form_proposes_needs_only_a_name(admin: Browser, api: Api) -> None:
    page = read(admin.get(f"{URL}/new").text)
    shown = {name: page.one("input", name=name)["value"] for name in FIELDS}
    assert shown["batch_wait_seconds"] == "0"
    assert admin.submit(f"{URL}/new", {**shown, "name": "كما هي"}).status_code == 303
    made, simple = api.get(f"/policies/{slug_of(api, 'كما هي')}").json, api.get("/policies/simple")
    own = {"slug", "name", "description", "builtin"}
    assert {k: v for k, v in made.items() if k not in own}.items() <= simple.json.items()


@pytest.mark.parametrize("field", ["name", "description"])
def test_a_character_that_no_text_holds_is_refused_beside_its_field(
    admin: Browser, api: Api, field: str
) -> None:
    answer = admin.submit(f"{URL}/new", {**FIELDS, field: "متجر\0بطيء"})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert "في النص رمز غير مسموح به." in answer.text
    assert all(policy["builtin"] for policy in api.get("/policies").json["items"])


def test_an_admin_changes_and_deletes_an_own_policy(admin: Browser, api: Api) -> None:
    admin.submit(f"{URL}/new", FIELDS)
    slug = slug_of(api, "متجر بطيء")
    admin.submit(f"{URL}/{slug}/edit", {**FIELDS, "per_minute": ""})
    assert api.get(f"/policies/{slug}").json["per_minute"] is None
    asked = admin.submit(f"{URL}/{slug}/delete", {"reason": ""})
    assert asked.status_code == 422
    assert "اكتب السبب" in asked.text
    assert api.get(f"/policies/{slug}").status_code == 200
    admin.submit(f"{URL}/{slug}/delete", {"reason": "طلب العميل"})
    assert api.get(f"/policies/{slug}").status_code == 404


def test_a_policy_that_a_hook_has_stays(admin: Browser, api: Api) -> None:
    admin.submit(f"{URL}/new", FIELDS)
    slug = slug_of(api, "متجر بطيء")
    hook = {"name": "خ", "url": "http://127.0.0.1:9/", "event_types": ["order.status"]}
    assert api.post("/hooks", {**hook, "policy": slug}).status_code == 201
    admin.submit(f"{URL}/{slug}/delete", {"reason": "طلب العميل"})
    assert api.get(f"/policies/{slug}").status_code == 200


def test_shipped_policies_and_other_peoples_are_not_to_be_changed(
    admin: Browser, outsider: Browser, api: Api
) -> None:
    admin.submit(f"{URL}/new", FIELDS)
    assert admin.get(f"{URL}/simple/edit").status_code == 404
    assert outsider.get(f"{URL}/{slug_of(api, 'متجر بطيء')}/edit").status_code == 404


def test_only_admins_add_policies(staff: Browser, support: Browser) -> None:
    assert staff.get(f"{URL}/new").status_code == 403
    assert support.get(f"{URL}/new").status_code == 403
