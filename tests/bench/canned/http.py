"""The least of HTTP/1.1 that an unchanged boto3 needs, answered as cheaply as Python can."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Request:
    """One request: method and target of its first line, its head in lower case and raw, its body."""

    method: str
    target: str
    head: bytes
    body: bytes

    def header(self, name: bytes) -> str:
        """A header's value, "" without one; `name` in lower case."""
        start = self.head.lower().find(b"\r\n" + name + b":")
        if start < 0:
            return ""
        start += len(name) + 3
        end = self.head.find(b"\r\n", start)
        return self.head[start : end if end >= 0 else None].strip().decode()


@dataclass(slots=True)
class Answer:
    """One answer. Every header that AWS sends is sent too: reading them is a part of what a call costs."""

    body: bytes = b"{}"
    status: int = 200
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


Service = Callable[[Request], Answer]
_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 412: "Precondition Failed", 500: "Internal Server Error"}
_REQUEST_ID = "4KBNVRGD25RG1KEO9UT4V3FQDJVV4KQNSO5AEMVJF66Q9ASUAAJG"


class Connection(asyncio.Protocol):
    """One connection to one service, kept alive as long as the client wants."""

    served = 0  # by all connections together

    def __init__(self, service: Service) -> None:
        self._service = service
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self._continued = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is here whole."""
        self._buffer = self._buffer + data if self._buffer else data
        assert self._transport is not None
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            lower = head.lower()
            at = lower.find(b"\r\ncontent-length:")
            size = int(lower[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._buffer) < end + 4 + size:
                # S3's uploads ask before they send the body.
                if b"expect: 100-continue" in lower and not self._continued:
                    self._continued = True
                    self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                return
            body = self._buffer[end + 4 : end + 4 + size]
            self._buffer = self._buffer[end + 4 + size :]
            self._continued = False
            Connection.served += 1
            line = head[: head.find(b"\r\n")].decode().split(" ")
            self._transport.write(_encode(self._service(Request(line[0], line[1], head, body))))


def _encode(answer: Answer) -> bytes:
    extra = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
    head = (
        f"HTTP/1.1 {answer.status} {_REASONS[answer.status]}\r\n"
        "Server: Server\r\nDate: Tue, 24 Nov 2026 03:00:00 GMT\r\n"
        f"Content-Type: {answer.kind}\r\nContent-Length: {len(answer.body)}\r\nConnection: keep-alive\r\n"
        f"x-amzn-RequestId: {_REQUEST_ID}\r\n{extra}\r\n"
    )
    return head.encode() + answer.body
