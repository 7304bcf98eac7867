"""Fires the recurring schedules on the local clock.

The stack deploys them DISABLED here, because the emulator would fire them on real UTC; this process fires them when the
local clock says so. One-off schedules are made for real time by the functions and are the emulator's own business.
"""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.local import cron
from infra.local.clockwork import JAKARTA, LocalClock

TICK_SECONDS = 0.5
LIST_SECONDS = 2.0  # how soon a schedule that was made or changed is seen


@dataclass(frozen=True, slots=True)
class Schedule:
    """A recurring schedule of our group, as Scheduler describes it."""

    name: str
    expression: str
    zone: str
    target: dict[str, Any]
    arn: str

    def input(self, scheduled: datetime) -> str:
        """The target's input with Scheduler's own placeholders filled in."""
        text = str(self.target.get("Input") or "{}")
        known = {
            "schedule-arn": self.arn,
            "scheduled-time": scheduled.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "execution-id": uuid.uuid4().hex,
            "attempt-number": "1",
        }
        for name, value in known.items():
            text = text.replace(f"<aws.scheduler.{name}>", value)
        return text


@dataclass(frozen=True, slots=True)
class Aws:
    """Reads schedules and fires them; `client` makes a boto3 client of a service."""

    client: Callable[[str], Any]

    def recurring(self, group: str) -> Iterator[Schedule]:
        """The schedules that somebody has to fire: DISABLED, not one-off, and not paused by their description."""
        scheduler = self.client("scheduler")
        for entry in scheduler.list_schedules(GroupName=group, State="DISABLED", MaxResults=100)["Schedules"]:
            try:
                full = scheduler.get_schedule(GroupName=group, Name=entry["Name"])
            except scheduler.exceptions.ResourceNotFoundException:
                continue  # deleted since it was listed
            if full["ScheduleExpression"].startswith("at(") or "paused" in full.get("Description", "").casefold():
                continue
            yield Schedule(
                name=full["Name"],
                expression=full["ScheduleExpression"],
                # The emulator forgets the zone of a schedule that a template made: all of ours are Jakarta's.
                zone=full.get("ScheduleExpressionTimezone", "UTC").replace("UTC", JAKARTA.key),
                target=full["Target"],
                arn=full["Arn"],
            )

    def fire(self, schedule: Schedule, scheduled: datetime) -> None:
        """Do what Scheduler would do: start an execution or invoke a function. Raises ValueError for other targets."""
        arn, text = schedule.target["Arn"], schedule.input(scheduled)
        if ":states:" in arn:
            self.client("stepfunctions").start_execution(stateMachineArn=arn, input=text)
        elif ":lambda:" in arn:
            self.client("lambda").invoke(FunctionName=arn, InvocationType="Event", Payload=text.encode())
        else:
            raise ValueError(f"schedule {schedule.name} has a target of another kind: {arn}")


@dataclass(slots=True)
class Driver:
    """What was looked at last, per schedule; times are aware and on the local clock."""

    clock: LocalClock
    aws: Aws
    seen: dict[str, tuple[str, datetime, datetime]] = field(default_factory=dict)  # expression, anchor, looked at

    def due(self, schedules: list[Schedule], now: datetime) -> Iterator[tuple[Schedule, datetime]]:
        """Schedules that fire since the last look, each once, with the time for which they were due."""
        for schedule in schedules:
            expression, anchor, looked = self.seen.get(schedule.name, ("", now, now))
            if expression != schedule.expression:
                anchor = looked = now  # new or changed: its time runs from here
            self.seen[schedule.name] = (schedule.expression, anchor, now)
            try:
                meaning = cron.parse(schedule.expression)
            except ValueError as error:
                _say("schedule_not_understood", schedule=schedule.name, error=str(error))
                continue
            moment = meaning.occurrence(looked, now.astimezone(ZoneInfo(schedule.zone)), anchor)
            if moment is not None:
                yield schedule, moment

    def run(self, group: str) -> None:
        """Look and fire until the process is told to end; a failure is logged and the next look goes on."""
        schedules: list[Schedule] = []
        listed = 0.0
        while True:
            try:
                if time.monotonic() - listed >= LIST_SECONDS:
                    schedules, listed = list(self.aws.recurring(group)), time.monotonic()
                for schedule, moment in self.due(schedules, self.clock.at()):
                    self.aws.fire(schedule, moment)
                    _say("fired", schedule=schedule.name, scheduled=moment.isoformat())
            except (BotoCoreError, ClientError, ValueError) as error:
                _say("failed", error=str(error))
            time.sleep(TICK_SECONDS)


def _say(event: str, **details: str) -> None:
    print(json.dumps({"event": event, **details}), flush=True)


def main(group: str, clock: str) -> None:
    """Run until SIGTERM; `clock` is the value of CARING_CLOCK."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with contextlib.suppress(KeyboardInterrupt):
        Driver(LocalClock.of(json.loads(clock)), Aws(lru_cache(boto3.client))).run(group)


if __name__ == "__main__":
    main(*sys.argv[1:3])
