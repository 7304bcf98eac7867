"""The complaint state machine: started once per ticket, told what people and customers answered."""

import orjson
from botocore.exceptions import ClientError

from caring import aws, environment
from caring.observability import logger
from caring.tickets.store import Ticket

RUNNING = "RUNNING"
_NOBODY_WAITS = ("TaskTimedOut", "TaskDoesNotExist", "InvalidToken")


def execution(ticket: Ticket) -> str:
    """The name of a ticket's latest execution: its own id, with a number once it had to be started again."""
    starts = int(ticket.get("starts") or 0)
    return str(ticket["ticket_id"]) + (f"-{starts}" if starts else "")


def start(ticket: Ticket) -> None:
    """Start the ticket's execution; one of that name that is there already is the same one."""
    try:
        aws.client("stepfunctions").start_execution(
            stateMachineArn=environment.get("COMPLAINT_ARN"),
            name=execution(ticket),
            input=orjson.dumps({"ticket_id": ticket["ticket_id"]}).decode(),
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
            raise


def tell(token: str, outcome: str) -> bool:
    """Tell the waiting state what came out; False if nobody waits with this token any more."""
    try:
        aws.client("stepfunctions").send_task_success(
            taskToken=token, output=orjson.dumps({"outcome": outcome}).decode()
        )
    except ClientError as error:
        if error.response["Error"]["Code"] not in _NOBODY_WAITS:
            raise
        logger().warning("nobody waits for this answer any more", extra={"outcome": outcome})
        return False
    return True


def arn(ticket: Ticket) -> str:
    """The ARN of the ticket's latest execution."""
    machine = environment.get("COMPLAINT_ARN").replace(":stateMachine:", ":execution:")
    return f"{machine}:{execution(ticket)}"


def status(ticket: Ticket) -> str:
    """RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED; MISSING if it was never started or is forgotten."""
    try:
        return str(aws.client("stepfunctions").describe_execution(executionArn=arn(ticket))["status"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "ExecutionDoesNotExist":
            raise
        return "MISSING"


def running() -> frozenset[str]:
    """The names of all executions that run, or did moments ago."""
    pages = (
        aws.client("stepfunctions")
        .get_paginator("list_executions")
        .paginate(stateMachineArn=environment.get("COMPLAINT_ARN"), statusFilter=RUNNING)
    )
    return frozenset(str(one["name"]) for page in pages for one in page["executions"])


def stop(ticket: Ticket, cause: str) -> None:
    """End an execution that waits for an answer which can never reach it."""
    aws.client("stepfunctions").stop_execution(executionArn=arn(ticket), error="Stuck", cause=cause)
