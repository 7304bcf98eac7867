"""What became of each targeted customer of a run: read from its plan and the ledger, in pages or as a CSV file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from botocore.exceptions import ClientError

from caring import aws, configuration, environment, exports
from caring.errors import CaringError
from caring.ids import reference, run_cause
from caring.messages import ledger
from caring.messages import status as st
from caring.runs import store
from caring.runs.shards import Group, read_shard

Row = dict[str, Any]

FIELDS = ("customer_id", "wave", "channel", "status", "reason", "reference", "at", "why")
_READS = ("status", "reason", "reference", "at", "channel", "why")
_SHOWN_REASONS = (*st.WITH_REASON, st.UNKNOWN)
_PIECE = 100  # customers looked up at a time


def rows(run: store.Run, start: tuple[int, int] = (0, 0)) -> Iterator[tuple[tuple[int, int], Row]]:
    """((shard, place) of the next customer, row) of each targeted customer from `start` on, in his latest wave."""
    shard, place = start
    while shard < run.shards:
        flat = _latest(run, shard)
        for begin in range(place, len(flat), _PIECE):
            for offset, row in enumerate(_rows(run, flat[begin : begin + _PIECE])):
                yield (shard, begin + offset + 1), row
        shard, place = shard + 1, 0


def rows_of_shard(run: store.Run, shard: int) -> Iterator[Row]:
    """The rows of one base shard."""
    flat = _latest(run, shard)
    for begin in range(0, len(flat), _PIECE):
        yield from _rows(run, flat[begin : begin + _PIECE])


def is_wanted(row: Row, wanted: Mapping[str, Any]) -> bool:
    """Whether a row's status and reason are among those asked for; an empty list asks for all."""
    return (not wanted.get("statuses") or row["status"] in wanted["statuses"]) and (
        not wanted.get("reasons") or row["reason"] in wanted["reasons"]
    )


def _latest(run: store.Run, base: int) -> list[tuple[str, int, Group]]:
    """(customer_id, wave, group) of a base shard's customers: who was written to again stands in his latest wave."""
    found = {i: (1, group) for group in read_shard(run.run_id, 1, base) for i in group["ids"]}
    for wave in range(2, run.wave + 1):
        for shard in (base, run.shards + base):
            for group in read_shard(run.run_id, wave, shard, missing_ok=True):
                found |= dict.fromkeys(group["ids"], (wave, group))
    return [(customer_id, wave, group) for customer_id, (wave, group) in found.items()]


def _rows(run: store.Run, piece: Sequence[tuple[str, int, Group]]) -> Iterator[Row]:
    keys = [(i, run_cause(run.run_id, wave)) for i, wave, group in piece if group["status"] == st.PENDING]
    messages = ledger.read(keys, _READS) if keys else {}
    for customer_id, wave, group in piece:
        cause = run_cause(run.run_id, wave)
        message = messages.get((customer_id, cause))
        row: Row = {
            "customer_id": customer_id,
            "wave": wave,
            "channel": group["channel"],
            "status": group["status"],
            "reason": "held_out" if group["status"] == st.HELD_OUT else group["reason"],
            "reference": reference(cause, customer_id) if group["status"] == st.PENDING else None,
            "at": None,
            "why": group["why"],
        }
        if message:
            status = message["status"]["S"]
            row["status"], row["at"] = status, message["at"]["S"]
            row["why"] = message["why"]["S"] if "why" in message else group["why"]
            row["reason"] = message["reason"]["S"] if status in _SHOWN_REASONS and "reason" in message else None
        yield row


def list_messages(
    run: store.Run,
    *,
    status: str | None,
    channel: str | None,
    limit: int,
    start: tuple[int, int] = (0, 0),
    most_read: int = 5000,
) -> tuple[list[dict[str, Any]], tuple[int, int] | None]:
    """At most `limit` rows of a status and channel, and where the next page starts.

    A page may be short, or empty, and still have a next one: one request looks at `most_read` customers at most.
    """
    found: list[dict[str, Any]] = []
    for seen, (place, row) in enumerate(rows(run, start), start=1):
        if (status is None or row["status"] == status) and (channel is None or row["channel"] == channel):
            found.append(row)
        if len(found) == limit or seen >= most_read:
            return found, place
    return found, None


def csv_key(run_id: str) -> str:
    """Where a run's CSV lies in the data bucket."""
    return f"exports/{run_id}/messages.csv"


def write_csv(run_id: str) -> str:
    """Write a run's messages as a CSV whose cells no spreadsheet takes for formulas. Returns its key."""
    run = store.get_run(run_id)
    body = exports.csv_bytes(FIELDS, (row for _, row in rows(run)))
    aws.client("s3").put_object(
        Bucket=environment.get("DATA_BUCKET"),
        Key=csv_key(run_id),
        Body=body,
        ContentType="text/csv; charset=utf-8",
        ContentDisposition=f'attachment; filename="run-{run_id}.csv"',
    )
    return csv_key(run_id)


def csv_link(run_id: str) -> dict[str, Any]:
    """{url, state}: a link to the CSV, made now for a run of ordinary size; a large one's is made apart: ask again."""
    run = store.get_run(run_id)
    if run.targeted <= configuration.get().api.csv_inline_messages:
        return {"state": "ready", "url": _link(write_csv(run_id))}
    if run.state in store.ENDED and _exists(csv_key(run_id)):
        return {"state": "ready", "url": _link(csv_key(run_id))}
    aws.client("lambda").invoke(
        FunctionName=environment.get("EXPORT_RUN_FUNCTION"),
        InvocationType="Event",
        Payload=orjson.dumps({"run_id": run_id}),
    )
    return {"state": "making", "url": None}


def _exists(key: str) -> bool:
    try:
        aws.client("s3").head_object(Bucket=environment.get("DATA_BUCKET"), Key=key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return False
        raise
    return True


def _link(key: str) -> str:
    link: str = aws.client("s3").generate_presigned_url(
        "get_object", Params={"Bucket": environment.get("DATA_BUCKET"), "Key": key}, ExpiresIn=900
    )
    return link


def parse_start(text: str) -> tuple[int, int]:
    """The (shard, place) in a page's `next`. Raises CaringError 400 for one that is none."""
    match = re.fullmatch(r"([0-9]{1,9})-([0-9]{1,9})", text)
    if not match:
        raise CaringError("bad_next", "next: give back the `next` of the page before, unchanged")
    return int(match[1]), int(match[2])
