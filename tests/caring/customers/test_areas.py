"""A customer's area follows his address, whoever writes which part of it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from caring.customers import areas, store
from caring.customers.importing.merge import change, new_customer
from caring.customers.importing.rows import Values, read_row
from tests.caring.conftest import CUSTOMER, Talk

AT = "2026-11-24T03:00:00.000Z"
CELLS = {"customer_id": CUSTOMER, "name": "Budi", "witel": "BANDUNG", "district": "Coblong", "village": "Dago"}
PLACES = st.sampled_from(["", "Dago", "Lebak Siliwangi", " dago "])


def row(**cells: str) -> Values:
    return read_row(CELLS | cells)[0]


def test_an_area_is_a_village_however_it_is_written() -> None:
    key = areas.area_key("BANDUNG", "Coblong", " Dago  Atas ")
    assert key == areas.area_key("Bandung", "COBLONG", "dago atas") == "bandung|coblong|dago atas"
    assert areas.area_key("BANDUNG", "Coblong", "") is None
    assert areas.area_key("BANDUNG", "Coblong", "Dago") != areas.area_key("BANDUNG", "Cidadap", "Dago")


def test_an_import_gives_customers_their_area_also_those_who_were_there_before_it_was_kept() -> None:
    item = new_customer(row(), AT)
    assert item["area_key"] == {"S": "bandung|coblong|dago"}
    assert change(item, row()) is None
    del item["area_key"]
    changed = change(item, row())
    assert changed
    assert changed.sets == {"area_key": {"S": "bandung|coblong|dago"}}


@given(PLACES, PLACES, st.booleans())
def test_the_area_is_that_of_the_address_as_it_stands_after_an_import(before: str, file: str, edited: bool) -> None:
    item = new_customer(row(village=before), AT)
    if edited:
        item["edited"] = {"M": {"village": {"S": AT}}}
    if changed := change(item, row(village=file)):
        item = {name: value for name, value in (item | changed.sets).items() if name not in changed.removes}
    assert item.get("area_key", {}).get("S") == areas.of_item(item)
    assert areas.of_item(item) == areas.area_key("BANDUNG", "Coblong", before if edited else file)


def test_a_change_of_the_address_by_staff_moves_the_customer(talk: Talk) -> None:
    def area() -> Any:
        return store.get(CUSTOMER).get("area_key", {}).get("S")

    store.patch(CUSTOMER, {"district": "Coblong"}, actor="agent")
    assert area() is None
    store.patch(CUSTOMER, {"village": "Dago"}, actor="agent")
    assert area() == "bandung|coblong|dago"
    store.patch(CUSTOMER, {"village": ""}, actor="agent")
    assert area() is None
