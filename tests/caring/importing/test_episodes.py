"""A file of episodes: each row ends one, once, and says what was wrong with it."""

from __future__ import annotations

from typing import Any

import pytest

from caring import clock
from caring.customers.importing import parts, store
from caring.customers.importing.split import split_upload
from caring.scripts.seed import seed_scripts
from tests.emulator import Cloud

IDS = ("131000000017", "131000000018", "131000000019")
NOW = clock.now()
HEAD = "customer_id,episode,ended_at,subject,staff"


@pytest.fixture
def people(aws: Cloud) -> Cloud:
    """Two customers of Bandung, one of Makassar, who may be asked by SMS."""
    seed_scripts()
    for customer_id, witel in zip(IDS, ("bandung", "bandung", "makassar"), strict=True):
        person = {"customer_id": customer_id, "name": "Siti", "phone": "+6281234567890", "consent_sms": True}
        aws.table("CUSTOMERS_TABLE").put_item(
            Item=person | {"witel": witel.upper(), "witel_key": witel, "language": "id", "version": 1}
        )
    return aws


def _run(aws: Cloud, text: str, witel: str | None = None) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(the import, its rows) of an uploaded file."""
    import_id, key = store.create_import("episodes.csv", "episodes", "someone", witel)
    aws.client("s3").put_object(Bucket=aws.environment["DATA_BUCKET"], Key=key, Body=text.encode())
    split_upload(key)
    found = store.load(import_id)
    for number in range(1, ((found.parts if found else None) or 0) + 1):
        parts.import_part(import_id, number)
    return store.get_import(import_id), store.list_rows(import_id, None, 100)["items"]


def _ended(aws: Cloud) -> list[dict[str, Any]]:
    return [item for item in aws.items("NPS_TABLE") if item["entry"].startswith("episode#")]


def test_each_row_ends_an_episode_in_the_customers_own_zone(people: Cloud) -> None:
    lines = (
        f"{IDS[0]},activate,{clock.iso(NOW)},order-7,budi",
        f"{IDS[2]},Pay,2026-11-20,,",
        f"{IDS[0]},buy,2026-11-19,,",
    )
    done, rows = _run(people, "\n".join((HEAD, *lines)))
    assert (done["status"], done["kind"], done["accepted"], done["rejected"]) == ("done", "episodes", 3, 0)
    assert [row["customer_id"] for row in rows] == [IDS[0], IDS[2], IDS[0]]
    ends = {(item["customer_id"], item["episode"]): item for item in _ended(people)}
    assert (ends[IDS[0], "activate"]["subject"], ends[IDS[0], "activate"]["staff"]) == ("order-7", "budi")
    assert ends[IDS[2], "pay"]["at"] == "2026-11-19T16:00:00.000Z", "midnight in Makassar"
    assert ends[IDS[2], "pay"]["day_part"].startswith("2026-11-20#")
    customers = {item["customer_id"]: item for item in people.items("CUSTOMERS_TABLE")}
    assert (customers[IDS[0]]["episode"], customers[IDS[2]]["episode"]) == ("activate", "pay")
    assert len(people.drain(people.queue("sms", "conversation"))) == 2, "the second end of one customer asks nothing"


def test_the_same_file_again_changes_nothing(people: Cloud) -> None:
    text = f"{HEAD}\n{IDS[0]},activate,{clock.iso(NOW)},,\n{IDS[1]},pay,2026-11-20,,"
    first = _run(people, text)[1]
    before = people.items("NPS_TABLE"), people.items("CUSTOMERS_TABLE"), people.items("TIMELINE_TABLE")
    assert _run(people, text)[1] == first
    assert (people.items("NPS_TABLE"), people.items("CUSTOMERS_TABLE")) == before[:2]
    assert len(people.items("TIMELINE_TABLE")) == len(before[2])


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",pay,2026-11-20,,", "missing_customer_id"),
        ("12,pay,2026-11-20,,", "malformed_customer_id"),
        ("131000000099,pay,2026-11-20,,", "unknown_customer"),
        (f"{IDS[0]},sleep,2026-11-20,,", "unknown_episode"),
        (f"{IDS[0]},pay,,,", "invalid_date"),
        (f"{IDS[0]},pay,20/11/2026,,", "invalid_date"),
        (f"{IDS[0]},pay,2126-11-20,,", "invalid_date"),
        (f"{IDS[0]},pay,0001-01-01,,", "invalid_date"),
        (f"{IDS[2]},pay,2026-11-20,,", "other_witel"),
        (f"{IDS[0]},pay", "wrong_column_count"),
    ],
)
def test_a_row_that_cannot_be_is_rejected_with_its_reason(people: Cloud, row: str, reason: str) -> None:
    done, rows = _run(people, f"{HEAD}\n{row}\n", witel="Bandung")
    assert [(one["outcome"], one["reason"]) for one in rows] == [("rejected", reason)]
    assert (done["accepted"], done["rejected"]) == (0, 1)
    assert _ended(people) == []


def test_what_is_too_long_is_dropped_with_an_issue(people: Cloud) -> None:
    (row,) = _run(people, f"{HEAD}\n{IDS[0]},pay,2026-11-20,{'x' * 81},budi\n")[1]
    assert row["issues"] == [{"field": "subject", "code": "too_long"}]
    (end,) = _ended(people)
    assert ("subject" in end, end["staff"]) == (False, "budi")


def test_a_file_without_its_columns_is_refused(people: Cloud) -> None:
    done, _ = _run(people, "customer_id,name\n131000000017,Siti\n")
    assert (done["status"], done["refused"]) == (
        "refused",
        {"code": "missing_column", "columns": ["episode", "ended_at"]},
    )
