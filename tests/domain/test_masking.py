"""What some roles do not see of payloads: what patterns find, what is left of a value, and that
nothing of it stands anywhere else."""

import json

import pytest

from portal.domain.masking import DOTS, MaskDraft, Masks, Veil, masks_of, read_mask, usual_masks
from portal.domain.masking.kinds import MaskKind, covered
from portal.domain.problems import Refused

PHONE, EMAIL, CARD = "+966555123456", "noura@shop.example", "4111 1111 1111 1111"


def veil(*patterns: str, kind: str = "whole") -> Veil:
    """A veil with ``patterns``, all of one kind."""
    return Veil(masks_of(tuple((pattern, kind) for pattern in patterns)))


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("phone", PHONE, f"{DOTS}3456"),
        ("phone", "+966 55 512-3456", f"{DOTS}3456"),
        ("phone", "٠٥٥٥١٢٣٤٥٦", f"{DOTS}٣٤٥٦"),
        ("phone", "5123456", f"{DOTS}456"),
        ("phone", "911", DOTS),
        ("phone", "لا رقم", DOTS),
        ("email", EMAIL, f"n{DOTS}@shop.example"),
        ("email", "ab@shop.example", DOTS),
        ("email", "noura at shop", DOTS),
        ("email", "Noura <noura@shop.example>", DOTS),
        ("card", CARD, f"{DOTS}1111"),
        ("card", "411111", DOTS),
        ("whole", PHONE, DOTS),
    ],
)
def test_so_much_is_left_of_a_value(kind: str, value: str, shown: str) -> None:
    assert covered(value, MaskKind(kind)) == shown


@pytest.mark.parametrize("length", [1, 8, 300])
def test_the_dots_say_nothing_of_the_length(length: int) -> None:
    assert covered("س" * length, MaskKind.WHOLE) == DOTS


@pytest.mark.parametrize(
    ("pattern", "masked", "left"),
    [
        ("phone", ["phone", "a.phone", "a[0].b.phone", "PHONE", "Phone"], ["phones", "a.tel"]),
        ("customer.phone", ["customer.phone", "Customer.PHONE"], ["phone", "a.customer.phone"]),
        ("data.customer.phone", ["customer.phone"], ["a.customer.phone", "phone"]),
        ("body.phone", ["phone"], ["a.phone"]),
        ("items[].card", ["items[0].card", "items[7].card"], ["items[0].a.card", "card"]),
        ("items[*].card", ["items[0].card"], ["card"]),
        ("items[1].card", ["items[1].card"], ["items[0].card"]),
        ("items.card", ["items.card", "items[3].card"], ["card"]),
        ("*.phone", ["a.phone", "b.phone"], ["phone", "a.b.phone"]),
        ("**.phone", ["phone", "a.phone", "a.b.phone"], ["a.tel"]),
        ("a.**.phone", ["a.phone", "a.b.c.phone"], ["phone", "b.a.phone"]),
        ("*_phone", ["home_phone", "a.work_phone"], ["phone"]),
        ('["a.b"]', ['["a.b"]', 'c["a.b"]'], ["a.b"]),
        ('x["a.b"]', ['x["a.b"]'], ["x.a.b", '["a.b"]']),
        ("الجوّال", ["الجوال", "العميل.الجوّال"], ["جوال"]),
        ("address", ["address", "address.city", "a.address[0].line"], ["a.city"]),
    ],
)
def test_a_pattern_finds_these_and_not_those(
    pattern: str, masked: list[str], left: list[str]
) -> None:
    seen = veil(pattern)
    for path in masked:
        assert seen.at(f"body.{path}" if path[0] != "[" else f"body{path}", "x-secret") == DOTS, (
            path
        )
    for path in left:
        assert seen.at(f"body.{path}" if path[0] != "[" else f"body{path}", "x-open") == "x-open"


def test_members_keep_their_order_and_numbers_their_spelling() -> None:
    text = '{"z": 1.10, "phone": 1, "a": 1e400, "z": -0, "n": 123456789012345678901234567890}'
    shown = '{"z": 1.10, "phone": "%s", "a": 1e400, "z": -0, "n": 123456789012345678901234567890}'
    assert veil("phone").data(text) == shown % DOTS


@pytest.mark.parametrize("value", ["123456", "1.5", "true", "false", '"نص"', '{"a": 1}'])
def test_every_kind_of_value_is_masked(value: str) -> None:
    assert veil("x").data(f'{{"x": {value}}}') == f'{{"x": "{DOTS}"}}'


@pytest.mark.parametrize("value", ["null", '""', "{}", "[]"])
def test_what_is_empty_hides_nothing(value: str) -> None:
    assert veil("x").data(f'{{"x": {value}}}') == f'{{"x": {value}}}'


def test_all_that_is_in_a_masked_container_is_masked() -> None:
    text = json.dumps({"to": {PHONE: "نورة", "more": [EMAIL]}, "list": [PHONE, {"a": EMAIL}]})
    shown = veil("to", "list").data(text)
    assert json.loads(shown) == {"to": DOTS, "list": [DOTS, DOTS]}


def test_json_in_a_text_is_masked_as_well() -> None:
    text = json.dumps({"raw": json.dumps({"customer": {"phone": PHONE}, "n": 1})})
    shown = json.loads(json.loads(veil("customer.phone").data(text))["raw"])
    assert shown == {"customer": {"phone": DOTS}, "n": 1}


ECHOES = [
    PHONE,
    "966555123456",
    "00966 55 512 3456",
    "0555-123-456",
    "(055) 512.3456",
    "%2B966555123456",
    "٠٥٥٥١٢٣٤٥٦",
    "۰۵۵۵۱۲۳۴۵۶",
    "تم الإرسال إلى +966555123456 بنجاح",
]


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize(
    "form", ["{}", "<to>{}</to>", "to={}&ok=1", '"{}"', '{{"said": "{}"}}', '[{{"{}": 1}}]']
)
def test_a_masked_number_stands_in_no_other_text(echo: str, form: str) -> None:
    seen = veil("phone", kind="phone")
    seen.data(json.dumps({"phone": PHONE}))
    shown = seen.body(form.format(echo))
    digits = "".join(str(int(letter)) for letter in shown if letter.isdecimal())
    assert "555123" not in digits
    assert "5123456" not in digits


@pytest.mark.parametrize(
    "echo",
    [
        EMAIL,
        EMAIL.upper(),
        "noura%40shop.example",
        "noura&#64;shop.example",
        "noura\\u0040shop.example",
    ],
)
def test_a_masked_address_stands_in_no_other_text(echo: str) -> None:
    seen = veil("email")
    seen.data(json.dumps({"email": EMAIL, "note": EMAIL}))
    assert "noura" not in seen.body(f"<p>{echo}</p>").lower()
    assert "noura" not in seen.text(echo).lower()


def test_a_value_is_hidden_before_the_field_that_it_is_known_by() -> None:
    shown = veil("phone").data(json.dumps({"note": f"اتصل على {PHONE}", "phone": PHONE}))
    assert PHONE not in shown


@pytest.mark.parametrize(
    "text", ['{"phone": "+9665', "<phone>1</phone>", "PHONE=1", 'x {"phone":1}', "phone: 1"]
)
def test_a_text_that_is_no_json_and_names_the_field_is_hidden_whole(text: str) -> None:
    assert veil("customer.phone").body(text) == DOTS
    assert veil("telephone", "headers.phone").body(text) == text


def test_a_pattern_that_may_have_any_name_hides_every_text_that_is_no_json() -> None:
    assert veil("customer.*").body("<b>نورة</b>") == DOTS


def test_what_looks_like_a_masked_value_is_hidden_in_a_text_of_somebody_else() -> None:
    said = "<p>0599 888 777, omar@shop.example, 12 من 345</p>"
    assert veil("tel", kind="phone").body(said) == f"<p>{DOTS}, omar@shop.example, 12 من 345</p>"
    assert veil("mail", kind="email").body(said) == f"<p>0599 888 777, {DOTS}, 12 من 345</p>"
    assert veil("name").body(said) == said


def test_what_was_cut_off_at_the_end_of_a_text_is_hidden() -> None:
    seen = veil("note")
    seen.data('{"note": "abcdefghijkl"}')
    for end in ("", "…"):
        assert seen.text("." * 100 + "abcdefgh" + end) == "." * 100 + DOTS
    assert seen.text("abcdefgh") == "abcdefgh"


def test_short_values_are_hidden_where_they_stand_alone() -> None:
    seen = veil("pin")
    seen.data('{"pin": 12}')
    assert seen.body("رقم 12 من 123") == f"رقم {DOTS} من 123"


def test_headers_and_parameters_have_patterns_of_their_own() -> None:
    seen = veil("headers.X-Phone", "query.phone", "email")
    assert seen.headers([("x-phone", "1"), ("phone", "2"), ("Email", "3")]) == [
        ("x-phone", DOTS),
        ("phone", "2"),
        ("Email", DOTS),
    ]
    shown = f"a=1&phone={DOTS}&x[phone]=2&email={DOTS}&u[email]={DOTS}"
    assert seen.query("a=1&phone=5&x[phone]=2&email=6&u[email]=7") == shown
    assert seen.at("headers.X-Phone", "1") == DOTS
    assert seen.at("query.phone", "1") == DOTS


def test_what_came_in_a_header_is_hidden_in_the_body() -> None:
    seen = veil("headers.X-Phone")
    seen.learn([json.dumps({"to": PHONE})], [("X-Phone", PHONE)])
    assert PHONE not in seen.data(json.dumps({"to": PHONE}))


def test_conditions_show_neither_side_of_what_is_masked() -> None:
    seen = veil("phone")
    seen.learn([json.dumps({"phone": PHONE})])
    told = seen.explained(
        {
            "all": [
                {"path": "body.phone", "op": "eq", "left": PHONE, "right": PHONE, "result": "met"}
            ]
        }
    )
    assert PHONE not in json.dumps(told)
    assert told["all"][0]["result"] == "met"


def test_without_masks_every_text_stays_to_the_letter() -> None:
    seen = Veil(Masks())
    assert not seen
    for text in ('{"phone":1 }', "x", ""):
        assert seen.data(text) == seen.body(text) == seen.text(text) == seen.query(text) == text


def test_deep_and_hostile_texts_are_hidden_rather_than_failed_on() -> None:
    deep = "[" * 20000 + '"phone"' + "]" * 20000
    assert veil("phone").body(deep) == DOTS
    assert veil("**").body("نص") == DOTS


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"pattern": ""}, "required"),
        ({"pattern": "a..b"}, "bad_mask"),
        ({"pattern": "a["}, "bad_mask"),
        ({"pattern": "x" * 501}, "path_too_long"),
        ({"pattern": "a.b" + ".c" * 64}, "path_too_deep"),
        ({"pattern": "a", "kind": "iban"}, "unknown_choice"),
        ({"pattern": "a", "roles": []}, "no_masked_role"),
        ({"pattern": "a", "roles": ["admin"]}, "unknown_choice"),
    ],
)
def test_what_is_no_mask_is_refused(given: dict[str, object], code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_mask(given, MaskDraft())
    assert [one.code for one in refused.value.problems] == [code]


@pytest.mark.parametrize(
    ("one", "other"), [("a.b", "A.B"), ("a[*].b", "a[].b"), ('["a"]', "a"), (" a ", "a")]
)
def test_two_ways_of_writing_one_pattern_have_one_key(one: str, other: str) -> None:
    drafts = [read_mask({"pattern": text}, MaskDraft()) for text in (one, other)]
    assert drafts[0].key == drafts[1].key


def test_the_usual_masks_are_masks() -> None:
    for draft in usual_masks():
        assert read_mask({"pattern": draft.pattern, "kind": draft.kind}, MaskDraft()).key


def test_names_within_what_is_masked_are_hidden_too() -> None:
    seen = veil("contacts", "items[].card")
    covered_paths = ["body.contacts.x", "data.contacts[0].y", "body.items[].card.number"]
    assert all(seen.covers(path) for path in covered_paths)
    shown = ["body.contacts", "body.items[].card", "body.x", "headers.contacts", "call.at", "]"]
    assert [path for path in shown if seen.covers(path)] == ["]"]
    assert not Veil(Masks()).covers("body.contacts.x")
