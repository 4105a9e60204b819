"""الحقول المخفية: admins say what is hidden from whom, and see what that would look like."""

import pytest

from portal.domain.states import Role
from portal.extensions import db
from portal.models import Account, PayloadMask
from tests import factories
from tests.clients import Browser
from tests.web.html import HTMX, read

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

URL = "/settings/masks"
FIELDS = {"pattern": "customer.phone", "kind": "phone", "roles": ["support", "staff"]}
SAMPLE = '{"customer": {"phone": "+966555123456"}, "n": 1.50}'


def masks() -> list[tuple[str, str, list[str]]]:
    """The masks there are."""
    rows = db.session.query(PayloadMask).order_by(PayloadMask.id)
    return [(one.pattern, one.kind, one.roles) for one in rows]


def test_a_field_is_hidden_by_its_name(admin: Browser) -> None:
    assert admin.submit(URL, FIELDS).location == URL
    assert masks() == [("customer.phone", "phone", ["support", "staff"])]
    page = read(admin.get(URL).text)
    [mask_id] = page.rows
    assert "customer.phone" in page.text
    assert "موظفو الدعم، مديرو التكاملات" in page.text
    assert page.one("tr", data_id=mask_id)["data-state"] == "phone"


def test_where_there_are_none_the_three_usual_ones_are_one_click_away(admin: Browser) -> None:
    assert "يرى كل من في الحساب البيانات كاملة" in admin.get(URL).text
    assert admin.submit(f"{URL}/usual", page=URL).location == URL
    assert [(pattern, kind) for pattern, kind, _ in masks()] == [
        ("phone", "phone"),
        ("email", "email"),
        ("card", "card"),
    ]
    again = admin.submit(f"{URL}/usual", page=URL)
    assert "هذا المسار محجوب من قبل" in admin.get(again.location).text
    assert len(masks()) == 3


def test_a_usual_field_fills_the_form(admin: Browser) -> None:
    page = read(admin.get(f"{URL}?usual=email").text)
    assert page.one("input", name="pattern")["value"] == "email"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"pattern": ""}, "هذا الحقل مطلوب"),
        ({"pattern": "a..b"}, "المسار غير صحيح"),
        ({"roles": []}, "اختر دورًا واحدًا على الأقل"),
        ({"roles": ["admin"]}, "اختر إحدى هذه القيم"),
        ({"kind": "x"}, "اختر إحدى هذه القيم"),
    ],
)
def test_what_cannot_be_a_mask_is_refused_beside_its_field(
    admin: Browser, wrong: dict[str, object], said: str
) -> None:
    answer = admin.submit(URL, FIELDS | wrong)
    assert answer.status_code == 422
    assert said in answer.text
    assert masks() == []


def test_the_same_field_is_not_hidden_twice(admin: Browser, account: Account) -> None:
    factories.make_mask("customer.phone", account=account)
    answer = admin.submit(URL, FIELDS)
    assert answer.status_code == 422
    assert "هذا المسار محجوب من قبل. اختر «تعديل» بجانبه" in answer.text
    page = read(answer.text)
    [mask_id] = page.rows
    assert page.one("a", href=f"{URL}/{mask_id}", class_="button secondary small")


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "part"])
def test_a_mask_is_tried_on_what_is_pasted_and_nothing_is_kept(
    admin: Browser, headers: dict[str, str]
) -> None:
    fields = FIELDS | {"action": "try", "sample": SAMPLE}
    answer = admin.submit(URL, fields, headers=headers)
    assert answer.status_code == 200
    assert '<span class="masked" title="محجوب عن دورك">•••••</span>3456' in answer.text
    assert "1.50" in read(answer.text).text
    assert masks() == []


def test_a_mask_is_tried_on_the_example_of_an_event_type(admin: Browser) -> None:
    fields = {"pattern": "phone", "kind": "phone", "roles": "support", "action": "try"}
    shown = admin.submit(URL, fields | {"event_type": "contact.created"}).text
    assert "•••••" in shown
    nothing = admin.submit(URL, fields | {"pattern": "nothing.here"}).text
    assert "ليس في هذه البيانات ما يطابق هذا المسار" in nothing


def test_a_sample_that_is_not_json_is_said_to_be_none(admin: Browser) -> None:
    fields = FIELDS | {"action": "try", "sample": "{bad"}
    text = read(admin.submit(URL, fields).text).text
    assert "ما لصقته ليس JSON صحيحًا" in text
    assert "ما يطابق هذا المسار" not in text


def test_a_mask_is_changed(admin: Browser, account: Account) -> None:
    mask = factories.make_mask("phone", account=account)
    path = f"{URL}/{mask.id}"
    assert read(admin.get(path).text).one("input", name="pattern")["value"] == "phone"
    assert admin.submit(path, FIELDS | {"action": "try", "sample": SAMPLE}).status_code == 200
    assert admin.submit(path, FIELDS | {"roles": []}).status_code == 422
    assert masks() == [("phone", "phone", ["support"])]
    assert admin.submit(path, FIELDS).location == URL
    assert masks() == [("customer.phone", "phone", ["support", "staff"])]


def test_a_mask_is_taken_away(admin: Browser, support: Browser, account: Account) -> None:
    mask = factories.make_mask("phone", account=account)
    event = factories.make_event(data='{"phone": "+966555123456"}')
    path = f"/events/{event.id}/data"
    assert support.get(path).text == '{"phone": "•••••3456"}'
    assert admin.submit(f"{URL}/{mask.id}/delete", page=URL).location == URL
    assert support.get(path).text == event.data
    assert masks() == []


@pytest.mark.parametrize("role", [Role.STAFF, Role.SUPPORT])
def test_only_admins_set_masks(
    admin: Browser, staff: Browser, support: Browser, account: Account, role: Role
) -> None:
    mask = factories.make_mask("phone", account=account)
    browser = {Role.STAFF: staff, Role.SUPPORT: support}[role]
    assert URL not in browser.get("/").text
    assert URL in admin.get("/").text
    assert browser.get(URL).status_code == 403
    assert browser.submit(f"{URL}/{mask.id}/delete", page="/").status_code == 403


def test_the_masks_of_another_account_are_not_there(outsider: Browser, account: Account) -> None:
    mask = factories.make_mask("phone", account=account)
    assert outsider.get(f"{URL}/{mask.id}").status_code == 404
    assert outsider.submit(f"{URL}/{mask.id}/delete", page=URL).status_code == 404


def test_an_admin_pays_nothing_for_masks(
    admin: Browser, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.make_mask("phone", account=account)
    event = factories.make_event(data='{"phone": "+966555123456"}')
    monkeypatch.setattr("portal.domain.masking.veil.read", None)
    assert admin.get(f"/events/{event.id}/data").text == event.data


def test_a_text_that_is_no_json_is_hidden_whole_and_says_so(
    support: Browser, account: Account
) -> None:
    factories.make_mask("phone", account=account)
    call = factories.make_call(
        factories.make_trigger(account), body=b'{"phone": "05551', verdict="refused", status=400
    )
    page = support.get(f"/calls/{call.id}").text
    assert "05551" not in page
    assert "هذا النص محجوب عن دورك كاملًا" in page
