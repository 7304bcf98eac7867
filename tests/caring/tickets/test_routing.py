"""Where a complaint goes: unit, check list and signs of leaving, by one table."""

from __future__ import annotations

import pytest

from caring.tickets import routing, store
from caring.understanding import categories


@pytest.mark.parametrize(
    ("text", "category", "unit", "technical", "matter"),
    [
        ("internet saya lambat sekali", None, "sccd", True, "signal"),
        ("kabel di tiang depan rumah putus", "fault", "sccd", True, "cable"),
        ("mau tambah minipack channel bola", "request", "crm", False, "add_on"),
        ("saya mau ganti paket yang lebih cepat", "request", "crm", False, "migration"),
        ("mohon balik nama pelanggan ke istri saya", "request", "crm", False, "transfer"),
        ("kenapa tagihan naik dua kali lipat", "billing", "crm", False, "bill_jump"),
        ("wifi lemot terus", "general", "sccd", True, "signal"),
        ("wifi lemot, tagihan tetap penuh", "billing", "crm", False, "signal"),
        ("petugasnya tidak ramah", "service", "crm", False, None),
        ("terima kasih", "praise", "crm", False, None),
    ],
)
def test_a_complaint_goes_to_the_unit_of_its_category_and_technical_matters_to_engineers(
    text: str, category: str | None, unit: str, technical: bool, matter: str | None
) -> None:
    found = routing.sort(text, category, None)
    assert (found.unit, found.technical, found.matter) == (unit, technical, matter)
    assert bool(routing.checklist(found.matter)) == (matter is not None)


@pytest.mark.parametrize("category", categories.CATEGORIES)
@pytest.mark.parametrize("technical", [True, False, None])
def test_every_category_has_a_unit_that_may_own_tickets(category: str, technical: bool | None) -> None:
    found = routing.sort("mohon dibantu", category, technical)
    assert found.unit in store.OWNERS
    assert found.technical == (category == "fault" if technical is None else technical)
    assert found.unit == ("sccd" if found.technical or category == "fault" else "crm")


def test_who_took_it_down_has_the_last_word_and_else_the_text_has() -> None:
    assert routing.sort("tagihan naik", "fault", None).category == "fault"
    assert routing.sort("tagihan bulan ini kok mahal sekali", None, None).category == "billing"
    assert "person" in routing.sort("x", "other", None).reason


@pytest.mark.parametrize(
    ("text", "category", "churn"),
    [
        ("saya mau berhenti langganan saja", None, True),
        ("mau pindah", "cancellation", True),
        ("internet lambat", None, False),
    ],
)
def test_who_may_leave_is_raised(text: str, category: str | None, churn: bool) -> None:
    assert routing.sort(text, category, None).churn == churn
