"""What an import may change in a customer, and what it must leave alone."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from caring.customers.importing.merge import Change, attributes, change, new_customer
from caring.customers.importing.rows import Values, read_row

AT = "2026-11-24T03:00:00.000Z"
CELLS = {
    "customer_id": "131000000017",
    "name": "Budi",
    "phone": "081234567890",
    "email": "Budi@EXAMPLE.com",
    "witel": "BANDUNG Barat",
    "amount_due": "350.000",
    "due_date": "2026-11-20",
    "consent_sms": "yes",
}


def row(**cells: str) -> Values:
    return read_row(CELLS | cells)[0]


def customer(**attributes_: Any) -> dict[str, Any]:
    return new_customer(row(), AT) | attributes_


def test_a_new_customer_has_the_file_s_fields_and_the_keys_to_find_him_by() -> None:
    item = new_customer(row(), AT)
    assert item["phone"] == item["whatsapp"] == {"S": "+6281234567890"}
    assert (item["email"], item["email_key"]) == ({"S": "Budi@example.com"}, {"S": "budi@example.com"})
    assert item["witel_key"] == {"S": "bandung barat"}
    assert (item["amount_due"], item["points"]) == ({"N": "350000"}, {"N": "0"})
    assert (item["consent_sms"], item["consent_voice"]) == ({"BOOL": True}, {"BOOL": False})
    assert item["version"] == {"N": "1"}
    assert {"home_phone", "address", "paid_on", "consent_at"}.isdisjoint(item)


def test_the_same_row_again_changes_nothing() -> None:
    assert change(customer(), row()) is None


def test_a_changed_cell_is_set_and_a_blank_one_removed_with_the_look_up_keys() -> None:
    assert change(customer(), row(witel="CIREBON", email="", amount_due="400000")) == Change(
        sets={"witel": {"S": "CIREBON"}, "amount_due": {"N": "400000"}, "witel_key": {"S": "cirebon"}},
        removes=["email", "email_key"],
        mended=[],
    )


def test_what_staff_or_the_customer_changed_stays() -> None:
    edited = {"M": {"email": {"S": AT}, "consent_sms": {"S": AT}, "witel": {"S": AT}}}
    assert change(customer(edited=edited), row(email="", consent_sms="no", witel="")) is None


def test_the_customer_s_own_consents_are_not_touched() -> None:
    choices = {"M": {"sms:offers": {"M": {"granted": {"BOOL": False}, "at": {"S": AT}}}}}
    changed = change(customer(choices=choices), row(consent_sms="no"))
    assert changed == Change(sets={"consent_sms": {"BOOL": False}}, removes=[], mended=[])


def test_a_settled_bill_stays_settled_while_the_file_shows_it_or_an_older_one() -> None:
    paid = customer(paid_for={"S": "2026-11-20"}, paid_on={"S": "2026-11-18"}, amount_due={"N": "0"})
    assert change(paid, row()) is None
    assert change(paid, row(due_date="2026-10-20", amount_due="700000")) is None


def test_a_later_due_date_is_a_new_bill() -> None:
    paid = customer(paid_for={"S": "2026-11-20"}, paid_on={"S": "2026-11-18"}, amount_due={"N": "0"})
    assert change(paid, row(due_date="2026-12-20", amount_due="360000")) == Change(
        sets={"amount_due": {"N": "360000"}, "due_date": {"S": "2026-12-20"}}, removes=["paid_on"], mended=[]
    )


def test_a_corrected_contact_point_is_no_longer_known_to_be_invalid() -> None:
    reason = {"M": {"reason": {"S": "not_on_whatsapp"}, "at": {"S": AT}}}
    bad = customer(invalid={"M": {"whatsapp": reason, "sms": reason, "voice": reason, "email": reason}})
    corrected = change(bad, row(phone="081234567891", whatsapp="081234567890"))
    assert corrected is not None
    assert sorted(corrected.mended) == ["sms", "voice"]
    assert change(bad, row()) is None
    untouched = change(bad, row(amount_due="1"))
    assert untouched is not None
    assert untouched.mended == []


def test_an_erased_customer_stays_erased() -> None:
    assert (
        change({"customer_id": {"S": "131000000017"}, "erased": {"BOOL": True}, "version": {"N": "4"}}, row()) is None
    )


def test_no_attribute_is_an_empty_text() -> None:
    assert all(value != {"S": ""} for value in attributes(row(email="", address="")).values())


ROWS = st.fixed_dictionaries(
    {},
    optional={
        "phone": st.sampled_from(["", "081234567890", "081234567891", "x"]),
        "email": st.sampled_from(["", "a@example.com", "B@EXAMPLE.com"]),
        "due_date": st.sampled_from(["", "2026-10-20", "2026-11-20", "2026-12-20"]),
        "amount_due": st.sampled_from(["", "0", "350.000"]),
        "paid_on": st.sampled_from(["", "2026-11-18"]),
        "witel": st.sampled_from(["", "BANDUNG"]),
        "consent_sms": st.sampled_from(["", "yes", "no"]),
    },
)


@given(ROWS, ROWS, st.sets(st.sampled_from(["phone", "email", "due_date", "consent_sms"])), st.booleans())
def test_a_row_that_has_been_taken_changes_nothing_more(
    first: dict[str, str], second: dict[str, str], edited: set[str], paid: bool
) -> None:
    item = new_customer(row(**first), AT) | {"edited": {"M": {field: {"S": AT} for field in edited}}}
    if paid:
        item["paid_for"] = {"S": "2026-11-20"}
    changed = change(item, row(**second))
    if changed:
        assert edited.isdisjoint({*changed.sets, *changed.removes})
        after = {name: value for name, value in (item | changed.sets).items() if name not in changed.removes}
        assert after != item
        assert change(after, row(**second)) is None
