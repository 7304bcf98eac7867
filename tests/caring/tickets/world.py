"""Complaints in one process: the real handlers and state machine, fakes for AWS, time, and a process that can die.

Executions, timers and messages go on by `settle`, as they would by themselves; people and customers act in between.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from caring import clock
from caring.customers.model import CHANNELS
from caring.errors import CaringError
from caring.scripts import seed
from caring.tickets import closing, intake, sent, store
from caring.typed import typed_item
from caring.work import completing, items
from tests.caring.runs import world as runs
from tests.caring.runs.conftest import TUESDAY_TEN, person
from tests.dying import Killed, Process, Watched
from tests.emulator import TABLES, lambda_context
from tests.fakes import SQS, Client, DynamoDB, refused
from tests.machine import Machine, definition

CUSTOMER = "131500000001"
ARN = "arn:aws:states:ap-southeast-1:000000000000:stateMachine:caring-test-complaint"
DEFINITION = definition("complaint")
MINUTE = timedelta(minutes=1)


class StepFunctions(Client):
    """Executions by name. A token is good from the call that hands it out until it is answered, or that call fails."""

    def __init__(self, invoke: Callable[[str, Any], Any]) -> None:
        self._invoke = invoke
        self.executions: dict[str, Machine] = {}
        self.given: dict[str, str] = {}  # what an execution begins with, until it begins
        self.stopped: set[str] = set()
        self.tokens: set[str] = set()
        self.answers: dict[str, Any] = {}

    def start_execution(self, **request: Any) -> dict[str, Any]:
        """Begin an execution; a name is good for one."""
        if request["name"] in self.executions:
            raise refused("ExecutionAlreadyExists", "StartExecution")
        machine = Machine(self._invoke, print, request["name"], DEFINITION, retries=True)
        self.executions[request["name"]], self.given[request["name"]] = machine, request["input"]
        return {"executionArn": request["name"]}

    def send_task_success(self, **request: Any) -> dict[str, Any]:
        """Answer a token, once."""
        if request["taskToken"] not in self.tokens:
            raise refused("TaskDoesNotExist", "SendTaskSuccess")
        self.tokens.discard(request["taskToken"])
        self.answers[request["taskToken"]] = json.loads(request["output"])
        return {}

    def describe_execution(self, **request: Any) -> dict[str, Any]:
        """How an execution stands."""
        name = request["executionArn"].rpartition(":")[2]
        if name not in self.executions:
            raise refused("ExecutionDoesNotExist", "DescribeExecution")
        return {"status": self.status(name)}

    def list_executions(self, **request: Any) -> dict[str, Any]:
        """The executions of a status."""
        names = [name for name in self.executions if self.status(name) == request["statusFilter"]]
        return {"executions": [{"name": name} for name in names]}

    def stop_execution(self, **request: Any) -> dict[str, Any]:
        """End an execution, whatever it waits for."""
        name = request["executionArn"].rpartition(":")[2]
        self.stopped.add(name)
        self.tokens -= self.executions[name].waiting
        return {}

    def status(self, name: str) -> str:
        """An execution's status."""
        machine = self.executions[name]
        if name in self.stopped:
            return "ABORTED"
        return "RUNNING" if machine.end is None else ("FAILED" if machine.failed else "SUCCEEDED")

    def go_on(self) -> bool:
        """Let executions walk on by what they were told; whether one did."""
        for name, machine in self.executions.items():
            if name in self.stopped:
                continue
            if name in self.given:
                machine.start(json.loads(self.given.pop(name)))
                return True
            for token in machine.waiting & set(self.answers):
                machine.tell(token, self.answers.pop(token))
                return True
        return False


class Scheduler(Client):
    """One-off schedules: name → when, and the input of what they invoke."""

    def __init__(self) -> None:
        self.schedules: dict[str, tuple[datetime, dict[str, Any]]] = {}

    def create_schedule(self, **request: Any) -> dict[str, Any]:
        """Make one."""
        if request["Name"] in self.schedules:
            raise refused("ConflictException", "CreateSchedule")
        return self.update_schedule(**request)

    def update_schedule(self, **request: Any) -> dict[str, Any]:
        """Move one."""
        at = clock.parse(request["ScheduleExpression"].removeprefix("at(").removesuffix(")"))
        self.schedules[request["Name"]] = at, json.loads(request["Target"]["Input"])
        return {}

    def delete_schedule(self, **request: Any) -> dict[str, Any]:
        """Take one away."""
        if self.schedules.pop(request["Name"], None) is None:
            raise refused("ResourceNotFoundException", "DeleteSchedule")
        return {}


@dataclass
class World:
    """`process` may die; what dies is called again after `back_after` seconds, or with `forgets` found by a sweep only.

    `fails` are the channels over which no message arrives; `before` what happens just before a step of the machine.
    """

    process: Process = field(default_factory=Process)
    back_after: int = 300
    forgets: bool = False
    fails: set[str] = field(default_factory=set)
    before: dict[str, Callable[[], Any]] = field(default_factory=dict)
    holds: Callable[[], bool] = lambda: False  # whether senders may send nothing now

    def __post_init__(self) -> None:
        self.time = clock.parse(TUESDAY_TEN)
        keys = {runs.table(v): tuple(n.partition(":")[0] for n in k[:2] if n) for v, k in TABLES.items()}
        self.dynamodb = DynamoDB(
            keys, {"going_on": ("going_on", "opened_at"), "by_customer": ("customer_id", "opened_at")}
        )
        self.sqs, self.scheduler = SQS(self.seconds), Scheduler()
        self.states = StepFunctions(self.invoke)
        secrets = SimpleNamespace(get_secret_value=lambda **_: {"SecretString": "0" * 64})
        self._clients: dict[str, Any] = {"dynamodb": self.dynamodb, "sqs": self.sqs, "stepfunctions": self.states}
        self._clients |= {"scheduler": self.scheduler, "secretsmanager": secrets}
        self.said: list[tuple[str, str]] = []  # cause and channel of each message that went out
        self.sweeps = 0
        self.swept = False  # since the death that everybody forgot

    def seconds(self) -> float:
        """The time, as epoch seconds."""
        return self.time.timestamp()

    def client(self, service: str, **_: Any) -> Any:
        """A watched client, as boto3 would make it."""
        return Watched(self._clients[service], self.process)

    def add(self, **fields: Any) -> None:
        """The customer."""
        self.dynamodb.put_item("customers", typed_item(person(CUSTOMER, **fields)))

    # ---- what goes on by itself

    def invoke(self, folder: str, payload: Any) -> Any:
        """A function of the state machine; of one that dies the machine hears, or (if all forget) never."""
        token, step = payload.get("token"), payload.get("step", folder)
        if step in self.before:
            self.unseen(self.before.pop(step))
        self.states.tokens |= {token} if token else set()
        try:
            return self._alive(lambda: _handler(folder)(payload, lambda_context()))
        except Killed:
            if self.forgets and token:
                return None
            self.states.tokens -= {token}
            self.time += timedelta(seconds=self.back_after)
            raise RuntimeError("the function died") from None

    def settle(self) -> None:
        """Let executions, and messages, go as far as they come without anybody."""
        while self.states.go_on() or self._deliver():
            pass

    def _deliver(self) -> bool:
        for channel in () if self.holds() else CHANNELS:
            for queued in self.sqs.queues.pop(f"{channel}-conversation", []):
                body = orjson.loads(queued.body)
                row = {name: body[name] for name in ("customer_id", "cause", "channel", "why", "question", "subject")}
                row |= {"status": "failed" if channel in self.fails else "delivered", "at": clock.iso(self.time)}
                if self.dynamodb.get_item("messages", typed_item({n: row[n] for n in ("customer_id", "cause")})):
                    continue  # the ledger: at most once for its cause
                self.dynamodb.put_item("messages", typed_item(row))
                self.said.append((body["cause"], channel))
                return True
        return False

    def wait(self, **span: float) -> None:
        """Let time pass, and timers fire."""
        end = self.time + timedelta(**span)
        self.settle()
        self._sweep_after_death()
        while due := [(at, name) for name, (at, _) in self.scheduler.schedules.items() if at <= end]:
            at, name = min(due)
            self.time = max(self.time, at)
            event = self.scheduler.schedules.pop(name)[1]
            try:
                self._alive(lambda event=event: _handler("fire_ticket_timer")(event, lambda_context()))  # type: ignore[misc]
            except Killed:
                if not self.forgets:
                    self.scheduler.schedules[name] = self.time + timedelta(seconds=self.back_after), event
            self.settle()
        self.time = max(self.time, end)

    def sweep(self) -> dict[str, Any]:
        """The sweep, when nothing has been touched for a while."""
        self.sweeps += 1
        self.time += 20 * MINUTE
        found: dict[str, Any] = self.person(lambda: _handler("sweep_tickets")({}, lambda_context()))
        self.settle()
        return found

    def _sweep_after_death(self) -> None:
        """The sweeps that come within the hour, when nobody else knows of a death."""
        if self.forgets and self.process.died and not self.swept:
            self.swept = True
            for _ in range(3):
                self.sweep()

    def until(self, look: Callable[[], Any]) -> Any:
        """What is there to be found; a sweep may have to bring it."""
        self.settle()
        self._sweep_after_death()
        found = look()
        for _ in range(3):
            if not found:
                self.sweep()
                found = look()
        assert found, "not even sweeps bring it"
        return found

    # ---- people

    def person(self, action: Callable[[], Any]) -> Any:
        """Somebody who tries again when no answer comes; the second time a conflict is no surprise."""
        try:
            return self._alive(action)
        except Killed:
            self.time += timedelta(seconds=self.back_after)
        try:
            return self._alive(action)
        except CaringError as error:
            assert error.status == 409  # noqa: PT017 - it was done the first time
            return None

    def _alive(self, action: Callable[[], Any]) -> Any:
        self.process.dead = False
        try:
            return action()
        finally:
            self.process.dead = False

    def complain(self, event_id: str = "e1", text: str = "internet lambat", category: str = "fault") -> None:
        """A complaint comes in."""
        self.person(
            lambda: intake.open_ticket(CUSTOMER, source="walk_in", text=text, category=category, event_id=event_id)
        )
        self.settle()

    def complete(self, kind: str, unit: str | None = None, **said: Any) -> None:
        """An officer ends the open item of a kind (and unit)."""

        def find() -> list[dict[str, Any]]:
            return [i for i in self.items("open") if i["kind"] == kind and unit in (None, i["unit"])]

        (item,) = self.until(find)
        self.person(lambda: completing.complete(item["work_id"], said, "officer"))
        self.settle()

    def say(self, word: str, event_id: str) -> None:
        """The customer answers the question that is open, or was last."""
        self.until(lambda: _asked(self.ticket()))
        ticket = self.ticket()
        self.person(lambda: self.answer(word, event_id, ticket))
        self.settle()

    def answer(self, word: str, event_id: str, asked: dict[str, Any] | None = None) -> None:
        """The customer's word to what he was asked, or to whatever stands now."""
        ticket = asked or self.ticket()
        closing.answer(
            ticket["ticket_id"],
            word,  # type: ignore[arg-type]
            customer_id=CUSTOMER,
            cause=sent.cause(ticket["ticket_id"], ticket["round"], 1),
            event_id=event_id,
            channel="whatsapp",
            at=self.time,
        )

    def silence(self, step: str) -> None:
        """The customer says nothing to a step until its time is over."""
        self.until(lambda: _asked(self.ticket(), step))
        if "silent_at" not in self.ticket()["question"]:  # until it is seen that the message has left
            self.wait(seconds=2 + 60 + self.back_after)
        over = self.until(lambda: self.ticket()["question"].get("silent_at"))
        self.wait(seconds=(clock.parse(over) - self.time).total_seconds() + 2 + self.back_after)
        self.until(lambda: not _asked(self.ticket(), step))

    def end(self, state: str) -> None:
        """The ticket comes to its end."""
        self.until(lambda: self.ticket()["state"] == state)

    # ---- what there is to see

    def ticket(self) -> dict[str, Any]:
        """The one ticket."""
        (item,) = self.dynamodb.tables["tickets"].values()
        found: dict[str, Any] = self.unseen(lambda: store.get(item["ticket_id"]["S"]))
        return found

    def items(self, state: str | None = None) -> list[dict[str, Any]]:
        """The work items, or those of a state."""
        ids = [key[0] for key in self.dynamodb.tables["work_items"]]
        found: list[dict[str, Any]] = self.unseen(lambda: items.read(ids))
        return [item for item in found if state in (None, item["state"])]

    def unseen(self, look: Callable[[], Any]) -> Any:
        """Look without being a process that could die."""
        watched, self.process.watched = self.process.watched, False
        try:
            return look()
        finally:
            self.process.watched = watched

    def states_of(self, execution: int = -1) -> list[str]:
        """The states that an execution (the last by default) went through."""
        return [name for _, name in list(self.states.executions.values())[execution].ways]


def _asked(ticket: dict[str, Any], step: str | None = None) -> bool:
    if ticket["state"] in store.ENDED and step is None:
        return True
    question = ticket.get("question") or {}
    if ticket["state"] != "confirming" or question.get("answer"):
        return False
    return step in (None, question.get("step"))


def _handler(folder: str) -> Callable[[Any, Any], Any]:
    handler: Callable[[Any, Any], Any] = importlib.import_module(f"functions.{folder}.handler").handler
    return handler


def living(patch: pytest.MonkeyPatch, world: World, **fields: Any) -> World:
    """The product in this world, with its scripts and the customer."""
    runs.deploy(patch, world)  # type: ignore[arg-type]
    for name, value in {
        "COMPLAINT_ARN": ARN,
        "TICKET_TIMER_ARN": "arn:aws:lambda:ap-southeast-1:000000000000:function:caring-test-fire_ticket_timer",
        "SCHEDULE_GROUP": "schedules",
        "SCHEDULE_ROLE_ARN": "arn:aws:iam::000000000000:role/schedules",
        "POWERTOOLS_METRICS_NAMESPACE": "caring",
        "POWERTOOLS_SERVICE_NAME": "sweep_tickets",
    }.items():
        patch.setenv(name, value)
    seed.seed_scripts()
    world.add(**fields)
    world.process.watched = True
    return world
