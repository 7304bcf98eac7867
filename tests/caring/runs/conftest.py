"""A small unit with customers, an approved script and a program, for tests of runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from caring import aws as clients
from caring import clock, configuration
from caring.channels.types import Outcome, Outgoing
from caring.customers.model import CHANNELS
from caring.messages.pacing import Pacer
from caring.runs import deliver, finish, forecast, opening, plan, prepare, reconcile, release, settle, store, waves
from caring.scripts import store as scripts
from caring.typed import typed_item
from tests.emulator import Cloud

TUESDAY_TEN = "2026-11-24T03:00:00+00:00"  # 10:00 in Bandung


def person(customer_id: str, **fields: Any) -> dict[str, Any]:
    """A customer who owes and may be reached over every channel."""
    number = f"+62812{customer_id[-8:]}"
    return {
        "customer_id": customer_id,
        "name": "Budi Santoso",
        "segment": "REGULAR",
        "phone": number,
        "whatsapp": number,
        "email": f"c{customer_id}@example.com",
        "email_key": f"c{customer_id}@example.com",
        "language": "id",
        "witel": "BANDUNG",
        "witel_key": "bandung",
        "amount_due": 350000,
        "due_date": "2026-11-25",
        "consent_whatsapp": True,
        "consent_sms": True,
        "consent_email": True,
        "consent_voice": True,
        "version": 1,
    } | fields


SCRIPT = {
    "script_id": "reminder",
    "name": "Reminder",
    "purpose": "service",
    "variants": [
        {"channel": "sms", "language": "id", "body": "Yth. {name}, tagihan {amount_due} jatuh tempo {due_date}."},
        {"channel": "whatsapp", "language": "id", "body": "Yth. {name}, tagihan {amount_due}."},
        {"channel": "email", "language": "id", "subject": "Tagihan", "body": "Yth. {name}, tagihan {amount_due}."},
    ],
}


def program(**fields: Any) -> dict[str, Any]:
    """A billing reminder over all channels, for the whole table."""
    return {
        "program_id": "p1",
        "name": "Reminder",
        "kind": "billing_reminder",
        "audience": {"field": "amount_due", "is": "at_least", "value": 1},
        "script_id": "reminder",
        "channels": "auto",
        "waves": [{"after_hours": 0, "until": "paid"}],
        "window": None,
        "cap": None,
        "holdout_percent": 0,
        "budget": None,
        "schedule": None,
        "launch": "person",
        "witel": None,
    } | fields


@dataclass
class Unit:
    """The stores, a provider that remembers, and the steps of a run without the state machine around them."""

    cloud: Cloud
    sent: list[Outgoing] = field(default_factory=list)
    answer: Callable[[Outgoing], Outcome] = lambda outgoing: Outcome("accepted", f"id-{outgoing.reference}")

    def add(self, *customers: dict[str, Any]) -> None:
        table = self.cloud.environment["CUSTOMERS_TABLE"]
        for customer in customers:
            self.cloud.client("dynamodb").put_item(TableName=table, Item=typed_item(customer))

    def change(self, customer_id: str, **fields: Any) -> None:
        table = self.cloud.table("CUSTOMERS_TABLE")
        table.put_item(Item=table.get_item(Key={"customer_id": customer_id})["Item"] | fields)

    def plan(self, planned: dict[str, Any], run_id: str = "r1") -> dict[str, Any]:
        """Open, plan and forecast; the run is then planned. Returns the forecast."""
        store.open_run(run_id, planned, prepare.script_version(planned["script_id"]), "rina")
        opened = opening.begin(run_id, planned["program_id"])
        run = store.get_run(run_id)
        for shard in opened["shards"]:
            plan.plan_shard(run, prepare.rules(run), 1, shard)
        made = forecast.make_forecast(run, prepare.rules(run), 1)
        store.update(run_id, state="planned")
        return made

    def release(self, run_id: str = "r1", cursor: dict[str, list[int]] | None = None) -> dict[str, Any]:
        run = store.get_run(run_id)
        step = {"wave": run.wave, "part": "first", "shards": waves.shards_of(run, run.wave)}
        return release.release(run, prepare.rules(run), step, cursor)

    def chunks(self, channel: str) -> list[dict[str, Any]]:
        """Take everything that lies on a channel's queue now."""
        sqs, url = self.cloud.client("sqs"), orjson.loads(self.cloud.environment["QUEUE_URLS"])[channel]["blast"]
        taken: list[dict[str, Any]] = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                taken.append(orjson.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return taken

    def send(self, chunk: dict[str, Any]) -> deliver.Delivered:
        lock = threading.Lock()

        def call(outgoing: Outgoing) -> Outcome:
            with lock:
                self.sent.append(outgoing)
            return self.answer(outgoing)

        with ThreadPoolExecutor(4) as pool:
            return deliver.deliver_chunk(chunk, deliver.Worker(chunk["channel"], Pacer(1e6), pool, call))

    def send_all(self) -> None:
        for channel in CHANNELS:
            for chunk in self.chunks(channel):
                self.send(chunk)

    def launch(self, run_id: str = "r1") -> None:
        store.move(run_id, ("planned",), "releasing")

    def finish(self, run_id: str = "r1") -> dict[str, Any]:
        """Settle, reconcile and end the run, as its state machine does."""
        run = store.get_run(run_id)
        settled = settle.settle(run, run.wave, None)["outcome"]
        for shard in range(run.shards):
            reconcile.reconcile_shard(run, shard)
        return finish.finish(run_id, "finish" if settled == "settled" else settled)


@pytest.fixture
def unit(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Unit]:
    monkeypatch.setattr(clock, "now", lambda: clock.parse(TUESDAY_TEN))
    monkeypatch.setattr(clock, "to_wall", lambda moment: moment)
    for cache in (prepare._rules, prepare._composer, scripts.load_approved):
        cache.cache_clear()
    clients.reset()
    assert configuration.get().plan.segments
    scripts.put_version(SCRIPT, state="approved", by="test")
    yield Unit(aws)
    clients.reset()
