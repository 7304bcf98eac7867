"""A customer of whom every store holds something."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from caring import aws as clients
from caring import parked, timeline
from caring.customers.importing import store as imports
from caring.messages import ledger
from caring.messages.ledger import Change, Entry
from tests.caring.runs.conftest import person
from tests.emulator import Cloud

ID = "131000000001"
NAME, PHONE, MAILBOX, WORDS = "Siti Aminah", "+6281234567801", "Siti.Aminah@example.com", "internet saya mati"
AT = datetime(2026, 11, 20, 3, tzinfo=UTC)
MAIL = "replies/m1"


@dataclass
class Kept:
    """The stores, and what may be looked for in them."""

    cloud: Cloud

    @property
    def bucket(self) -> str:
        return self.cloud.environment["DATA_BUCKET"]

    def put(self, key: str, body: str | bytes, bucket: str | None = None) -> None:
        data = body.encode() if isinstance(body, str) else body
        self.cloud.client("s3").put_object(Bucket=bucket or self.bucket, Key=key, Body=data)

    def keys(self, bucket: str | None = None) -> list[str]:
        found = self.cloud.client("s3").list_objects_v2(Bucket=bucket or self.bucket)
        return [entry["Key"] for entry in found.get("Contents", ())]

    def everything(self) -> str:
        """Every item of every table and every file, as one text in lower case."""
        tables = [name for name in self.cloud.environment if name.endswith("_TABLE")]
        said = [json.dumps(self.cloud.items(name), default=str, ensure_ascii=False) for name in tables]
        s3 = self.cloud.client("s3")
        for name in ("DATA_BUCKET", "INBOUND_BUCKET"):
            bucket = self.cloud.environment[name]
            for key in self.keys(bucket):
                body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
                said += [key, body.decode("utf-8", "replace"), body.decode("utf-16-le", "replace")]
        return "\n".join(said).lower()

    def gives_away(self) -> list[str]:
        """What can still be found of the customer."""
        found = self.everything()
        digits = PHONE.removeprefix("+")
        needles = (NAME, digits, "0" + digits[2:], MAILBOX, WORDS, "rahasia", "wamid.siti")
        return [needle for needle in needles if needle.lower() in found]

    def import_of(self, body: bytes, *, done: bool) -> str:
        """An import of a file, cut into one part, finished or not."""
        import_id, key = imports.create_import("customers.csv", "customers", "rina")
        self.put(key, body)
        self.put(imports.part_key(import_id, "e1", 1), body)
        self.put(imports.rows_key(import_id, 1), json.dumps({"row": 1, "customer_id": ID}))
        table = self.cloud.table("IMPORTS_TABLE")
        meta = table.get_item(Key={"import_id": import_id, "part": "meta"})["Item"]
        table.put_item(Item=meta | {"parts": 1, "rows": 1, "source": "e1", "started_at": "2026-11-20T03:00:00.000Z"})
        if done:
            self.finish(import_id)
        return import_id

    def finish(self, import_id: str) -> None:
        part: dict[str, Any] = {"accepted": 1, "rejected": 0, "issues": 0}
        self.cloud.table("IMPORTS_TABLE").put_item(Item={"import_id": import_id, "part": "part-00001", **part})


@pytest.fixture
def kept(aws: Cloud) -> Iterator[Kept]:
    clients.reset()
    found = Kept(aws)
    customer = person(ID, name=NAME, phone=PHONE, whatsapp=PHONE, email=MAILBOX, email_key=MAILBOX.lower())
    aws.table("CUSTOMERS_TABLE").put_item(Item=customer)
    aws.table("CUSTOMERS_TABLE").put_item(Item=person("131000000002", phone="+6281999999999"))
    raw = f"{aws.environment['INBOUND_BUCKET']}/{MAIL}"
    timeline.append(ID, "message_in", at=AT, event_id="e1", channel="email", text=WORDS, raw=raw)
    timeline.append("131000000002", "message_in", at=AT, event_id="e2", channel="sms", text="terima kasih")
    ledger.insert([Entry(ID, "run-r1-w1", "whatsapp"), Entry("131000000002", "run-r1-w1", "sms")], "claim")
    ledger.settle([Change((ID, "run-r1-w1"), "whatsapp", "read", None, "wamid.SITI")], "claim")
    aws.table("TICKETS_TABLE").put_item(
        Item={
            **{"ticket_id": "t1", "customer_id": ID, "opened_at": "x", "unit_state": "crm#closed#bandung"},
            **{"deadline": "y", "state": "closed", "category": "fault", "text": WORDS},
            "history": {"e1": {"at": "z", "event": "opened", "note": "rahasia"}},
        }
    )
    work = {"customer_id": ID, "due_at": "x", "order_key": "0", "unit": "crm", "witel": "BANDUNG", "kind": "call"}
    for name, more in {
        "call-1": {"state": "open", "note": "rahasia", "reason": f"call {PHONE}"},
        "ticket_work-1": {"state": "claimed", "ticket_id": "t1", "token": "tok", "request": WORDS},
    }.items():
        locker = f"crm#{more['state']}#bandung"
        aws.table("WORK_ITEMS_TABLE").put_item(Item={**work, **more, "work_id": name, "locker": locker})
    aws.table("WORK_ITEMS_TABLE").put_item(
        Item={
            **{"work_id": "unmatched-1", "locker": "crm#open#bandung", "order_key": "1", "due_at": "x"},
            **{"state": "open", "unit": "crm", "witel": "BANDUNG", "sender": PHONE, "text": "rahasia"},
        }
    )
    aws.table("NPS_TABLE").put_item(
        Item={
            **{"day_part": "2026-11-20#1", "entry": "score#1", "customer_id": ID, "at": "x"},
            **{"score": 3, "episode": "pay", "comment": WORDS, "witel_key": "bandung"},
        }
    )
    parked.park("reply", "no_customer_with_this_sender", json.dumps({"sender": PHONE, "text": "rahasia"}), at=AT)
    parked.park("reply", "no_customer_with_this_sender", json.dumps({"sender": "+62811", "text": "halo"}), at=AT)
    found.put(MAIL, f"From: {MAILBOX}\n\n{WORDS}", aws.environment["INBOUND_BUCKET"])
    found.put("replies/m2", "From: other@example.com", aws.environment["INBOUND_BUCKET"])
    found.put(f"exports/customers/{ID}/old.json", NAME)
    found.put("plans/r1/w1/0.json", json.dumps({"ids": [ID]}))
    yield found
    clients.reset()
