"""The clock driver: recurring schedules on the local clock, with Scheduler and targets played by a small fake."""

from __future__ import annotations

import time
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import pytest

from infra.local.clockwork import LocalClock
from infra.local.driver import Aws, Driver, Schedule

GROUP = "caring-local-schedules"
MACHINE = "arn:aws:states:ap-southeast-3:000000000000:stateMachine:caring-local-run"
FUNCTION = "arn:aws:lambda:ap-southeast-3:000000000000:function:caring-local-replay_parked"


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+07:00")


def schedule(expression: str, name: str = "daily", target: dict[str, Any] | None = None) -> Schedule:
    return Schedule(name, expression, "Asia/Jakarta", target or {"Arn": FUNCTION}, f"arn:aws:scheduler:::{name}")


class FakeAws:
    """Plays the three services; keeps what was called."""

    def __init__(self, schedules: list[dict[str, Any]]) -> None:
        self.schedules = schedules
        self.calls: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.exceptions = type("Exceptions", (), {"ResourceNotFoundException": KeyError})

    def list_schedules(self, GroupName: str, State: str, MaxResults: int) -> dict[str, Any]:  # noqa: N803
        assert (GroupName, MaxResults) == (GROUP, 100)
        return {"Schedules": [s for s in self.schedules if s["State"] == State]}

    def get_schedule(self, GroupName: str, Name: str) -> dict[str, Any]:  # noqa: N803
        assert GroupName == GROUP
        return next(s for s in self.schedules if s["Name"] == Name)

    def start_execution(self, **arguments: Any) -> None:
        self.calls["start_execution"].append(arguments)

    def invoke(self, **arguments: Any) -> None:
        self.calls["invoke"].append(arguments)


def stored(name: str, expression: str, **more: Any) -> dict[str, Any]:
    return {
        "Name": name,
        "ScheduleExpression": expression,
        "ScheduleExpressionTimezone": "Asia/Jakarta",
        "State": "DISABLED",
        "Target": {"Arn": FUNCTION},
        "Arn": f"arn:aws:scheduler:::{name}",
        **more,
    }


@pytest.fixture
def driver() -> Driver:
    noon_at_sixty_times = LocalClock(real=time.time(), local=at("2026-11-24T12:00").timestamp(), factor=60)
    return Driver(noon_at_sixty_times, Aws(lambda _: None))


def names(driver: Driver, schedules: list[Schedule], now: datetime) -> list[str]:
    return [due.name for due, _ in driver.due(schedules, now)]


def test_a_schedule_fires_when_the_local_clock_says_so_whatever_the_wall_says(driver: Driver) -> None:
    daily = [schedule("cron(5 12 * * ? *)")]
    seconds_on_the_wall = [driver.clock.real + s for s in (0, 2, 4, 4.9, 5.1, 6, 8)]
    fired = [names(driver, daily, driver.clock.at(second)) for second in seconds_on_the_wall]
    assert fired == [[], [], [], [], ["daily"], [], []]


def test_a_schedule_is_meant_in_its_own_zone(driver: Driver) -> None:
    utc = Schedule("utc", "cron(5 5 * * ? *)", "UTC", {"Arn": FUNCTION}, "arn")
    names(driver, [utc], at("2026-11-24T12:00"))
    assert names(driver, [utc], at("2026-11-24T12:05")) == ["utc"]


def test_what_was_due_before_the_driver_saw_it_is_not_made_up_for(driver: Driver) -> None:
    assert names(driver, [schedule("cron(0 12 * * ? *)")], at("2026-11-24T12:00:30")) == []


def test_a_changed_expression_counts_from_its_change(driver: Driver) -> None:
    names(driver, [schedule("rate(10 minutes)")], at("2026-11-24T12:00"))
    names(driver, [schedule("rate(1 hour)")], at("2026-11-24T12:30"))
    assert names(driver, [schedule("rate(1 hour)")], at("2026-11-24T13:29")) == []
    assert names(driver, [schedule("rate(1 hour)")], at("2026-11-24T13:31")) == ["daily"]


def test_an_expression_that_nobody_understands_stops_no_other(
    driver: Driver, capsys: pytest.CaptureFixture[str]
) -> None:
    both = [schedule("cron(nonsense)", "bad"), schedule("rate(1 minute)", "good")]
    names(driver, both, at("2026-11-24T12:00"))
    assert names(driver, both, at("2026-11-24T12:01:30")) == ["good"]
    assert "schedule_not_understood" in capsys.readouterr().out


def test_one_off_enabled_and_paused_schedules_are_left_alone() -> None:
    fake = FakeAws(
        [
            stored("every", "rate(5 minutes)"),
            stored("once", "at(2026-11-24T08:00:00)"),
            stored("emulators_own", "rate(5 minutes)", State="ENABLED"),
            stored("resting", "rate(5 minutes)", Description="Paused by a manager"),
        ]
    )
    assert [one.name for one in Aws(lambda _: fake).recurring(GROUP)] == ["every"]


def test_a_zone_that_the_emulator_forgot_is_jakarta() -> None:
    fake = FakeAws([stored("every", "cron(0 8 * * ? *)", ScheduleExpressionTimezone="UTC")])
    assert [one.zone for one in Aws(lambda _: fake).recurring(GROUP)] == ["Asia/Jakarta"]


def test_a_function_is_invoked_without_waiting_for_it() -> None:
    fake = FakeAws([])
    Aws(lambda _: fake).fire(schedule("rate(5 minutes)"), at("2026-11-24T12:05"))
    assert fake.calls["invoke"] == [{"FunctionName": FUNCTION, "InvocationType": "Event", "Payload": b"{}"}]


def test_an_execution_gets_the_scheduled_time_in_utc() -> None:
    fake = FakeAws([])
    target = {"Arn": MACHINE, "Input": '{"program_id":"p","at":"<aws.scheduler.scheduled-time>"}'}
    Aws(lambda _: fake).fire(schedule("rate(1 day)", target=target), at("2026-11-24T06:00"))
    assert fake.calls["start_execution"] == [
        {"stateMachineArn": MACHINE, "input": '{"program_id":"p","at":"2026-11-23T23:00:00Z"}'}
    ]


def test_a_target_of_another_kind_is_refused() -> None:
    target = {"Arn": "arn:aws:sqs:ap-southeast-3:000000000000:queue"}
    with pytest.raises(ValueError, match="another kind"):
        Aws(lambda _: FakeAws([])).fire(schedule("rate(1 day)", target=target), at("2026-11-24T06:00") + timedelta(0))
