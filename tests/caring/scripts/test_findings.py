"""What staff are told while they write a script."""

from __future__ import annotations

from typing import Any

import pytest

from caring.scripts import findings, seed

SMS = {"channel": "sms", "language": "id", "body": "Yth. {name}, tagihan {amount_due}."}
EMAIL = {"channel": "email", "language": "id", "subject": "Tagihan", "body": "Yth. {name}. {unsubscribe_link}"}
TEMPLATE = {"name": "caring_x_id", "language": "id", "params": ["name"]}
WHATSAPP = {"channel": "whatsapp", "language": "id", "body": "Yth. {name},", "template": TEMPLATE}


def codes(*variants: dict[str, Any], purpose: str = "service", name: str = "Pengingat") -> list[tuple[str, str, str]]:
    found = findings.check({"name": name, "purpose": purpose, "variants": list(variants)})
    return [(finding.code, finding.severity, finding.at) for finding in found]


def test_a_good_script_has_no_findings() -> None:
    assert codes(SMS, EMAIL, WHATSAPP) == []
    assert findings.is_sendable([])


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        (SMS | {"body": "{nama}"}, ("unknown_placeholder", "error", "variants[0].body:0")),
        (SMS | {"body": "{name"}, ("unbalanced_brace", "error", "variants[0].body:0")),
        (SMS | {"body": "  "}, ("no_body", "error", "variants[0].body")),
        (SMS | {"channel": "fax"}, ("unknown_channel", "error", "variants[0].channel")),
        (SMS | {"language": "jv"}, ("unknown_language", "error", "variants[0].language")),
        (SMS | {"body": "Tagihan – {name}"}, ("sms_unicode", "warning", "variants[0].body")),
        (SMS | {"body": "x" * 400}, ("sms_long", "warning", "variants[0].body")),
        (SMS | {"body": "x" * 1601}, ("too_long", "error", "variants[0].body")),
        (SMS | {"media_id": "a.png"}, ("no_alt", "error", "variants[0].alt")),
        (EMAIL | {"subject": ""}, ("no_subject", "error", "variants[0].subject")),
        (EMAIL | {"subject": "{nama}"}, ("unknown_placeholder", "error", "variants[0].subject:0")),
        (EMAIL | {"subject": "a\nb"}, ("subject_lines", "error", "variants[0].subject")),
        (EMAIL | {"subject": "x" * 201}, ("too_long", "error", "variants[0].subject")),
        (EMAIL | {"html": "<p onclick='x()'>"}, ("unsafe_html", "error", "variants[0].html")),
        (EMAIL | {"html": "<script>"}, ("unsafe_html", "error", "variants[0].html")),
        (EMAIL | {"html": "{nama}"}, ("unknown_placeholder", "error", "variants[0].html:0")),
        (WHATSAPP | {"template": None}, ("no_template", "error", "variants[0].template")),
        (WHATSAPP | {"template": TEMPLATE | {"name": ""}}, ("no_template", "error", "variants[0].template.name")),
        (
            WHATSAPP | {"template": TEMPLATE | {"params": []}},
            ("template_params", "error", "variants[0].template.params"),
        ),
        (WHATSAPP | {"body": "{name}" + "x" * 1025}, ("too_long", "error", "variants[0].body")),
    ],
)
def test_what_is_wrong_with_a_variant_is_said(variant: dict[str, Any], expected: tuple[str, str, str]) -> None:
    assert expected in codes(variant)


def test_an_offer_by_email_needs_a_way_out_and_a_bill_does_not() -> None:
    without = EMAIL | {"body": "Yth. {name}"}
    assert codes(without, purpose="offers") == [("no_unsubscribe", "error", "variants[0].body")]
    assert codes(without) == []
    assert codes(EMAIL | {"html": "<p>Promo</p>"}, purpose="offers") == [
        ("no_unsubscribe", "error", "variants[0].body")
    ]


def test_two_variants_for_the_same_channel_and_language_are_one_too_many() -> None:
    assert codes(SMS, SMS) == [("duplicate_variant", "error", "variants[1]")]


def test_a_script_as_a_whole_needs_a_name_a_purpose_and_a_variant() -> None:
    assert [code for code, _, _ in codes(purpose="fun", name=" ")] == ["no_name", "unknown_purpose", "no_variants"]


def test_errors_come_first_and_forbid_approval() -> None:
    found = findings.check({"name": "x", "purpose": "service", "variants": [SMS | {"body": "–"}, SMS | {"body": ""}]})
    assert [finding.severity for finding in found] == ["error", "error", "warning"]
    assert not findings.is_sendable(found)
    assert findings.is_sendable(found[2:])


def test_a_finding_says_which_characters_are_dear() -> None:
    (found,) = findings.check({"name": "x", "purpose": "service", "variants": [SMS | {"body": "Tagihan – {name} 😀"}]})
    assert found.message.endswith("– 😀")


@pytest.mark.parametrize("broken", [{}, {"variants": [{}]}, {"variants": [{"channel": "whatsapp", "language": "id"}]}])
def test_a_script_with_nothing_in_it_is_told_what_it_lacks(broken: dict[str, Any]) -> None:
    assert not findings.is_sendable(findings.check(broken))


@pytest.mark.parametrize("script", seed.read_seeds(), ids=lambda script: str(script["script_id"]))
def test_a_seeded_script_has_no_findings(script: dict[str, Any]) -> None:
    assert findings.check(script) == []
