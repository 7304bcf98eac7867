"""A deployment in one process: the real handlers, the real state machine, fakes for AWS, and a process that can die.

A run is walked through as on AWS: a step that dies is tried again with the same input, a queue brings back what was not
finished, and a person who got no answer asks again. Time is simulated.
"""

from __future__ import annotations

import importlib
import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from botocore.exceptions import ClientError

from caring import aws, clock, links
from caring.customers.model import CHANNELS
from caring.errors import CaringError
from caring.ids import split_reference
from caring.replies import events
from caring.runs import control, prepare, store
from caring.scripts import store as scripts
from caring.typed import typed_item
from functions.send_messages import handler as send_messages
from tests.bench import receipts
from tests.caring.runs.conftest import SCRIPT, TUESDAY_TEN, program
from tests.dying import Killed, Process, Watched
from tests.emulator import TABLES, lambda_context
from tests.fakes import S3, SQS, DynamoDB, Queued, refused
from tests.machine import Machine


class Inline:
    """A pool of no threads: what is submitted is done at once."""

    @staticmethod
    def submit(action: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Do it."""
        done: Future[Any] = Future()
        try:
            done.set_result(action(*arguments))
        except BaseException as error:  # noqa: BLE001 - as a thread would
            done.set_exception(error)
        return done


@dataclass
class Providers:
    """All providers: they keep what they took, by reference, and say later what became of it.

    World.says maps (customer, channel) to what the provider's call does: "ok", "lost" (taken, no answer), "throttled"
    (the first time), "refused" (for his address), and to the receipts that follow.
    """

    world: World
    taken: Counter[str] = field(default_factory=Counter)
    tries: Counter[str] = field(default_factory=Counter)

    def send_email(self, **request: Any) -> dict[str, str]:
        """SES."""
        return {"MessageId": self._take("email", request["EmailTags"][0]["Value"])}

    def send_bulk_email(self, **request: Any) -> dict[str, Any]:
        """SES, many at once."""
        references = [entry["ReplacementTags"][0]["Value"] for entry in request["BulkEmailEntries"]]
        results, lost = [], False
        for reference in references:
            try:
                results.append({"Status": "SUCCESS", "MessageId": self._take("email", reference)})
            except ClientError as error:
                bad = error.response["Error"]["Code"] == "BadRequestException"
                results.append({"Status": "INVALID_PARAMETER" if bad else "ACCOUNT_THROTTLED", "Error": str(error)})
            except ConnectionError:
                lost = True
        if lost:
            raise ConnectionError("the answer never came")
        return {"BulkEmailEntryResults": results}

    def send_text_message(self, **request: Any) -> dict[str, str]:
        """SMS."""
        return {"MessageId": self._take("sms", request["Context"]["reference"])}

    def send_whatsapp_message(self, **request: Any) -> dict[str, str]:
        """WhatsApp."""
        return {"messageId": self._take("whatsapp", orjson.loads(request["message"])["biz_opaque_callback_data"])}

    def _take(self, channel: str, reference: str) -> str:
        _, customer_id = split_reference(reference) or ("", "")
        does, *following = self.world.says.get((customer_id, channel), ("ok", 0, 1))
        self.tries[reference] += 1
        if does == "throttled" and self.tries[reference] == 1:
            raise refused("TooManyRequestsException", "Send")
        if does == "refused":
            raise refused("BadRequestException", "Send", Error={"Code": "BadRequestException", "Message": "address"})
        self.taken[reference] += 1
        for place in following:
            step = receipts.STEPS[channel][place] if isinstance(place, int) else place
            body = receipts.body(channel, step, reference)
            self.world.sqs.send_message("receipts", body, DelaySeconds=2)
        if does == "lost":
            raise ConnectionError("the answer never came")
        return f"p-{reference}"


class Walk(Machine):
    """The state machine, with the step that waits for a person."""

    world: World

    def _do_task(self, name: str, state: dict[str, Any], data: Any, context: dict[str, Any]) -> Any:
        assert "Retry" in state, "a step that dies is not tried again"
        return super()._do_task(name, state, data, context)

    def answer(self, token: str) -> Any:
        """A person launches the run; the state machine is told by then."""
        self.world.person(lambda: control.launch(self.world.run_id, "rina"))
        assert self.world.answers, "the state machine waits for an answer that never comes"
        return json.loads(self.world.answers[-1])


@dataclass
class World:
    """Everything of one replay; `back_after` is how long (seconds) a queue or state machine takes to try again."""

    says: dict[tuple[str, str], tuple[Any, ...]]
    back_after: int = 300
    process: Process = field(default_factory=Process)
    run_id: str = "r1"

    def __post_init__(self) -> None:
        self.time = clock.parse(TUESDAY_TEN)
        self.answers: list[str] = []
        self.dynamodb = DynamoDB({table(v): tuple(n.partition(":")[0] for n in k[:2] if n) for v, k in TABLES.items()})
        self.s3, self.sqs, self.providers = S3(), SQS(self.seconds), Providers(self)
        states = SimpleNamespace(send_task_success=lambda **request: self.answers.append(request["output"]))
        secrets = SimpleNamespace(get_secret_value=lambda **_: {"SecretString": "0" * 64})
        self._clients = {"dynamodb": self.dynamodb, "s3": self.s3, "sqs": self.sqs, "stepfunctions": states}
        self._clients |= {"secretsmanager": secrets, "sesv2": self.providers, "socialmessaging": self.providers}
        self._clients["pinpoint-sms-voice-v2"] = self.providers
        self.at: list[tuple[datetime, Callable[[], Any]]] = []  # what people do at some time

    def seconds(self) -> float:
        """The time, as epoch seconds."""
        return self.time.timestamp()

    def client(self, service: str, **_: Any) -> Any:
        """A watched client, as boto3 would make it."""
        return Watched(self._clients[service], self.process)

    def add(self, customers: list[dict[str, Any]]) -> None:
        """Customers, without a call that counts."""
        for customer in customers:
            self.dynamodb.put_item(table("CUSTOMERS_TABLE"), typed_item(customer))

    def change(self, customer_id: str, **fields: Any) -> None:
        """Change a customer behind the run's back."""
        self.dynamodb.tables[table("CUSTOMERS_TABLE")][customer_id,] |= typed_item(fields)

    def walk(self, **fields: Any) -> str:
        """Run a program to its end; the state machine's last state."""
        self.process.watched = True
        self.person(lambda: store.open_run(self.run_id, program(**fields), 1, "rina"))
        machine = Walk(self.invoke, self.wait, self.run_id)
        machine.world = self
        end = machine.run({"program_id": "p1"})
        self.wait(clock.iso(self.time + timedelta(hours=1)))  # receipts that are still under way
        self.process.watched = False
        return end

    def invoke(self, folder: str, payload: Any) -> Any:
        """A step's function; one that dies is called again, as its Retry says."""
        handler = importlib.import_module(f"functions.{folder}.handler").handler
        return self.person(lambda: handler(payload, lambda_context()))

    def person(self, action: Callable[[], Any]) -> Any:
        """Somebody, or something, that tries again when no answer comes; the second time a conflict is no surprise."""
        try:
            return self.alive(action)
        except Killed:
            self.time += timedelta(seconds=self.back_after)
        try:
            return self.alive(action)
        except CaringError as error:
            assert error.status == 409  # noqa: PT017 - it was done the first time
            return None

    def alive(self, action: Callable[[], Any]) -> Any:
        """Do something in a process that has just been started."""
        self.process.dead = False
        forget()
        try:
            return action()
        finally:
            self.process.dead = False

    def wait(self, until: str) -> None:
        """Let time pass; queues are worked off, and people do what they do."""
        end = max(clock.parse(until), self.time)
        while True:
            coming = [q.visible for lying in self.sqs.queues.values() for q in lying]
            coming += [moment.timestamp() for moment, _ in self.at]
            if not coming or min(coming) > end.timestamp():
                break
            self.time = max(self.time, datetime.fromtimestamp(min(coming), self.time.tzinfo))
            for thing in [thing for thing in self.at if thing[0] <= self.time]:
                self.at.remove(thing)
                self.person(thing[1])
            for url, lying in list(self.sqs.queues.items()):
                for queued in [q for q in lying if q.visible <= self.time.timestamp()]:
                    self._deliver(url, queued)
        self.time = max(self.time, end)

    def _deliver(self, url: str, queued: Queued) -> None:
        """One message to its function; what was not finished comes back."""
        function = "record_receipt" if url == "receipts" else "send_messages"
        handler = importlib.import_module(f"functions.{function}.handler").handler
        queued.receives += 1
        queued.visible = self.time.timestamp() + self.back_after
        record = receipts.record(queued.body, "")
        del record["eventSourceARN"]
        record["attributes"]["ApproximateReceiveCount"] = str(queued.receives)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CHANNEL", url)
            try:
                answer = self.alive(lambda: handler({"Records": [record]}, lambda_context()))
            except Killed:
                return
        if not answer["batchItemFailures"]:
            self.sqs.queues[url].remove(queued)


def table(variable: str) -> str:
    """The fake table behind a variable."""
    return variable.removesuffix("_TABLE").lower()


def forget() -> None:
    """What a new process does not know."""
    for cache in (prepare._rules, prepare._composer, scripts.load_approved):
        cache.cache_clear()
    links.reset()
    aws.reset()
    for health in events._HEALTH.values():
        health.seen.clear()
    send_messages._health.cache_clear()


def deploy(patch: pytest.MonkeyPatch, world: World, **overrides: Any) -> None:
    """Let the product meet this world: environment, clients, clock, an approved script."""
    settings = {"send": {"threads": 1, "claim_batch": 3}, "plan": {"segments": 2}} | overrides
    environment = {variable: table(variable) for variable in TABLES} | {
        "QUEUE_URLS": json.dumps({c: {"blast": c, "conversation": f"{c}-conversation"} for c in CHANNELS}),
        "DATA_BUCKET": "data",
        "REPLIES_QUEUE_URL": "replies",
        "RECEIPTS_QUEUE_URL": "receipts",
        "LINK_SECRET_ARN": "secret",
        "LINK_BASE_URL": "https://caring.example.com",
        "MEDIA_BASE_URL": "https://caring.example.com/media",
        "WHATSAPP_PHONE_NUMBER_ID": "phone-number-id-1",
        "SMS_ORIGINATION_IDENTITY": "CARING",
        "SMS_CONFIGURATION_SET": "caring-sms",
        "EMAIL_FROM": "caring@example.com",
        "EMAIL_CONFIGURATION_SET": "caring-email",
        "WORKER_SHARE": "1000000",
        "CARING_OVERRIDES": json.dumps(settings),
        "POWERTOOLS_LOG_LEVEL": "CRITICAL",
    }
    for name, value in environment.items():
        patch.setenv(name, value)
    patch.delenv("CARING_CLOCK", raising=False)
    patch.setattr("boto3.client", world.client)
    patch.setattr("caring.wire.clients.Sender", world.client)
    patch.setattr("caring.wire.clients.Dynamo", lambda **_: world.client("dynamodb"))
    patch.setattr(send_messages, "_threads", Inline)
    patch.setattr(clock, "now", lambda: world.time)
    patch.setattr(clock, "to_wall", lambda moment: moment)
    forget()
    scripts.put_version(SCRIPT, state="approved", by="test")
