"""One service's endpoint: kept connections, one HTTP request per call, botocore's exceptions for what goes wrong.

What an exception proves is the same as with boto3: EndpointConnectionError and ConnectTimeoutError mean that no byte of
the request has left, everything else that it may have been taken.
"""

import select
import socket
import ssl
from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import boto3
import httptools
from botocore import exceptions as boto
from botocore.httpsession import get_cert_path

from caring.wire.signing import signed

_PIECE = 65_536  # bytes read at once


class Answer(NamedTuple):
    """An HTTP answer, its headers as they came."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def header(self, name: bytes) -> str | None:
        """A header's value, by its name in lower case."""
        return next((value.decode("latin-1") for key, value in self.headers if key.lower() == name), None)


class Endpoint:
    """Where a service answers, with credentials and connections; safe to use from several threads."""

    def __init__(self, service: str, *, connect_timeout: float, read_timeout: float, connections: int = 32) -> None:
        session = boto3.Session()
        meta = session.client(service).meta  # region, address and the name to sign with, resolved as boto3 does
        self.url: str = meta.endpoint_url
        self._signing_name, self._region = meta.service_model.signing_name, meta.region_name
        url = urlsplit(self.url)
        self._host, self._netloc = str(url.hostname), url.netloc
        self._port = url.port or (443 if url.scheme == "https" else 80)
        self._credentials: Any = session.get_credentials()
        self._timeouts = connect_timeout, read_timeout
        self._idle: deque[socket.socket] = deque(maxlen=connections)
        self._tls = ssl.create_default_context(cafile=get_cert_path(True)) if url.scheme == "https" else None

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Make one request, at most once. Raises botocore's exceptions."""
        request = self._request(path, headers, body)
        connection = self._connection()
        reader = _Reader()
        try:
            connection.sendall(request)
            reader.read(connection)
        except TimeoutError as error:
            raise boto.ReadTimeoutError(endpoint_url=self.url, error=error) from error
        except ssl.SSLError as error:
            raise boto.SSLError(endpoint_url=self.url, error=error) from error
        except (OSError, httptools.HttpParserError) as error:
            raise boto.ConnectionClosedError(endpoint_url=self.url, error=error) from error
        finally:
            if reader.reusable:
                self._idle.append(connection)
            else:
                connection.close()
        return Answer(reader.status, reader.headers, b"".join(reader.parts))

    def _request(self, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
        if self._credentials is None:
            raise boto.NoCredentialsError
        who = self._credentials.get_frozen_credentials()
        named = {"host": self._netloc, **headers}
        sent = signed(path, named, body, who=who, region=self._region, service=self._signing_name)
        lines = "".join([f"{name}: {value}\r\n" for name, value in sent.items()])
        return f"POST {path} HTTP/1.1\r\n{lines}content-length: {len(body)}\r\n\r\n".encode() + body

    def _connection(self) -> socket.socket:
        """A kept connection that the other side has not closed, or a new one."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return self._connect()
            if not select.select([connection], [], [], 0)[0]:
                return connection
            connection.close()  # readable while nothing was asked: the other side has closed it

    def _connect(self) -> socket.socket:
        connect_timeout, read_timeout = self._timeouts
        try:
            made = socket.create_connection((self._host, self._port), connect_timeout)
        except TimeoutError as error:
            raise boto.ConnectTimeoutError(endpoint_url=self.url, error=error) from error
        except OSError as error:
            raise boto.EndpointConnectionError(endpoint_url=self.url, error=error) from error
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if self._tls:
            try:
                made = self._tls.wrap_socket(made, server_hostname=self._host)
            except OSError as error:  # SSLError is one: nothing of the request has left
                made.close()
                raise boto.EndpointConnectionError(endpoint_url=self.url, error=error) from error
        made.settimeout(read_timeout)
        return made


class _Reader:
    """Reads one answer; httptools calls the on_… methods."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.parts: list[bytes] = []
        self.reusable = False  # until a whole answer was read, and nothing behind it
        self._whole = False
        self._parser = httptools.HttpResponseParser(self)

    def read(self, connection: socket.socket) -> None:
        """Read until the answer is whole. Raises OSError for an early end, HttpParserError for what is no HTTP."""
        while not self._whole:
            data = connection.recv(_PIECE)
            if not data:
                raise ConnectionResetError("the connection ended before the answer was whole")
            self._parser.feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        self.parts.append(body)

    def on_message_complete(self) -> None:
        self.status = self._parser.get_status_code()
        self._whole = self.status >= 200
        if self._whole:
            self.reusable = self._parser.should_keep_alive()  # known now only: the parser then expects a next answer
        else:
            self.headers, self.parts = [], []
