"""Contact repair over real tables: facts, one work item, and its answer."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from caring import aws as clients
from caring import timeline
from caring.channels.types import Receipt
from caring.customers import model, repair, repair_rounds, store
from caring.errors import CaringError
from caring.messages import ledger
from caring.messages.ledger import Change, Entry
from caring.replies import events
from caring.runs import store as runs
from tests.caring.runs.conftest import person, program
from tests.emulator import Cloud

ID = "131000000001"
AT = datetime(2026, 11, 24, 3, tzinfo=UTC)


@pytest.fixture(autouse=True)
def stores(aws: Cloud) -> Iterator[Cloud]:
    clients.reset()
    aws.table("CUSTOMERS_TABLE").put_item(Item=person(ID))
    yield aws
    clients.reset()


def hear(channel: str, code: str, minute: int = 0, **more: Any) -> None:
    status, reason = (code, None) if code in ("delivered", "read", "answered", "confirmed") else ("failed", code)
    repair.hear(ID, channel, status, reason, AT + timedelta(minutes=minute), **more)


def reasons() -> dict[str, str | None]:
    return {point["channel"]: point["reason"] for point in model.contact_points(store.get(ID))}


def work(aws: Cloud) -> list[dict[str, Any]]:
    return aws.items("WORK_ITEMS_TABLE")


def lose_all(minute: int = 0) -> None:
    hear("email", "bounced_hard", minute)
    hear("whatsapp", "not_on_whatsapp", minute)
    hear("sms", "invalid_number", minute)


def test_a_hard_failure_makes_a_contact_point_invalid_with_its_reason_and_time() -> None:
    hear("email", "bounced_hard")
    assert reasons() == {"whatsapp": None, "sms": None, "email": "bounced_hard", "voice": None}
    (point,) = [p for p in model.contact_points(store.get(ID)) if p["channel"] == "email"]
    assert (point["valid"], point["since"]) == (False, "2026-11-24T03:00:00.000Z")


def test_a_number_that_does_not_exist_is_invalid_for_texts_and_calls() -> None:
    hear("sms", "invalid_number")
    assert (reasons()["sms"], reasons()["voice"], reasons()["whatsapp"]) == ("invalid_number", "invalid_number", None)


def test_the_same_receipt_ten_times_is_one_fact_and_one_event() -> None:
    for _ in range(10):
        hear("email", "bounced_soft")
    assert reasons()["email"] is None
    for _ in range(10):
        hear("email", "bounced_hard", 1)
    shown, _ = timeline.read(ID, 50)
    assert [(e["type"], e["channel"], e["valid"], e["reason"]) for e in shown] == [
        ("contact_point", "email", False, "bounced_hard")
    ]


def test_facts_in_any_order_come_to_the_same() -> None:
    said = [("no_answer", 1), ("rejected", 2), ("answered", 3), ("no_answer", 4)]
    for number, order in enumerate(itertools.permutations(said)):
        minute = number * 10
        for code, place in order:
            hear("voice", code, minute + place)
        assert reasons()["voice"] is None, order


def test_a_delivery_brings_validity_back_and_an_older_failure_does_not_undo_it() -> None:
    hear("whatsapp", "not_on_whatsapp", 5)
    hear("whatsapp", "delivered", 4)
    assert reasons()["whatsapp"] == "not_on_whatsapp"
    hear("whatsapp", "read", 6)
    assert reasons()["whatsapp"] is None
    hear("whatsapp", "not_on_whatsapp", 3)
    assert reasons()["whatsapp"] is None


def test_a_failure_asks_the_ledger_what_was_delivered_since() -> None:
    ledger.insert([Entry(ID, "run-r9-w1", "email")], "claim")
    ledger.settle([Change((ID, "run-r9-w1"), "email", "delivered")], "claim")  # now, long after the bounce
    hear("email", "bounced_hard")
    assert reasons()["email"] is None


def test_a_failure_of_a_number_that_he_no_longer_has_is_none_of_his() -> None:
    hear("sms", "invalid_number", value="+6281299999999")
    assert reasons()["sms"] is None
    hear("email", "bounced_hard", value=f"C{ID}@example.com")
    assert reasons()["email"] == "bounced_hard"


def test_a_corrected_number_starts_without_a_past() -> None:
    hear("sms", "invalid_number")
    store.patch(ID, {"phone": "081234567899"}, actor="rina")
    assert reasons()["sms"] is None
    hear("sms", "not_reachable", 1)
    assert reasons()["sms"] is None


def test_one_item_is_open_for_a_customer_with_no_contact_point_left(stores: Cloud) -> None:
    hear("email", "bounced_hard")
    assert work(stores) == []
    for _ in range(3):
        lose_all()
    (item,) = work(stores)
    assert (item["kind"], item["unit"], item["state"], item["customer_id"]) == ("repair_contact", "crm", "open", ID)
    assert item["invalid"] == ["email", "sms", "voice", "whatsapp"]
    others: list[dict[str, Any]] = [{"kind": "call", "state": "open", "customer_id": i} for i in (ID, "131000000099")]
    assert [one.get("ask_for_contact") for one in repair_rounds.shown([*others, {"kind": "call"}])] == [
        True,
        None,
        None,
    ]


def test_an_item_of_repair_names_whatever_does_not_work_when_it_is_read(stores: Cloud) -> None:
    stores.table("CUSTOMERS_TABLE").put_item(Item=person(ID, open_tickets=1))
    hear("whatsapp", "not_on_whatsapp")
    (item,) = work(stores)
    assert item["invalid"] == ["whatsapp"]
    hear("email", "bounced_hard")
    hear("sms", "invalid_number")
    (item,) = work(stores)
    (shown,) = repair_rounds.shown([item])
    assert shown["invalid"] == ["email", "sms", "voice", "whatsapp"]
    (done,) = repair_rounds.shown([item | {"state": "done"}])
    assert done["invalid"] == item["invalid"]


@pytest.mark.parametrize(("changes", "more"), [({"open_tickets": 1}, {}), ({}, {"important": True})])
def test_an_important_matter_asks_at_once(stores: Cloud, changes: dict[str, Any], more: dict[str, Any]) -> None:
    stores.table("CUSTOMERS_TABLE").put_item(Item=person(ID, **changes))
    hear("email", "bounced_hard", **more)
    assert [item["reason"] for item in work(stores)] == ["bounced_hard"]


def test_a_crash_before_the_item_was_entered_is_made_good_by_the_next_delivery(
    stores: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(repair_rounds, "enter", lambda customer: 1 / 0)
        hear("email", "bounced_hard")
        hear("whatsapp", "not_on_whatsapp")
        with pytest.raises(ZeroDivisionError):
            hear("sms", "invalid_number")
    assert work(stores) == []
    hear("sms", "invalid_number")
    assert len(work(stores)) == 1


def test_what_a_person_fixed_is_valid_again_and_a_new_loss_opens_a_new_item(stores: Cloud) -> None:
    lose_all()
    (item,) = work(stores)
    answer = {"outcome": "fixed", "values": {"phone": "0812 3456 7899"}, "by": "rina", "at": "2026-11-24T04:00:00Z"}
    for _ in range(3):
        repair.completed(item, answer)
    assert (reasons()["sms"], reasons()["voice"], reasons()["email"]) == (None, None, "bounced_hard")
    assert store.get(ID)["phone"]["S"] == "+6281234567899"
    shown = [event for event in timeline.read(ID, 50)[0] if event["type"] == "contact_repair"]
    assert [(event["outcome"], event["by"]) for event in shown] == [("fixed", "rina")]
    lose_all()  # old receipts once more: they are about a number that he no longer has, or known
    assert len(work(stores)) == 1
    hear("sms", "invalid_number", 60 * 24)
    assert sorted(i["work_id"][-2:] for i in work(stores)) == ["-1", "-2"]


def test_the_same_number_confirmed_by_a_person_is_valid_again(stores: Cloud) -> None:
    hear("voice", "wrong_person")
    number = store.get(ID)["phone"]["S"]
    item = {"customer_id": ID, "work_id": f"repair_contact-{ID}-1", "round": 1}
    repair.completed(item, {"outcome": "fixed", "values": {"phone": number}, "by": "rina"})
    assert set(reasons().values()) == {None}


def test_an_unreachable_customer_is_recorded_and_a_bad_answer_refused(stores: Cloud) -> None:
    lose_all()
    (item,) = work(stores)
    refused: list[tuple[dict[str, Any], str]] = [
        ({"outcome": "fixed"}, "bad_value"),
        ({"outcome": "fixed", "values": {"phone": "halo"}}, "invalid_phone"),
        ({"outcome": "fixed", "values": {"name": "Siti"}}, "bad_value"),
        ({"outcome": "done"}, "bad_outcome"),
    ]
    for answer, code in refused:
        with pytest.raises(CaringError, match=code):
            repair.completed(item, answer)
    repair.completed(item, {"outcome": "unreachable", "by": "rina"})
    assert [e["outcome"] for e in timeline.read(ID, 50)[0] if e["type"] == "contact_repair"] == ["unreachable"]
    assert not repair_rounds.is_open(store.get(ID))


def test_nothing_is_kept_of_an_erased_or_unknown_customer(stores: Cloud) -> None:
    stores.table("CUSTOMERS_TABLE").put_item(Item={"customer_id": ID, "erased": True, "version": 4})
    hear("email", "bounced_hard")
    repair.hear("131000000099", "email", "failed", "bounced_hard", AT)
    assert stores.items("CUSTOMERS_TABLE") == [{"customer_id": ID, "erased": True, "version": 4}]


def receipt(status: str, reason: str | None, cause: str = "run-r1-w1") -> Receipt:
    return Receipt(f"{cause}_{ID}", "p1", "email", status, reason, AT, f"c{ID}@example.com")  # type: ignore[arg-type]


def test_receipts_become_facts_and_a_good_one_is_written_only_where_something_was_invalid() -> None:
    ledger.insert([Entry(ID, "run-r1-w1", "email"), Entry(ID, "run-r1-w2", "email")], "claim")
    events.take_receipts([receipt("delivered", None)])
    assert "contact_facts" not in store.get(ID)
    late = Receipt(f"run-r1-w2_{ID}", "p2", "email", "failed", "bounced_hard", AT + timedelta(minutes=1))
    events.take_receipts([late])
    assert reasons()["email"] == "bounced_hard"
    read = Receipt(f"run-r1-w1_{ID}", "p1", "email", "read", None, AT + timedelta(minutes=2))
    events.take_receipts([read])
    assert reasons()["email"] is None


def test_a_receipt_of_an_important_run_asks_at_once(stores: Cloud) -> None:
    runs.open_run("r2", program(kind="winback"), 1, "rina")
    ledger.insert([Entry(ID, "run-r2-w1", "email")], "claim")
    events.take_receipts([receipt("failed", "bounced_hard", "run-r2-w1")])
    assert len(work(stores)) == 1
