"""A program's own schedule: EventBridge Scheduler starts its runs at Jakarta hours."""

import re
from typing import Any

import orjson
from botocore.exceptions import ClientError

from caring import aws, configuration, environment
from caring.errors import CaringError

_CRON = re.compile(r"cron\(([^\s()]+) ([^\s()]+) ([^\s()]+) ([^\s()]+) ([^\s()]+) ([^\s()]+)\)\Z")
_NUMBER = re.compile(r"[0-9]{1,4}\Z")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minutes", 0, 59, ()),
    ("hours", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 1, 7, _DAYS),
    ("year", 1970, 2199, ()),
)


def check(text: str) -> None:
    """CaringError bad_schedule (400) unless EventBridge Scheduler would take the cron expression."""
    match = _CRON.match(text)
    if not match:
        raise _bad("write cron(minutes hours day-of-month month day-of-week year), such as cron(0 9 ? * MON-FRI *)")
    for value, (name, low, high, words) in zip(match.groups(), _FIELDS, strict=True):
        if not all(_fits(part, name, low, high, words) for part in value.split(",")):
            raise _bad(f"{value!r} is no {name}: numbers {low}–{high}, lists, ranges, steps and * are")
    if (match[3] == "?") == (match[5] == "?"):
        raise _bad("exactly one of day-of-month and day-of-week must be ?")
    if match[1] == "*":
        raise _bad("a run every minute is never meant: give the minute")


def _fits(part: str, name: str, low: int, high: int, words: tuple[str, ...]) -> bool:
    if part in ("*", "?"):
        return part == "*" or name.startswith("day")
    if name == "day of the month" and re.fullmatch(r"L|LW|([1-9]|[12][0-9]|3[01])W", part):
        return True
    if name == "day of the week" and re.fullmatch(r"[1-7]?L|[1-7]#[1-5]|[A-Z]{3}#[1-5]", part):
        return True
    base, slash, step = part.partition("/")
    if slash and not (_NUMBER.match(step) and int(step) > 0):
        return False
    if slash and base == "*":
        return True
    ends = [_value(end, words) for end in base.split("-")]
    return len(ends) <= 2 and all(end is not None and low <= end <= high for end in ends)


def _value(text: str, words: tuple[str, ...]) -> int | None:
    if text.upper() in words:
        return words.index(text.upper()) + 1
    return int(text) if _NUMBER.match(text) else None


def _bad(problem: str) -> CaringError:
    return CaringError("bad_schedule", f"schedule: {problem}")


def apply(program: dict[str, Any]) -> None:
    """Make the schedule in EventBridge what the program says; doing it again changes nothing."""
    name, group = f"program-{program['program_id']}", environment.get("SCHEDULE_GROUP", "")
    scheduler = aws.client("scheduler") if group else None
    if scheduler is None:
        if program["schedule"]:
            raise CaringError("no_schedules_here", "this deployment has no schedule group: leave schedule out", 409)
        return
    if not program["schedule"]:
        _ignoring("ResourceNotFoundException", scheduler.delete_schedule, Name=name, GroupName=group)
        return
    request = {
        "Name": name,
        "GroupName": group,
        "ScheduleExpression": program["schedule"],
        "ScheduleExpressionTimezone": configuration.get().zones.default,
        "State": environment.get("SCHEDULE_STATE", "ENABLED"),
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {
            "Arn": environment.get("CARING_RUN_ARN"),
            "RoleArn": environment.get("SCHEDULE_ROLE_ARN"),
            "Input": orjson.dumps({"program_id": program["program_id"]}).decode(),
            "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 3600},
        },
    }
    if _ignoring("ConflictException", scheduler.create_schedule, **request):
        _ignoring("ConflictException", scheduler.update_schedule, **request)


def _ignoring(code: str, call: Any, **request: Any) -> bool:
    """Make a call; True if it was refused with this code, which means that it is done already."""
    try:
        call(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] != code:
            raise
        return True
    return False
