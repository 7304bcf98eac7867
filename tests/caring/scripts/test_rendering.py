"""From a variant to the words one customer reads, in his language and safe from his own data."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caring.customers.model import Item
from caring.scripts import grammar, rendering, values
from caring.scripts.rendering import Rendered, compile_variant
from caring.scripts.values import MissingValue

SITI: Item = {
    "customer_id": {"S": "131545290415"},
    "name": {"S": "Siti Nurhaliza"},
    "amount_due": {"N": "350000"},
    "due_date": {"S": "2026-11-24"},
    "points": {"N": "1250"},
    "product": {"S": "IndiHome 2P 50 Mbps"},
}
LINKS = {"unsubscribe_link": "https://caring.example.com/l/abc?a=1&b=2"}
FIXED = {name: p.example for name, p in grammar.PLACEHOLDERS.items() if p.source == "constant"}


def render(body: str, customer: Item = SITI, channel: str = "sms", language: str = "id", **more: Any) -> Rendered:
    variant = {"channel": channel, "language": language, "body": body, **more}
    return compile_variant(variant, FIXED)(customer, LINKS)


def named(name: str) -> Item:
    return SITI | {"name": {"S": name}}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("id", "Rp 350.000 24 November 2026 1.250"),
        ("su", "Rp 350.000 24 Nopémber 2026 1.250"),
        ("en", "IDR 350,000 24 November 2026 1,250"),
    ],
)
def test_money_days_and_points_are_written_as_the_language_does(language: str, text: str) -> None:
    assert render("{amount_due} {due_date} {points}", language=language).body == text


@pytest.mark.parametrize(
    ("amount", "text"), [(0, "Rp 0"), (999, "Rp 999"), (1_350_000, "Rp 1.350.000"), (10**12 - 1, "Rp 999.999.999.999")]
)
def test_rupiah_have_dots_between_thousands(amount: int, text: str) -> None:
    assert values.rupiah(amount, "id") == text


def test_every_month_has_a_name_in_every_language() -> None:
    months = {
        language: [values.day(f"2026-{m:02}-01", language) for m in range(1, 13)] for language in values.LANGUAGES
    }
    assert all(len(set(written)) == 12 for written in months.values())
    assert months["su"][1] == "1 Pébruari 2026"


def test_a_name_that_looks_like_a_placeholder_stays_what_it_is() -> None:
    assert render("{name} {amount_due}", named("{amount_due} {{x}}")).body == "{amount_due} {{x}} Rp 350.000"


def test_doubled_braces_are_braces() -> None:
    assert render("{{name}} {name}").body == "{name} Siti Nurhaliza"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Siti\nNurhaliza", "Siti Nurhaliza"),
        ("Siti\r\n\r\nKlik http://x", "Siti Klik http://x"),
        ("Siti\tN", "Siti N"),
        ("Siti\x00\x1b[31mN", "Siti [31mN"),
        ("Siti\u202etxt.exe", "Sititxt.exe"),
        ("Si\u200bti", "Siti"),
        ("Siti      Nurhaliza", "Siti Nurhaliza"),
    ],
)
def test_a_name_stays_on_one_line_and_hides_nothing(name: str, shown: str) -> None:
    assert render("{name}", named(name), channel="voice").body == shown


@given(st.text(min_size=1, max_size=60))
def test_no_name_whatever_breaks_a_line(name: str) -> None:
    shown = values.clean(name)
    assert all(character.isprintable() for character in shown)
    assert "  " not in shown


def test_an_sms_has_a_name_in_its_own_alphabet() -> None:
    assert render("{name}", named("D’Angelo 😀")).body == "D'Angelo"


def test_a_short_name_is_cut_at_a_word() -> None:
    assert render("{short_name}", named("Siti Nurhaliza Wulandari Putri")).body == "Siti Nurhaliza"
    assert render("{short_name}", named("Abcdefghijklmnopqrstuvwxyz")).body == "Abcdefghijklmnopqrst"


def test_a_masked_number_shows_its_ends() -> None:
    assert render("{customer_id_masked}").body == "1315****0415"


@pytest.mark.parametrize("field", ["amount_due", "due_date", "product"])
def test_a_value_that_the_customer_lacks_is_said_by_name(field: str) -> None:
    customer = {name: value for name, value in SITI.items() if name != field}
    with pytest.raises(MissingValue) as raised:
        render(f"{{{field}}}", customer)
    assert (raised.value.placeholder, raised.value.code) == (field, "missing_value")


def test_a_link_that_was_not_made_is_missing() -> None:
    variant = {"channel": "sms", "language": "id", "body": "{score_link}"}
    with pytest.raises(MissingValue):
        compile_variant(variant, FIXED)(SITI, LINKS)


def test_a_compiled_variant_says_what_it_needs_of_a_customer() -> None:
    variant = {"channel": "email", "language": "id", "subject": "{due_date}", "body": "{name} {call_centre}"}
    assert compile_variant(variant, FIXED).placeholders == {"due_date", "name", "unsubscribe_link"}


def test_a_text_that_breaks_the_grammar_is_not_compiled() -> None:
    with pytest.raises(ValueError, match="unknown_placeholder at 5"):
        render("Yth. {nama}")


BODY = """Yth. {name},

Tagihan: {amount_due}
Sampai: {due_date}

Bayar sekarang: {payment_link}

Stop: {unsubscribe_link}"""


def mail(customer: Item = SITI, **more: Any) -> Rendered:
    return render(BODY, customer, channel="email", subject="Tagihan {amount_due}", **more)


def test_an_email_has_a_subject_a_text_and_a_page() -> None:
    rendered = mail()
    assert rendered.subject == "Tagihan Rp 350.000"
    assert "Bayar sekarang: https://www.example.com/bayar" in rendered.body
    assert rendered.html is not None
    for part in (
        "<p>Yth. Siti Nurhaliza,</p>",
        "<p>Tagihan: Rp 350.000<br>Sampai: 24 November 2026</p>",
        '<a href="https://www.example.com/bayar" style="display:inline-block',
        '<img src="https://www.example.com/media/logo.png"',
        '<a href="https://caring.example.com/l/abc?a=1&amp;b=2"',
        "IndiHome Care Witel Bandung",
    ):
        assert part in rendered.html
    assert rendered.html.count("caring.example.com/l/abc") == 1


def test_a_name_is_no_html_in_an_email_and_itself_in_its_text() -> None:
    rendered = mail(named('<script>alert("x")</script> & Co'))
    assert rendered.html is not None
    assert "<script>" not in rendered.html
    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; Co" in rendered.html
    assert '<script>alert("x")</script> & Co' in rendered.body


def test_a_scripts_own_signs_are_text_and_not_html() -> None:
    rendered = render("a < b & c {{d}}", channel="email", subject="x")
    assert rendered.html is not None
    assert "<p>a &lt; b &amp; c {d}</p>" in rendered.html


def test_a_picture_has_its_words() -> None:
    rendered = mail(media_id="promo{1}.png", alt='Dua "roket"')
    assert rendered.html is not None
    assert 'src="https://www.example.com/media/promo{1}.png"' in rendered.html
    assert 'alt="Dua &quot;roket&quot;"' in rendered.html


def test_an_email_may_bring_its_own_page() -> None:
    assert mail(html="<b>{name}</b>").html == "<b>Siti Nurhaliza</b>"


def test_a_whatsapp_template_is_filled_in_in_order() -> None:
    template = {
        "name": "caring_billing_reminder_id",
        "language": "id",
        "params": ["name", "amount_due"],
        "buttons": [{"type": "url", "index": 0, "text": "{customer_id}"}],
    }
    rendered = render("{name} {amount_due}", channel="whatsapp", template=template, media_id="logo.png", alt="x")
    assert rendered.body == "Siti Nurhaliza Rp 350.000"
    assert rendered.template == {
        "name": "caring_billing_reminder_id",
        "language": "id",
        "header_image": "https://www.example.com/media/logo.png",
        "params": ["Siti Nurhaliza", "Rp 350.000"],
        "buttons": [{"type": "url", "index": 0, "text": "131545290415"}],
    }


def test_the_constants_are_the_deployments_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MEDIA_BASE_URL", raising=False)
    variant = {"channel": "sms", "language": "su", "body": "{salutation} {sender_name} {call_centre}"}
    assert compile_variant(variant)(SITI).body == "Bapa/Ibu IndiHome Care Witel Bandung 147"
    assert rendering.constants("id", {"call_centre"}) == {"call_centre": "147"}
