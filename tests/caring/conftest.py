"""For all that talks to one customer: him, approved scripts, and the senders of the conversation queues."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from caring import aws as clients
from caring import clock
from caring.channels.types import Outcome, Outgoing
from caring.conversation import delivery
from caring.customers.model import CHANNELS
from caring.messages.pacing import Pacer
from caring.runs.deliver import Worker
from caring.scripts import store as scripts
from caring.typed import typed_item
from tests.caring.runs.conftest import TUESDAY_TEN, person
from tests.emulator import Cloud

CUSTOMER = "131000000001"
BUTTONS = [{"type": "quick_reply", "index": 0, "text": "ya"}, {"type": "quick_reply", "index": 1, "text": "belum"}]


def script(script_id: str, purpose: str = "service", **whatsapp: Any) -> dict[str, Any]:
    """A question over three channels about a ticket."""
    text = "Yth. {name}, apakah gangguan {ticket_id} sudah selesai? Balas YA atau BELUM."
    template = {"name": f"caring_{script_id}", "language": "id", "params": ["name", "ticket_id"], "buttons": BUTTONS}
    return {
        "script_id": script_id,
        "name": script_id,
        "purpose": purpose,
        "variants": [
            {"channel": "whatsapp", "language": "id", "body": text, "template": template | whatsapp},
            {"channel": "sms", "language": "id", "body": text},
            {"channel": "email", "language": "id", "subject": "Tiket {ticket_id}", "body": text},
        ],
    }


@dataclass
class Talk:
    """The stores, a provider that remembers, and the senders of the conversation queues."""

    cloud: Cloud
    worker: Callable[[str], Worker]
    sent: list[Outgoing] = field(default_factory=list)
    answer: Callable[[Outgoing], Outcome] = lambda outgoing: Outcome("accepted", f"id-{outgoing.reference}")

    def add(self, customer_id: str = CUSTOMER, **fields: Any) -> None:
        """Add a customer or change one as a whole."""
        item = typed_item(person(customer_id, **fields))
        self.cloud.client("dynamodb").put_item(TableName=self.cloud.environment["CUSTOMERS_TABLE"], Item=item)

    def queued(self) -> list[dict[str, Any]]:
        """The bodies on the conversation queues, taken off."""
        return [orjson.loads(b) for c in CHANNELS for b in self.cloud.drain(self.cloud.queue(c, "conversation"))]

    def deliver(self) -> list[Outgoing]:
        """Take up what lies on the queues; what was sent by that."""
        before = len(self.sent)
        for body in self.queued():
            delivery.deliver(body, self.worker(body["channel"]))
        return self.sent[before:]

    def ledger(self, cause: str, customer_id: str = CUSTOMER) -> dict[str, Any] | None:
        """A message as the ledger holds it."""
        key = {"customer_id": customer_id, "cause": cause}
        found: dict[str, Any] | None = self.cloud.table("MESSAGES_TABLE").get_item(Key=key).get("Item")
        return found


@pytest.fixture
def talk(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Talk]:
    """One customer at ten in the morning, and the script closure-question."""
    clients.reset()
    monkeypatch.setattr(clock, "now", lambda: clock.parse(TUESDAY_TEN))
    with ThreadPoolExecutor(4) as pool:
        made = Talk(aws, lambda channel: Worker(channel, Pacer(1e6), pool, deliver=provider))

        def provider(outgoing: Outgoing) -> Outcome:
            outcome = made.answer(outgoing)
            if outcome.status == "accepted":
                made.sent.append(outgoing)
            return outcome

        made.add()
        scripts.load_approved.cache_clear()
        scripts.put_version(script("closure-question"), state="approved")
        yield made
    clients.reset()
