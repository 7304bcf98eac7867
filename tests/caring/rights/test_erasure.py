"""Erasure: nothing is found of the person afterwards, and everything that counts still adds up."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest

from caring import clock, timeline
from caring.customers import consents, repair, store
from caring.customers.importing.rows import read_row
from caring.customers.importing.write import write_customers
from caring.errors import CaringError
from caring.observability import logger
from caring.rights import erasure, export, files, requests, stores, watch
from tests.caring.rights.conftest import AT, ID, MAIL, MAILBOX, NAME, PHONE, WORDS, Kept

FILE = f"customer_id,name,phone,email\n{ID},{NAME},0812-3456-7801,{MAILBOX}\n".encode()
OTHERS = b"customer_id,name,phone\n131000000002,Budi,081999999999\n"


def erase() -> bool:
    erasure.begin(ID, actor="rina", source="a letter")
    return erasure.run(ID)


def test_nothing_can_be_found_of_an_erased_person(kept: Kept) -> None:
    kept.import_of(FILE, done=True)
    kept.import_of(FILE.decode().encode("utf-16"), done=True)
    assert kept.gives_away()
    assert erase()
    assert kept.gives_away() == []
    (left,) = [item for item in kept.cloud.items("CUSTOMERS_TABLE") if item["customer_id"] == ID]
    assert {name: value for name, value in left.items() if name not in ("erased_at", "version")} == {
        "customer_id": ID,
        "witel_key": "bandung",
        "erased": True,
    }


def test_what_counts_stays_without_the_person(kept: Kept) -> None:
    erase()
    message = kept.cloud.table("MESSAGES_TABLE").get_item(Key={"customer_id": ID, "cause": "run-r1-w1"})["Item"]
    assert (message["status"], message["channel"]) == ("read", "whatsapp")
    (score,) = kept.cloud.items("NPS_TABLE")
    assert (score["score"], score["episode"], score["comment"]) == (3, "pay", "")
    (ticket,) = kept.cloud.items("TICKETS_TABLE")
    assert (ticket["state"], ticket["category"], ticket["text"]) == ("closed", "fault", "")
    assert ticket["history"]["e1"] == {"at": "z", "event": "opened", "note": ""}
    work = {item["work_id"]: item for item in kept.cloud.items("WORK_ITEMS_TABLE")}
    assert (work["call-1"]["state"], work["call-1"]["locker"]) == ("done", "crm#done#bandung")
    assert {name: (item["state"], item["outcome"]) for name, item in work.items()} == dict.fromkeys(
        ("call-1", "ticket_work-1", "unmatched-1"), ("done", "erased")
    )


def test_others_keep_all_of_theirs(kept: Kept) -> None:
    kept.import_of(OTHERS, done=True)
    before = len(kept.keys())
    erase()
    assert timeline.read("131000000002", 10)[0][-1]["text"] == "terima kasih"
    assert [item["customer_id"] for item in kept.cloud.items("CUSTOMERS_TABLE") if "name" in item] == ["131000000002"]
    assert len(kept.cloud.items("PARKED_TABLE")) == 1
    assert kept.keys(kept.cloud.environment["INBOUND_BUCKET"]) == ["replies/m2"]
    assert len(kept.keys()) == before - 1  # his export


def test_an_import_that_still_reads_his_row_is_waited_for(kept: Kept) -> None:
    import_id = kept.import_of(FILE, done=False)
    assert not erase()
    assert store.get(ID)["erased"]["BOOL"]
    kept.finish(import_id)
    assert watch.look() == {"erased": 1, "due_soon": 0}
    assert kept.gives_away() == []


STEPS = [
    (stores, "end_tickets"),
    (files, "erase_mail"),
    (stores, "erase_events"),
    (stores, "erase_words"),
    (stores, "erase_parked"),
    (files, "erase_exports"),
    (files, "erase_uploads"),
    (erasure, "_empty"),
    (requests, "fulfil"),
]


@pytest.mark.parametrize(("room", "step"), STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_at_any_step_is_taken_up_by_the_schedule(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, room: Any, step: str, when: str
) -> None:
    kept.import_of(FILE, done=True)
    real = getattr(room, step)

    def crash(*args: Any, **more: Any) -> None:
        if when == "after":
            real(*args, **more)
        raise RuntimeError("the process was killed")

    with monkeypatch.context() as broken:
        broken.setattr(room, step, crash)
        with pytest.raises(RuntimeError):
            erase()
    watch.look()
    assert kept.gives_away() == []
    assert [(r["kind"], r["state"]) for r in requests.listed(ID)] == [("erasure", "done")]


def test_time_that_is_up_is_no_loss(kept: Kept) -> None:
    kept.import_of(FILE, done=True)
    erasure.begin(ID, actor="rina", source="a letter")
    looks = iter([False, True])
    assert not erasure.run(ID, lambda: next(looks))
    assert erasure.run(ID)
    assert kept.gives_away() == []


def test_erasing_again_is_the_same_request(kept: Kept) -> None:
    erase()
    first = requests.listed(ID)
    before = kept.everything()
    assert erase()
    assert requests.listed(ID) == first
    assert kept.everything() == before


def test_an_import_of_the_same_id_leaves_it_erased(kept: Kept) -> None:
    erase()
    values, _ = read_row({"customer_id": ID, "name": NAME, "phone": PHONE})
    assert dict(write_customers([values]).counts) == {"unchanged": 1}
    assert kept.gives_away() == []


def test_nobody_can_change_an_erased_customer(kept: Kept) -> None:
    erasure.begin(ID, actor="rina", source="a letter")
    with pytest.raises(CaringError, match="erased"):
        store.patch(ID, {"name": NAME}, actor="rina")
    erasure.run(ID)
    repair.hear(ID, "sms", "failed", "invalid_number", AT)
    assert kept.gives_away() == []


def test_nobody_is_erased_unasked(kept: Kept) -> None:
    with pytest.raises(CaringError, match="not_asked"):
        erasure.run(ID)
    requests.ask(ID, "erasure", source="a call", actor="rina", witel_key="bandung")
    with pytest.raises(CaringError, match="not_asked"):
        erasure.run(ID)
    assert NAME in kept.gives_away()


def test_the_logs_of_it_all_hold_no_personal_data(kept: Kept, caplog: pytest.LogCaptureFixture) -> None:
    kept.import_of(FILE, done=False)
    with caplog.at_level(logging.DEBUG, logger=logger().name):
        export.export(ID, actor="rina")
        consents.record(ID, [("sms", "offers")], granted=False, source="call", actor="rina")
        repair.hear(ID, "email", "failed", "bounced_hard", AT)
        erase()
        watch.look()
    said = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records).lower()
    assert ID in said
    assert [needle for needle in (NAME, PHONE[1:], "0" + PHONE[3:], MAILBOX, WORDS) if needle.lower() in said] == []


def test_an_access_export_holds_everything_that_is_kept(kept: Kept) -> None:
    answer = export.export(ID, actor="rina")
    found = export.gather(store.get(ID))
    assert found["customer"]["name"] == NAME
    assert found["timeline"][0]["text"] == WORDS
    assert {name: len(found[name]) for name in stores.HELD} == {
        "timeline": 1,
        "messages": 1,
        "tickets": 1,
        "work_items": 2,
        "nps": 1,
        "incidents": 0,
    }
    assert "tok" not in str(found["work_items"])
    assert answer["request"]["state"] == "done"
    assert f"exports/customers/{ID}/" in answer["url"]
    assert MAIL in str(found["timeline"])


def test_withdrawals_and_corrections_stand_among_the_requests(kept: Kept) -> None:
    consents.record(ID, [("sms", "offers")], granted=False, source="a call", actor="rina")
    consents.record(ID, [("sms", "offers")], granted=True, source="a call", actor="rina")
    store.patch(ID, {"name": "Siti A."}, actor="rina")
    assert sorted((r["kind"], r["state"], r["by"]) for r in requests.listed(ID)) == [
        ("correction", "done", "rina"),
        ("withdrawal", "done", "rina"),
    ]


def test_a_request_that_nobody_answers_becomes_a_work_item_a_day_before_its_time(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = requests.ask(ID, "access", source="a letter", actor="rina", witel_key="bandung")
    again = requests.ask(ID, "access", source="a call", actor="budi", witel_key="bandung")
    assert again == asked
    due = clock.parse(asked["due_at"])
    assert due - clock.parse(asked["asked_at"]) == timedelta(hours=72)
    assert watch.look()["due_soon"] == 0
    monkeypatch.setattr(clock, "now", lambda: due - timedelta(hours=23))
    for _ in range(3):
        assert watch.look()["due_soon"] == 1
    items = [i for i in kept.cloud.items("WORK_ITEMS_TABLE") if i["work_id"].startswith("rights_request-")]
    assert [(item["kind"], item["due_at"]) for item in items] == [("rights_request", asked["due_at"])]
    export.export(ID, actor="rina")
    assert watch.look()["due_soon"] == 0
    assert all(request["state"] == "done" for request in requests.listed(ID))
