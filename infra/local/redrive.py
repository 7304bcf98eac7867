"""Moves what a dead-letter queue holds back to the queue that it came from.

Plain receive, send and delete, so it works on AWS as on the laptop cloud, whose emulator lacks StartMessageMoveTask. A
crash between send and delete leaves a message twice, which is harmless: a message is claimed in the ledger before it is
sent, and every consumer takes a repeated message.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

_BATCH = 10


@dataclass(frozen=True, slots=True)
class Moved:
    """What a redrive did: a dead-letter queue's name, its source's name and the number of messages moved."""

    dead_letters: str
    source: str
    messages: int


def dead_letter_queues(sqs: Any, prefix: str) -> dict[str, str]:
    """Dead-letter queue URL → source queue URL, for the queues whose names begin with a prefix."""
    pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix=prefix)
    urls = [url for page in pages for url in page.get("QueueUrls", [])]
    by_name = {_name(url): url for url in urls}
    found = {}
    for url in urls:
        policy = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"]).get("Attributes", {})
        if "RedrivePolicy" in policy:
            dead_name = json.loads(policy["RedrivePolicy"])["deadLetterTargetArn"].rpartition(":")[2]
            if dead_name in by_name:
                found[by_name[dead_name]] = url
    return found


def redrive(
    sqs: Any, prefix: str, queue: str | None = None, progress: Callable[[int], None] = lambda _: None
) -> list[Moved]:
    """Move the messages of one dead-letter queue (by its name, or its source's), or of all of a prefix.

    Each queue is emptied of what it held at the start and no more, so that a message that fails again is not moved in
    a circle. Raises ValueError when no dead-letter queue has that name.
    """
    pairs = dead_letter_queues(sqs, prefix)
    if queue:
        pairs = {dead: source for dead, source in pairs.items() if queue in (_name(dead), _name(source))}
        if not pairs:
            raise ValueError(f"no dead-letter queue is called {queue} or belongs to {queue}")
    return [
        Moved(_name(dead), _name(source), _move(sqs, dead, source, progress)) for dead, source in sorted(pairs.items())
    ]


def _move(sqs: Any, dead: str, source: str, progress: Callable[[int], None]) -> int:
    held = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["ApproximateNumberOfMessages"])
    left = int(held["Attributes"]["ApproximateNumberOfMessages"])
    moved = 0
    for batch in _batches(sqs, dead, left):
        entries = [{"Id": str(i), **_copy(message)} for i, message in enumerate(batch)]
        sent = sqs.send_message_batch(QueueUrl=source, Entries=entries).get("Successful", [])
        handles = [{"Id": entry["Id"], "ReceiptHandle": batch[int(entry["Id"])]["ReceiptHandle"]} for entry in sent]
        if handles:
            sqs.delete_message_batch(QueueUrl=dead, Entries=handles)
        moved += len(handles)
        progress(moved)
    return moved


def _batches(sqs: Any, url: str, left: int) -> Iterator[list[dict[str, Any]]]:
    while left > 0:
        messages = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(_BATCH, left),
            WaitTimeSeconds=1,
            MessageAttributeNames=["All"],
            VisibilityTimeout=60,
        ).get("Messages", [])
        if not messages:
            return
        left -= len(messages)
        yield messages


def _copy(message: dict[str, Any]) -> dict[str, Any]:
    copy: dict[str, Any] = {"MessageBody": message["Body"]}
    attributes = {
        name: {key: value for key, value in attribute.items() if key in ("DataType", "StringValue", "BinaryValue")}
        for name, attribute in message.get("MessageAttributes", {}).items()
    }
    if attributes:
        copy["MessageAttributes"] = attributes
    return copy


def _name(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]
