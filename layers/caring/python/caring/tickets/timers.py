"""One-off schedules of a ticket: warning, breach, a unit's deadline, the customer's silence.

Each is named after what it is for, so setting it again moves it. Firing one is harmless at any time: what it fires
looks at the ticket first. They run on real time, so moments pass `clock.to_wall`.
"""

from datetime import datetime, timedelta

import orjson
from botocore.exceptions import ClientError

from caring import aws, clock, environment

_SOONEST = timedelta(seconds=1)


def name(ticket_id: str, what: str) -> str:
    """The schedule's name."""
    return f"t-{ticket_id}-{what}"


def arm(ticket_id: str, what: str, at: datetime) -> None:
    """Have `what` fired at a moment (or as soon as can be, if that has passed)."""
    earliest = clock.to_wall(clock.now()) + _SOONEST
    wall = max(clock.to_wall(at), earliest) + timedelta(seconds=0.999)  # Scheduler knows whole seconds
    request = {
        "Name": name(ticket_id, what),
        "GroupName": environment.get("SCHEDULE_GROUP"),
        "ScheduleExpression": f"at({wall.strftime('%Y-%m-%dT%H:%M:%S')})",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ActionAfterCompletion": "DELETE",
        "Target": {
            "Arn": environment.get("TICKET_TIMER_ARN"),
            "RoleArn": environment.get("SCHEDULE_ROLE_ARN"),
            "Input": orjson.dumps({"ticket_id": ticket_id, "what": what}).decode(),
            "RetryPolicy": {"MaximumRetryAttempts": 5, "MaximumEventAgeInSeconds": 3600},
        },
    }
    scheduler = aws.client("scheduler")
    try:
        scheduler.create_schedule(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConflictException":
            raise
        scheduler.update_schedule(**request)


def disarm(ticket_id: str, what: str) -> None:
    """Have it fired no more; one that has fired, or never was, is fine."""
    try:
        aws.client("scheduler").delete_schedule(Name=name(ticket_id, what), GroupName=environment.get("SCHEDULE_GROUP"))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
