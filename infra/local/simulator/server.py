"""A small HTTP/1.1 server: asyncio streams and h11, so that a socket can be held or dropped as a behaviour asks.

Chosen over an ASGI server, which always answers and costs a multiple in CPU a request.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

import h11
import orjson

MAX_BODY: Final = 12_000_000
READ_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class Request:
    """One request, wholly read; header names in lower case, query values the last of each name."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """One answer, in JSON."""

    status: int
    content: object
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"
    body: bytes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "body", orjson.dumps(self.content))


# What can happen instead of an answer: the socket is held until the client gives up, or reset.
NoResponse = Literal["hang", "drop"]
Handler = Callable[[Request], Awaitable[Response | NoResponse]]


class Server:
    """Serves one handler on a loopback port until closed."""

    def __init__(self, handle: Handler, hold_seconds: float) -> None:
        self._handle = handle
        self._hold_seconds = hold_seconds
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def listen(self, port: int, host: str = "127.0.0.1") -> int:
        """Start to listen; port 0 takes a free one. The answer is the port."""
        self._server = await asyncio.start_server(self._client, host, port, backlog=512)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening and end what is open, held sockets too."""
        if self._server is not None:
            self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 — start_server runs this in a task
        self._open.add(task)
        try:
            await self._conversation(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass  # the client went away, or the server is closing: nobody is left to answer
        except h11.RemoteProtocolError as wrong:
            writer.write(
                b"HTTP/1.1 %d Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n" % wrong.error_status_hint
            )
        finally:
            self._open.discard(task)
            writer.close()

    async def _conversation(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER)
        while True:
            request = await self._next(connection, reader, writer)
            if request is None:
                return
            response = await self._handle(request)
            if response == "drop":
                writer.transport.abort()
                return
            if response == "hang":
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(_until_closed(reader), self._hold_seconds)
                return
            assert isinstance(response, Response)  # noqa: S101 — the two words are done with
            headers = [
                ("content-type", response.content_type),
                ("content-length", str(len(response.body))),
                *response.headers,
            ]
            head = connection.send(h11.Response(status_code=response.status, headers=headers))
            body, end = connection.send(h11.Data(data=response.body)), connection.send(h11.EndOfMessage())
            writer.write(b"".join(part for part in (head, body, end) if part))
            await writer.drain()
            if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
                return
            connection.start_next_cycle()

    async def _next(
        self, connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Request | None:
        head: h11.Request | None = None
        body = bytearray()
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                if connection.they_are_waiting_for_100_continue:
                    go_on = connection.send(h11.InformationalResponse(status_code=100, headers=[], reason="Continue"))
                    writer.write(go_on or b"")
                connection.receive_data(await reader.read(READ_BYTES))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > MAX_BODY:
                    raise h11.RemoteProtocolError("the body is too long", error_status_hint=413)
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                return _request(head, bytes(body))
            else:
                return None


def _request(head: h11.Request, body: bytes) -> Request:
    target = urlsplit(head.target.decode("latin-1"))
    return Request(
        method=head.method.decode("latin-1"),
        path=unquote(target.path),
        query=dict(parse_qsl(target.query)),
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers},
        body=body,
    )


async def _until_closed(reader: asyncio.StreamReader) -> None:
    while await reader.read(READ_BYTES):
        pass
