"""Imports as the API sees them: start one, follow it, read its rows.

imports table: (import_id, "meta") says what the import is and how its file was cut; (import_id, "part-00001") stands
for a finished part with its counts. Progress is the sum over the finished parts, so no counter can count one twice.
Data bucket: uploads/{import_id}/{file name} · imports/{import_id}/parts/{source}/00001.jsonl (rows to import) ·
imports/{import_id}/rows/00001.jsonl (an answer per row).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from botocore.exceptions import ClientError

from caring import aws, clock, configuration, environment
from caring.errors import CaringError, not_found
from caring.ids import new_id

KINDS = ("customers", "episodes")
OUTCOMES = ("accepted", "rejected")
Sees = Callable[[str | None], bool]  # whether a reader may see the imports of a witel (None: of every witel)
UPLOAD_HEADERS = {"Content-Type": "text/csv"}

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_UPLOAD_KEY = re.compile(r"uploads/([0-9a-z]{10,40})/[A-Za-z0-9._-]{1,80}")
_UPLOAD_SECONDS = 3600
_PARTS_A_PAGE = 20  # row files read for one page at most, however rare the outcome asked for


@dataclass(frozen=True, slots=True)
class Part:
    """A finished part: its number from 1 and its counts; `issues` counts issues, not rows."""

    number: int
    accepted: int
    rejected: int
    issues: int


@dataclass(frozen=True, slots=True)
class Import:
    """An import and the parts that are finished, in order."""

    meta: dict[str, dict[str, Any]]
    finished: list[Part]

    @property
    def parts(self) -> int | None:
        """How many parts the file was cut into; None before that."""
        return int(self.meta["parts"]["N"]) if "parts" in self.meta else None

    @property
    def status(self) -> str:
        """waiting (for the upload), running, done or refused."""
        if "refused" in self.meta:
            return "refused"
        if self.parts is not None and len(self.finished) >= self.parts:
            return "done"
        return "running" if "started_at" in self.meta else "waiting"


def part_key(import_id: str, source: str, number: int) -> str:
    """Where the rows of a part lie; `source` names the upload that they were cut from."""
    return f"imports/{import_id}/parts/{source}/{number:05d}.jsonl"


def rows_key(import_id: str, number: int) -> str:
    """Where the answers to the rows of a part lie."""
    return f"imports/{import_id}/rows/{number:05d}.jsonl"


def import_of(key: str) -> str | None:
    """The import that an uploaded object belongs to; None for an object of another kind."""
    match = _UPLOAD_KEY.fullmatch(key)
    return match[1] if match else None


def create_import(filename: str, kind: str, actor: str, witel: str | None = None) -> tuple[str, str]:
    """Open an import that waits for its file: (import_id, key to upload to). CaringError 400 for another kind.

    `witel` is the one that the importer belongs to; None for one who sees every witel. The file name is kept to be
    shown; of the key it is only the last part, with every unsafe character replaced.
    """
    if kind not in KINDS:
        raise CaringError("unknown_kind", f"kind must be one of: {', '.join(KINDS)}")
    name = filename.strip()
    if not name:
        raise CaringError("missing_filename", "filename must not be empty: give the name of the file, such as july.csv")
    import_id = new_id()
    key = f"uploads/{import_id}/{_UNSAFE.sub('_', name).strip('._')[-80:].lstrip('._') or 'file.csv'}"
    now = clock.now()
    days = configuration.get().import_.row_answers_days
    aws.client("dynamodb").put_item(
        TableName=environment.table("imports"),
        Item={
            "import_id": {"S": import_id},
            "part": {"S": "meta"},
            "kind": {"S": kind},
            "filename": {"S": name[:200]},
            "key": {"S": key},
            "created_at": {"S": clock.iso(now)},
            "created_by": {"S": actor[:200] or "unknown"},
            **({"witel": {"S": witel.casefold()}} if witel else {}),
            "expires_at": {"N": str(int(clock.to_wall(now).timestamp()) + days * 86_400)},
        },
    )
    return import_id, key


def upload_target(key: str) -> dict[str, Any]:
    """{url, headers}: PUT the file's bytes to `url` with exactly these headers, within an hour."""
    url = aws.client("s3").generate_presigned_url(
        "put_object",
        Params={"Bucket": environment.get("DATA_BUCKET"), "Key": key, "ContentType": UPLOAD_HEADERS["Content-Type"]},
        ExpiresIn=_UPLOAD_SECONDS,
    )
    return {"url": url, "headers": dict(UPLOAD_HEADERS)}


def load(import_id: str) -> Import | None:
    """The import with its finished parts; None if there is none."""
    pages = (
        aws.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=environment.table("imports"),
            KeyConditionExpression="import_id = :id",
            ExpressionAttributeValues={":id": {"S": import_id}},
            ConsistentRead=True,
        )
    )
    meta, finished = None, []
    for item in (item for page in pages for item in page["Items"]):
        if item["part"]["S"] == "meta":
            meta = item
        else:
            counts = (int(item[name]["N"]) for name in ("accepted", "rejected", "issues"))
            finished.append(Part(int(item["part"]["S"].removeprefix("part-")), *counts))
    return Import(meta, sorted(finished, key=lambda part: part.number)) if meta else None


def _seen(import_id: str, sees: Sees | None) -> Import:
    """The import; CaringError 404 for an unknown one and for one that the reader may not see."""
    found = load(import_id)
    if found is None or (sees and not sees(found.meta["witel"]["S"] if "witel" in found.meta else None)):
        raise not_found("import", import_id)
    return found


def get_import(import_id: str, sees: Sees | None = None) -> dict[str, Any]:
    """{import_id, kind, filename, status, refused, rows, accepted, rejected, issues, parts: {total, finished}, …}.

    rows is the number of data rows once the file has been read, 0 before; accepted, rejected and issues grow part by
    part. `refused` is null or {code} or {code, columns}. CaringError 404 for an import that is unknown or that the
    reader does not see.
    """
    found = _seen(import_id, sees)
    meta, finished = found.meta, found.finished
    refused = None
    if "refused" in meta:
        refused = {"code": meta["refused"]["M"]["code"]["S"]}
        if "columns" in meta["refused"]["M"]:
            refused["columns"] = [column["S"] for column in meta["refused"]["M"]["columns"]["L"]]
    return {
        "import_id": import_id,
        "kind": meta["kind"]["S"],
        "filename": meta["filename"]["S"],
        "status": found.status,
        "refused": refused,
        "rows": int(meta["rows"]["N"]) if "rows" in meta else 0,
        "accepted": sum(part.accepted for part in finished),
        "rejected": sum(part.rejected for part in finished),
        "issues": sum(part.issues for part in finished),
        "parts": {"total": found.parts or 0, "finished": len(finished)},
        "created_at": meta["created_at"]["S"],
        "created_by": meta["created_by"]["S"],
        "started_at": meta["started_at"]["S"] if "started_at" in meta else None,
        "finished_at": meta["finished_at"]["S"] if "finished_at" in meta else None,
    }


def list_rows(
    import_id: str, outcome: str | None, limit: int, start: str | None = None, sees: Sees | None = None
) -> dict[str, Any]:
    """{items: [{row, outcome, reason, issues, customer_id}], next}: a page of answers in the order of the file.

    `start` is an earlier page's `next`. A page may be shorter than `limit` (even empty) while `next` is set: rows of an
    outcome are rare, or the import still runs and that part is not finished. CaringError 400 for a bad outcome or
    start, 404 for an import that is unknown or that the reader does not see, and `expired` for deleted answers.
    """
    if outcome is not None and outcome not in OUTCOMES:
        raise CaringError("unknown_outcome", f"outcome must be one of: {', '.join(OUTCOMES)}")
    number, skip = _position(start)
    found = _seen(import_id, sees)
    finished = {part.number: part for part in found.finished}
    items: list[dict[str, Any]] = []
    read = 0
    while number <= (found.parts or 0):
        if number not in finished or read == _PARTS_A_PAGE:
            return {"items": items, "next": f"{number}.{skip}"}
        part = finished[number]
        if outcome is None or (part.accepted if outcome == "accepted" else part.rejected):
            read += 1
            for index, answer in _answers(import_id, number, outcome, skip):
                if len(items) == limit:
                    return {"items": items, "next": f"{number}.{index}"}
                items.append(answer)
        number, skip = number + 1, 0
    return {"items": items, "next": None}


def _position(start: str | None) -> tuple[int, int]:
    if start is None:
        return 1, 0
    match = re.fullmatch(r"([0-9]{1,6})\.([0-9]{1,9})", start)
    if not match or int(match[1]) < 1:
        raise CaringError("bad_next", "next must be the `next` of an earlier page, unchanged")
    return int(match[1]), int(match[2])


def _answers(import_id: str, number: int, outcome: str | None, skip: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """(place in the part, answer) of the rows with that outcome, from place `skip` on."""
    bucket = environment.get("DATA_BUCKET")
    try:
        body = aws.client("s3").get_object(Bucket=bucket, Key=rows_key(import_id, number))["Body"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        # Answers are written before their part is finished, so these were there: the bucket's lifecycle took them.
        days = configuration.get().import_.row_answers_days
        said = f"the answers to an import's rows are deleted after {days} days: import the file again to get new ones"
        raise CaringError("expired", said, 404) from error
    wanted = f'"outcome":"{outcome}"'.encode() if outcome else b""
    for index, line in enumerate(body.read().splitlines()):
        if index >= skip and wanted in line:
            yield index, orjson.loads(line)
