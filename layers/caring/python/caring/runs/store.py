"""Runs: one execution of a program over a frozen audience, kept in the runs table.

A run has a "meta" item with its frozen program, script version and state, one "counters-w1" item per wave, and one item
per shard for what planning and reconciling found. The run's id is the name of its state machine execution.
"""

from dataclasses import dataclass
from typing import Any

import orjson
from botocore.exceptions import ClientError

from caring import aws, clock, environment
from caring.errors import conflict, not_found
from caring.ids import ID, new_id

STATES = ("planning", "planned", "releasing", "waiting", "paused", "finished", "cancelled", "failed")
ENDED = ("finished", "cancelled", "failed")


@dataclass(slots=True)
class Run:
    """A run as its meta item holds it; `program` is the program as it was when the run began."""

    run_id: str
    program: dict[str, Any]
    script_version: int
    state: str
    created_at: str
    created_by: str
    paused_from: str | None = None
    reason: str | None = None
    task_token: str | None = None
    finished_at: str | None = None
    forecast: dict[str, Any] | None = None
    reconciled: dict[str, Any] | None = None
    asked: dict[str, int] | None = None  # a survey's messages that were taken, by counters.kind_of_message
    targeted: int = 0
    shards: int = 0
    wave: int = 1

    @property
    def program_id(self) -> str:
        """The program it executes."""
        return str(self.program["program_id"])

    @property
    def witel(self) -> str | None:
        """The witel it belongs to; None for all."""
        return self.program.get("witel")


_TEXTS = ("run_id", "state", "created_at", "created_by", "paused_from", "reason", "task_token", "finished_at")
_NUMBERS = ("script_version", "targeted", "shards", "wave")
_OBJECTS = ("program", "forecast", "reconciled", "asked")


def _typed(values: dict[str, Any]) -> dict[str, Any]:
    item: dict[str, Any] = {}
    for name, value in values.items():
        if value is None:
            continue
        if name in _OBJECTS:
            item[name] = {"S": orjson.dumps(value).decode()}
        else:
            item[name] = {"N": str(value)} if isinstance(value, int) else {"S": value}
    return item


def from_item(item: dict[str, Any]) -> Run:
    """A Run of its meta item."""
    values: dict[str, Any] = {name: item[name]["S"] for name in _TEXTS if name in item}
    values |= {name: int(item[name]["N"]) for name in _NUMBERS if name in item}
    values |= {name: orjson.loads(item[name]["S"]) for name in _OBJECTS if name in item}
    return Run(**values)


def _table() -> str:
    return environment.table("runs")


def key(run_id: str, part: str = "meta") -> dict[str, Any]:
    """The key of one of a run's items."""
    return {"run_id": {"S": run_id}, "part": {"S": part}}


def open_run(run_id: str, program: dict[str, Any], script_version: int, actor: str) -> Run:
    """Enter a run in state planning; one that is there already is left as it is and returned."""
    meta = {
        "run_id": run_id,
        "state": "planning",
        "created_at": clock.iso(clock.now()),
        "created_by": actor,
        "script_version": script_version,
        "program": program,
    }
    item = _typed(meta) | {"part": {"S": "meta"}, "program_id": {"S": program["program_id"]}}
    try:
        aws.client("dynamodb").put_item(TableName=_table(), Item=item, ConditionExpression="attribute_not_exists(part)")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return get_run(run_id)
    return from_item(item)


def start_run(program: dict[str, Any], script_version: int, actor: str) -> str:
    """Enter a run and start its state machine. Returns the run_id."""
    run_id = new_id()
    open_run(run_id, program, script_version, actor)
    aws.client("stepfunctions").start_execution(
        stateMachineArn=environment.get("CARING_RUN_ARN"),
        name=run_id,
        input=orjson.dumps({"program_id": program["program_id"]}).decode(),
    )
    return run_id


def get_run(run_id: str) -> Run:
    """The run. Raises 404 for an unknown one."""
    if not ID.match(run_id):
        raise not_found("run", run_id)
    answer = aws.client("dynamodb").get_item(TableName=_table(), Key=key(run_id), ConsistentRead=True)
    if "Item" not in answer:
        raise not_found("run", run_id)
    return from_item(answer["Item"])


def runs_of(program_id: str, limit: int, before: str | None = None) -> list[Run]:
    """A program's runs, newest first, from `before` (a created_at) backwards."""
    condition, values = "program_id = :program", {":program": {"S": program_id}}
    if before:
        condition += " AND created_at < :before"
        values[":before"] = {"S": before}
    page = aws.client("dynamodb").query(
        TableName=_table(),
        IndexName="by_program",
        KeyConditionExpression=condition,
        ExpressionAttributeValues=values,
        ScanIndexForward=False,
        Limit=limit,
    )
    return [get_run(item["run_id"]["S"]) for item in page["Items"]]


def update(run_id: str, *, states: tuple[str, ...] | None = None, **values: Any) -> bool:
    """Set attributes of a run's meta item (None removes one), if its state is one of `states`. False if it is not."""
    names, settings, drops, filled = {"#state": "state"}, [], [], {}
    for name, value in values.items():
        names[f"#{name}"] = name
        if value is None:
            drops.append(f"#{name}")
        else:
            settings.append(f"#{name} = :{name}")
            filled[f":{name}"] = _typed({name: value})[name]
    clauses = [f"{verb} {', '.join(parts)}" for verb, parts in (("SET", settings), ("REMOVE", drops)) if parts]
    condition = "attribute_exists(part)"
    if states:
        condition += f" AND #state IN ({', '.join(f':state{i}' for i in range(len(states)))})"
        filled |= {f":state{i}": {"S": state} for i, state in enumerate(states)}
    elif "state" not in values:
        del names["#state"]
    try:
        aws.client("dynamodb").update_item(
            TableName=_table(),
            Key=key(run_id),
            UpdateExpression=" ".join(clauses),
            ConditionExpression=condition,
            ExpressionAttributeNames=names,
            **({"ExpressionAttributeValues": filled} if filled else {}),
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True


def begin_wave(run_id: str, wave: int) -> None:
    """Say that a wave is under way; a run that is paused stays paused."""
    update(run_id, wave=wave)
    update(run_id, states=("waiting",), state="releasing")


def move(run_id: str, states: tuple[str, ...], to: str, **values: Any) -> None:
    """Change a run's state. Raises 409, naming the state it is in, when that is none of `states`."""
    if not update(run_id, states=states, state=to, **values):
        run = get_run(run_id)
        raise conflict(
            "wrong_state",
            f"the run is {run.state}; this is possible while it is {' or '.join(states)}: read GET /runs/{run_id}",
        )


def put_shard(run_id: str, name: str, shard: int, content: Any) -> None:
    """Keep what was found of one shard: name "plan-w1" or "ledger-w1"; writing it twice is harmless."""
    item = key(run_id, f"{name}-{shard:05d}") | {"content": {"S": orjson.dumps(content).decode()}}
    aws.client("dynamodb").put_item(TableName=_table(), Item=item)


def shards(run_id: str, name: str) -> list[Any]:
    """What was found of every shard, in their order."""
    return list(shards_by_number(run_id, name).values())


def shards_by_number(run_id: str, name: str) -> dict[int, Any]:
    """The same by the shards' numbers."""
    pages = (
        aws.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=_table(),
            KeyConditionExpression="run_id = :run AND begins_with(part, :name)",
            ExpressionAttributeValues={":run": {"S": run_id}, ":name": {"S": f"{name}-"}},
            ConsistentRead=True,
        )
    )
    return {
        int(item["part"]["S"].rpartition("-")[2]): orjson.loads(item["content"]["S"])
        for page in pages
        for item in page["Items"]
    }
