"""SQS, S3, Secrets Manager and the providers: what is put in is there, what is sent is accepted, all is counted."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from urllib.parse import unquote, urlsplit

import orjson

from tests.bench.canned.http import Answer, Request


class Sqs:
    """Queues by name; `take` is what Lambda's poller does, outside the counted requests."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()
        self.queues: dict[str, deque[str]] = defaultdict(deque)

    def reset(self) -> None:
        """Forget every message and count."""
        self.counted.clear()
        self.queues.clear()

    def answer(self, request: Request) -> Answer:
        """The three operations that the product uses."""
        operation = request.header(b"x-amz-target").rpartition(".")[2]
        body = orjson.loads(request.body)
        if "QueueUrl" not in body:  # a failed chunk asks for its queue to be brought back sooner: the driver stops then
            return Answer(b'{"__type":"com.amazonaws.sqs#QueueDoesNotExist"}', 400, "application/x-amz-json-1.0")
        queue = self.queues[body["QueueUrl"].rpartition("/")[2]]
        self.counted[operation] += max(1, -(-len(request.body) // 65_536))  # SQS bills 64 KiB as one request
        if operation == "GetQueueAttributes":
            made = {"Attributes": {name: str(len(queue) if "Delayed" not in name else 0) for name in _COUNTS}}
            made["Attributes"][_COUNTS[1]] = "0"
            return _json10(made)
        entries = body["Entries"] if operation == "SendMessageBatch" else [body | {"Id": "0"}]
        queue.extend(entry["MessageBody"] for entry in entries)
        sent = [{"Id": entry["Id"], "MessageId": "m-1", "MD5OfMessageBody": ""} for entry in entries]
        for done in sent:
            del done["MD5OfMessageBody"]
        return _json10({"Successful": sent} if operation == "SendMessageBatch" else {"MessageId": "m-1"})

    def take(self, name: str, most: int) -> list[str]:
        """Remove and return the oldest messages of a queue."""
        queue = self.queues[name]
        return [queue.popleft() for _ in range(min(most, len(queue)))]


_COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


def _json10(made: object) -> Answer:
    return Answer(orjson.dumps(made), 200, "application/x-amz-json-1.0")


class S3:
    """Objects by path."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()
        self.objects: dict[str, bytes] = {}

    def reset(self) -> None:
        """Forget every object and count."""
        self.counted.clear()
        self.objects.clear()

    def answer(self, request: Request) -> Answer:
        """PUT (also only if there is none) and GET."""
        path = unquote(urlsplit(request.target).path)
        self.counted[request.method] += 1
        if request.method == "PUT":
            if path in self.objects and request.header(b"if-none-match") == "*":
                return Answer(_xml("PreconditionFailed"), 412, "application/xml", _S3_HEADERS)
            self.objects[path] = request.body
            return Answer(b"", 200, "application/xml", _S3_HEADERS | {"ETag": '"0"'})
        if path not in self.objects:
            return Answer(_xml("NoSuchKey"), 404, "application/xml", _S3_HEADERS)
        return Answer(self.objects[path], 200, "binary/octet-stream", _S3_HEADERS | {"ETag": '"0"'})


_S3_HEADERS = {
    "x-amz-id-2": "Uuag1LuByRx9e6j5Onimru9pO4ZVKnJ2Qz7/C1NPcfTWAtRPfTaOFg==",
    "x-amz-request-id": "656c76696e6727732072657175657374",
    "x-amz-server-side-encryption": "AES256",
}


def _xml(code: str) -> bytes:
    return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>".encode()


class Provider:
    """One provider: takes every message and answers with an id of its kind."""

    def __init__(self, field: str, pattern: str) -> None:
        self.counted: Counter[str] = Counter()
        self._field, self._pattern = field, pattern
        self._number = 0

    def reset(self) -> None:
        """Forget the counts."""
        self.counted.clear()

    def answer(self, request: Request) -> Answer:
        """Accept; the body is not read, for what the provider thinks costs the product nothing."""
        self._number += 1
        self.counted["sent"] += 1
        self.counted["bytes"] += len(request.body)
        return Answer(f'{{"{self._field}":"{self._pattern % self._number}"}}'.encode())


def secret(request: Request) -> Answer:
    """Secrets Manager: one secret."""
    return Answer(b'{"SecretString":"' + b"0" * 64 + b'"}', 200, "application/x-amz-json-1.1")
