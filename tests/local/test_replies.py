"""Replies on the laptop cloud: what customers write goes through the real queues and changes what happens next."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

import pytest

from infra.local.api import Api
from tests.local import steps

# trailing digits of who is reminded → what his reply is understood as
REMINDED = {
    **dict.fromkeys(("70", "71", "72", "73", "74"), "paid"),
    "75": "complaint",  # no survey is open that his number could answer, and his comment is one
    **dict.fromkeys(("76", "77", "78"), "person"),
    "79": "complaint",  # praise
    "80": "opt_out",
    "81": "person",
    **dict.fromkeys(("82", "83"), "complaint"),
}
COMPLAINING, PRAISING = ("75", "82", "83"), "79"
SECONDS = 60  # until a reply must be seen; it takes a few, on a machine that does nothing else
TALKER, SILENCED = "137000000000", "137000000001"


def _row(customer_id: str, phone: str, *channels: str) -> dict[str, str]:
    return {
        "customer_id": customer_id,
        "name": "Dedi Balas",
        "phone": phone,
        "witel": "BANDUNG",
        "amount_due": "350000",
        "due_date": "2026-11-25",
        **{f"consent_{one}": "yes" if one in channels else "no" for one in (*steps.CHANNELS, "voice")},
    }


def _reminded(digits: str) -> str:
    return f"1371000000{digits}"


def _number(digits: str) -> str:
    return f"0812914000{digits}"


@pytest.fixture(scope="module")
def api(laptop_cloud: Api) -> Api:
    """As a manager, after the customers of these tests were imported."""
    rows = [_row(_reminded(digits), _number(digits), "whatsapp") for digits in REMINDED]
    rows += [_row(TALKER, "081291500000", "whatsapp", "sms"), _row(SILENCED, "081291500100", "sms")]
    assert steps.import_file(laptop_cloud, rows)["accepted"] == len(rows)
    return laptop_cloud


def _run(api: Api, customer_ids: list[str]) -> str:
    """A planned reminder for these customers."""
    wanted = {
        "name": f"Replies {uuid.uuid4().hex[:6]}",
        "kind": "billing_reminder",
        "script_id": "billing-reminder",
        "audience": {"customer_ids": customer_ids},
        "waves": [{"after_hours": 0, "until": "paid"}],
    }
    program = api.post("/programs", wanted)
    run_id = str(api.post(f"/programs/{program['program_id']}/runs")["run_id"])
    assert (
        steps.wait(lambda: api.get(f"/runs/{run_id}"), lambda seen: seen["state"] != "planning")["state"] == "planned"
    )
    return run_id


def _heard(api: Api, customer_id: str) -> list[dict[str, Any]]:
    events = api.get(f"/customers/{customer_id}/timeline")["items"]
    return [event for event in events if event["type"] == "message_in"]


def _items(api: Api, kind: str) -> list[dict[str, Any]]:
    return list(api.each("/work-items", kind=kind))


def _sent(api: Api, channel: str, customer_id: str) -> list[dict[str, Any]]:
    taken = steps.providers(api, f"/sent?channel={channel}")["items"]
    return [item for item in taken if item["reference"].endswith(f"_{customer_id}")]


@pytest.fixture(scope="module")
def reminded(api: Api) -> Api:
    """The same, after a reminder was sent and everybody has answered it."""
    run_id = _run(api, [_reminded(digits) for digits in REMINDED])
    api.post(f"/runs/{run_id}/launch")
    waited = [steps.wait(partial(_heard, api, _reminded(digits)), bool, SECONDS) for digits in REMINDED]
    assert all(waited)
    return api


@pytest.mark.parametrize("digits", REMINDED)
def test_a_reply_is_on_the_timeline_with_what_it_was_understood_as(reminded: Api, digits: str) -> None:
    first = _heard(reminded, _reminded(digits))[-1]
    assert (first["understood"]["as"], first["channel"]) == (REMINDED[digits], "whatsapp")
    assert first["text"]
    assert first["understood"]["reason"]
    assert reminded.get(f"/customers/{_reminded(digits)}")["whatsapp_window_until"]


def test_paid_pauses_reminders_is_answered_once_and_looked_for_by_billing(reminded: Api) -> None:
    customer_id = _reminded("70")
    assert reminded.get(f"/customers/{customer_id}")["payment_check_until"]
    checks = [item for item in _items(reminded, "collaborate") if item["customer_id"] == customer_id]
    assert [(item["unit"], item["state"]) for item in checks] == [("billing", "open")]

    def answers() -> list[dict[str, Any]]:
        sent = _sent(reminded, "whatsapp", customer_id)
        return [item for item in sent if item["reference"].startswith("payment-check-")]

    # He answers the answer too ("sudah bayar"), which must not go on for ever.
    (answer,) = steps.wait(answers, bool, SECONDS)
    assert answer["template"] is None, "within the 24 hours of his word it is free text"
    steps.wait(lambda: _heard(reminded, customer_id), lambda seen: len(seen) > 1, SECONDS)
    assert len(answers()) == 1
    program_id = reminded.get(f"/runs/{_run(reminded, [customer_id])}")["program_id"]
    why = reminded.get("/why", customer_id=customer_id, program_id=program_id)
    assert (why["reached"], why["reason"]) == (False, "payment_check")


def test_stop_ends_offers_and_everything_on_its_channel(reminded: Api) -> None:
    points = reminded.get(f"/customers/{_reminded('80')}")["contact_points"]
    assert not any(point["consents"]["offers"] for point in points)
    whatsapp = next(point for point in points if point["channel"] == "whatsapp")
    assert not any(whatsapp["consents"].values())


@pytest.mark.parametrize("digits", COMPLAINING)
def test_a_complaint_is_a_ticket_in_its_units_locker(reminded: Api, digits: str) -> None:
    customer_id = _reminded(digits)

    def tickets() -> list[dict[str, Any]]:
        return list(reminded.each("/tickets", customer_id=customer_id))

    (ticket,) = steps.wait(tickets, lambda seen: seen and seen[0]["state"] == "in_locker", SECONDS)
    assert (ticket["state"], ticket["category"], ticket["technical"]) == ("in_locker", "fault", True)
    work = [item for item in _items(reminded, "ticket_work") if item["ticket_id"] == ticket["ticket_id"]]
    assert [item["unit"] for item in work] == [ticket["unit"]]


def test_praise_is_counted_and_is_no_ticket(reminded: Api) -> None:
    told = reminded.get("/nps/themes")
    praise = next(one for one in told["categories"] if one["category"] == "praise")
    assert praise["n"] >= 1
    assert list(reminded.each("/tickets", customer_id=_reminded(PRAISING))) == []


def test_a_yes_to_no_question_lies_before_a_person_with_its_words(reminded: Api) -> None:
    mine = [item for item in _items(reminded, "reply") if item["customer_id"] == _reminded("81")]
    assert [(item["unit"], item["text"], item["channel"]) for item in mine] == [("crm", "ya", "whatsapp")]


def test_who_writes_by_himself_is_understood_and_a_stranger_is_kept(api: Api) -> None:
    steps.say(api, "sms", "081291500000", "sudah bayar kemarin")
    assert steps.wait(lambda: _heard(api, TALKER), bool, SECONDS)[0]["understood"]["as"] == "paid"
    words = f"halo, saya mau tanya {uuid.uuid4().hex[:6]}"
    steps.say(api, "whatsapp", "081291599900", words)

    def strangers() -> list[dict[str, Any]]:
        return [item for item in _items(api, "unmatched") if item["text"] == words]

    (item,) = steps.wait(strangers, bool, SECONDS)
    assert (item["sender"], item["channel"], item["unit"]) == ("+6281291599900", "whatsapp", "crm")


def test_an_opt_out_during_a_launched_run_stops_what_is_queued(api: Api) -> None:
    ops = api.as_("ops")
    run_id = _run(api, [SILENCED])
    ops.post("/kill-switch", {"on": True, "reason": "a message is to wait on its queue"})
    try:
        api.post(f"/runs/{run_id}/launch")
        steps.say(api, "sms", "081291500100", "STOP")
        heard = steps.wait(lambda: _heard(api, SILENCED), bool, SECONDS)
        assert heard[0]["understood"]["as"] == "opt_out"
    finally:
        ops.post("/kill-switch", {"on": False, "reason": "go on"})
    ended = steps.wait(lambda: api.get(f"/runs/{run_id}"), lambda seen: seen["state"] == "finished", 200)
    assert ended["ledger"]["skipped"]["by_reason"] == {"opted_out": 1}
    assert _sent(api, "sms", SILENCED) == []
