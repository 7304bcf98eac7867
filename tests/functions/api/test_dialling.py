"""Click to dial: off unless a deployment names its telephone, and then only for a call in one's own hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from caring import aws as clients
from caring import clock
from caring.customers import store as customers
from caring.work import items
from tests.emulator import Cloud
from tests.functions.api.conftest import CUSTOMER, Api

WORK_ID = "call-1"
EXPECTED: dict[str, Any] = {
    "InstanceId": "i-1",
    "ContactFlowId": "f-1",
    "QueueId": "q-1",
    "DestinationPhoneNumber": CUSTOMER["phone"],
    "ClientToken": f"{WORK_ID}-1",
    "Attributes": {"work_id": WORK_ID},
}


@pytest.fixture
def officer(api: Api, customer: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Api:
    """An officer of Bandung at ten in the morning, and a call that nobody has in hand."""
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat("2026-11-24T10:00:00+07:00"))
    call = items.about(customers.get(CUSTOMER["customer_id"]), "call", WORK_ID, unit="crm", reason="x")
    items.enter([call])
    return api.as_("officer")


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """A deployment with a telephone: requests and answers are held against the service's own model."""
    telephone = boto3.client("connect", region_name="ap-southeast-1")
    others = clients.client
    with monkeypatch.context() as patched, Stubber(telephone) as stubber:
        for name, value in (("INSTANCE_ID", "i-1"), ("CONTACT_FLOW_ID", "f-1"), ("QUEUE_ID", "q-1")):
            patched.setenv(f"CONNECT_{name}", value)
        patched.setattr(clients, "client", lambda service: telephone if service == "connect" else others(service))
        yield stubber


def dial(staff: Api) -> tuple[int, str]:
    answer = staff.post(f"/work-items/{WORK_ID}/dial")
    return answer.status, answer.body.get("code") or answer.body["contact_id"]


def test_without_a_telephone_it_is_off(officer: Api) -> None:
    officer.post(f"/work-items/{WORK_ID}/claim")
    assert dial(officer) == (409, "dial_off")


def test_a_call_in_hand_is_dialled_as_one_try(officer: Api, connect: Stubber) -> None:
    officer.post(f"/work-items/{WORK_ID}/claim")
    for _ in range(2):
        connect.add_response("start_outbound_voice_contact", {"ContactId": "c-1"}, EXPECTED)
    assert [dial(officer), dial(officer)] == [(200, "c-1")] * 2
    assert officer.get(f"/work-items/{WORK_ID}").body["contact_id"] == "c-1"
    connect.assert_no_pending_responses()


def test_only_who_holds_the_item_may_dial(officer: Api, connect: Stubber) -> None:
    assert dial(officer) == (409, "not_claimed")
    officer.as_("manager").post(f"/work-items/{WORK_ID}/claim")
    assert dial(officer) == (409, "not_claimed")
    assert dial(officer.as_("officer", "CIREBON"))[0] == 404


def test_nobody_is_dialled_at_night_or_at_a_number_that_does_not_work(
    officer: Api, connect: Stubber, aws: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer.post(f"/work-items/{WORK_ID}/claim")
    broken = {"voice": {"reason": "invalid_number", "at": "2026-11-24T02:00:00.000Z", "soft": False}}
    aws.table("CUSTOMERS_TABLE").put_item(Item=CUSTOMER | {"invalid": broken})
    assert dial(officer) == (409, "no_number")
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat("2026-11-24T19:59:00+07:00"))
    officer.post(f"/work-items/{WORK_ID}/claim")
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat("2026-11-24T20:30:00+07:00"))
    assert dial(officer) == (409, "outside_window")


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ("DestinationNotAllowedException", 409, "not_dialled"),
        ("OutboundContactNotPermittedException", 409, "not_dialled"),
        ("LimitExceededException", 429, "lines_busy"),
        ("InternalServiceException", 500, "internal_error"),
    ],
)
def test_what_the_telephone_refuses_is_told(officer: Api, connect: Stubber, said: str, status: int, code: str) -> None:
    officer.post(f"/work-items/{WORK_ID}/claim")
    connect.add_client_error("start_outbound_voice_contact", said, http_status_code=400, expected_params=EXPECTED)
    assert dial(officer) == (status, code)


def test_only_calls_are_dialled(officer: Api, connect: Stubber) -> None:
    visit = items.get(WORK_ID) | {"work_id": "visit-1", "kind": "visit"}
    items.enter([{name: value for name, value in visit.items() if name not in ("locker", "order_key")}])
    officer.post("/work-items/visit-1/claim")
    assert officer.post("/work-items/visit-1/dial").body["code"] == "no_call"
