"""Files of importers who belong to one witel: what they fill in, and whose customers they leave alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from caring.customers.importing import parts, store
from caring.customers.importing.split import split_upload
from caring.errors import CaringError
from tests.emulator import Cloud

FILES = Path(__file__).parents[2] / "events" / "customers" / "dirty"
ANSWERS: dict[str, Any] = json.loads((FILES / "answers.json").read_text("utf-8"))
ID = "131000000017"
OTHER_WITEL = [{"field": "witel", "code": "other_witel"}]


def split(aws: Cloud, data: bytes | str, witel: str | None) -> tuple[str, int]:
    """(import_id, parts) of a file that is uploaded and cut."""
    import_id, key = store.create_import("customers.csv", "customers", "someone", witel)
    body = data.encode() if isinstance(data, str) else data
    aws.client("s3").put_object(Bucket=aws.environment["DATA_BUCKET"], Key=key, Body=body)
    split_upload(key)
    found = store.load(import_id)
    return import_id, (found.parts if found else None) or 0


def run_import(aws: Cloud, data: bytes | str, witel: str | None = "Bandung") -> str:
    """The id of an import that is done."""
    import_id, count = split(aws, data, witel)
    for number in range(1, count + 1):
        parts.import_part(import_id, number)
    return import_id


def customer(aws: Cloud) -> dict[str, Any]:
    (item,) = aws.items("CUSTOMERS_TABLE")
    return item


def issues(import_id: str) -> list[dict[str, str]]:
    (row,) = store.list_rows(import_id, "accepted", 10)["items"]
    found: list[dict[str, str]] = row["issues"]
    return found


def line(witel: str = "", name: str = "Budi", phone: str = "081234567890") -> str:
    return f"customer_id,name,phone,witel\n{ID},{name},{phone},{witel}\n"


@pytest.mark.parametrize("data", [line(), line("\u00a0"), line("x" * 5000), f"customer_id,name\n{ID},Budi\n"])
def test_a_row_without_a_witel_takes_the_importer_s(aws: Cloud, data: str) -> None:
    run_import(aws, data)
    assert (customer(aws)["witel"], customer(aws)["witel_key"]) == ("BANDUNG", "bandung")


def test_who_sees_every_witel_fills_none_in_and_updates_every_customer(aws: Cloud) -> None:
    run_import(aws, line(), None)
    assert {"witel", "witel_key", "placed_by"}.isdisjoint(customer(aws))
    run_import(aws, line("CIREBON"), None)
    import_id = run_import(aws, line("Bandung", name="Badu"), None)
    assert issues(import_id) == []
    assert (customer(aws)["witel"], customer(aws)["name"]) == ("Bandung", "Badu")
    assert "placed_by" not in customer(aws)


def test_a_new_customer_keeps_the_witel_that_the_file_says(aws: Cloud) -> None:
    assert issues(run_import(aws, line("Cirebon"))) == []
    assert (customer(aws)["witel"], customer(aws)["witel_key"]) == ("Cirebon", "cirebon")


@pytest.mark.parametrize("witel", ["", "BANDUNG", "CIREBON"])
def test_another_witel_s_customer_is_left_alone_and_the_row_says_so(aws: Cloud, witel: str) -> None:
    run_import(aws, line("CIREBON"), "Cirebon")
    before = customer(aws)
    import_id = run_import(aws, line(witel, name="Taken", phone="081299999999"))
    assert customer(aws) == before
    assert issues(import_id) == OTHER_WITEL
    progress = store.get_import(import_id)
    assert (progress["accepted"], progress["rejected"], progress["issues"]) == (1, 0, 1)


def test_a_row_s_other_issues_stay_beside_it_in_order(aws: Cloud) -> None:
    run_import(aws, line("CIREBON"), "Cirebon")
    import_id = run_import(aws, line("BANDUNG", phone="8.12E+11"))
    assert [issue["code"] for issue in issues(import_id)] == ["unreachable", "invalid_phone", "other_witel"]


def test_only_the_row_of_another_witel_s_customer_is_held_back(aws: Cloud) -> None:
    run_import(aws, line("CIREBON"), "Cirebon")
    import_id = run_import(aws, line(name="Taken") + "131000000018,Siti,,\n,No id,,\n")
    found = {item["customer_id"]: (item["name"], item["witel"]) for item in aws.items("CUSTOMERS_TABLE")}
    assert found == {ID: ("Budi", "CIREBON"), "131000000018": ("Siti", "BANDUNG")}
    rows = store.list_rows(import_id, None, 10)["items"]
    assert [row["outcome"] for row in rows] == ["accepted", "accepted", "rejected"]
    assert [OTHER_WITEL[0] in row["issues"] for row in rows] == [True, False, False]


def test_an_own_customer_and_one_without_a_witel_are_updated(aws: Cloud) -> None:
    run_import(aws, line(), None)
    assert issues(run_import(aws, line(name="Badu"))) == []
    assert (customer(aws)["name"], customer(aws)["witel"]) == ("Badu", "BANDUNG")
    assert issues(run_import(aws, line("bandung", name="Bedu"), "BANDUNG")) == []
    assert (customer(aws)["name"], customer(aws)["witel"]) == ("Bedu", "bandung")


@pytest.mark.parametrize("known", [False, True])
def test_a_part_that_dies_after_giving_a_customer_away_is_done_again_with_the_same_answer(
    aws: Cloud, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    if known:
        run_import(aws, line("BANDUNG"))
    import_id, _ = split(aws, line("CIREBON", name="Moved"), "Bandung")

    def dying(*_: Any) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr(parts, "_record", dying)
        with pytest.raises(ConnectionResetError):
            parts.import_part(import_id, 1)
    before = customer(aws)
    assert (before["witel"], before["name"]) == ("CIREBON", "Moved")
    parts.import_part(import_id, 1)
    assert issues(import_id) == []
    assert customer(aws) == before
    assert issues(run_import(aws, line("CIREBON", name="Moved"))) == OTHER_WITEL


@pytest.mark.parametrize("name", sorted(name for name in ANSWERS if not ANSWERS[name]["refused"]))
def test_new_customers_of_a_bound_importer_have_exactly_the_file_s_answers(aws: Cloud, name: str) -> None:
    import_id = run_import(aws, (FILES / name).read_bytes())
    rows = store.list_rows(import_id, None, 2000)["items"]
    assert [(row["row"], row["outcome"], row["reason"]) for row in rows] == [
        (row["row"], row["result"], row.get("reason")) for row in ANSWERS[name]["rows"]
    ]
    assert [[[issue["field"], issue["code"]] for issue in row["issues"]] for row in rows] == [
        row.get("issues", []) for row in ANSWERS[name]["rows"]
    ]
    stored = {item["customer_id"]: item for item in aws.items("CUSTOMERS_TABLE")}
    for values in (row["values"] for row in ANSWERS[name]["rows"] if row["result"] == "accepted"):
        assert stored[values["customer_id"]]["witel"] == (values["witel"] or "BANDUNG")


def test_answers_that_the_bucket_has_deleted_are_expired(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    import_id = run_import(aws, line())
    aws.client("s3").delete_object(Bucket=aws.environment["DATA_BUCKET"], Key=store.rows_key(import_id, 1))
    monkeypatch.setenv("CARING_OVERRIDES", '{"import": {"row_answers_days": 45}}')
    with pytest.raises(CaringError) as gone:
        store.list_rows(import_id, None, 10)
    assert (gone.value.code, gone.value.status) == ("expired", 404)
    assert "45 days" in gone.value.message
