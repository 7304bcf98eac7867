"""The lean way to AWS says and proves what boto3 would: signatures, bodies, answers, errors, one request per call."""

from __future__ import annotations

import json
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import boto3
import botocore.auth
import pytest
from botocore import exceptions as boto
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials, ReadOnlyCredentials
from hypothesis import given
from hypothesis import strategies as some

from caring.channels import email, email_bulk, sms, voice, whatsapp
from caring.channels.types import Outgoing
from caring.wire import clients
from caring.wire.endpoint import Endpoint
from caring.wire.signing import signed

Script = Callable[[int, bytes], list[bytes]]  # which request this is, and its bytes → what is written back

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n" + b'{"MessageId":"m"}'
SMS: dict[str, Any] = {"DestinationPhoneNumber": "+6281", "MessageBody": "Halo"}


class Server:
    """Answers as its script says, and counts requests and connections."""

    def __init__(self, script: Script, *, keep: bool = True) -> None:
        self.script, self.keep = script, keep
        self.requests: list[bytes] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection:
            while request := _request(connection):
                self.requests.append(request)
                for piece in self.script(len(self.requests), request):
                    connection.sendall(piece)
                if not self.keep:
                    return

    def close(self) -> None:
        self._listener.close()


def _request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65_536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    )
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Server]]:
    """Start a server that every service is found at."""
    made: list[Server] = []

    def start(script: Script, *, keep: bool = True) -> Server:
        made.append(Server(script, keep=keep))
        monkeypatch.setenv("AWS_ENDPOINT_URL", made[-1].url)
        for name, value in {
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_SESSION_TOKEN": "token",
            "AWS_DEFAULT_REGION": "ap-southeast-1",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
        return made[-1]

    yield start
    for server in made:
        server.close()


def sender(service: str = "pinpoint-sms-voice-v2", read_timeout: float = 2.0) -> clients.Sender:
    return clients.Sender(service, connect_timeout=1, read_timeout=read_timeout)


def dynamo(attempts: int = 3) -> clients.Dynamo:
    return clients.Dynamo(attempts=attempts, connect_timeout=1, read_timeout=1)


ascii_text = some.text(some.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)


@given(
    body=some.binary(max_size=200),
    path=some.sampled_from(["/", "/v1/whatsapp/send", "/v2/email/outbound-emails"]),
    secret=ascii_text,
    token=some.none() | ascii_text,
    target=ascii_text,
    service=some.sampled_from(["ses", "social-messaging", "sms-voice", "dynamodb"]),
    at=some.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1)),
)
def test_a_signature_is_the_one_that_botocore_makes(
    *, body: bytes, path: str, secret: str, token: str | None, target: str, service: str, at: datetime
) -> None:
    headers = {"host": "example.com:8443", "content-type": "application/json", "x-amz-target": target}
    who = ReadOnlyCredentials("AKIDEXAMPLE", secret, token)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("caring.wire.signing.time.gmtime", at.timetuple)
        patch.setattr(botocore.auth, "get_current_datetime", lambda: at)
        ours = signed(path, headers, body, who=who, region="ap-southeast-1", service=service)
        request = AWSRequest(method="POST", url=f"https://example.com:8443{path}", data=body, headers=headers)
        SigV4Auth(Credentials("AKIDEXAMPLE", secret, token), service, "ap-southeast-1").add_auth(request)
    assert ours["authorization"] == request.headers["Authorization"]


def outgoing(channel: str) -> Outgoing:
    return Outgoing(channel, "+6281234567", "run-1_2", "Halo é 🙂", subject="Tagihan", html="<p>Halo</p>")


IDENTITIES = {
    "SMS_ORIGINATION_IDENTITY": "CARING",
    "SMS_CONFIGURATION_SET": "sms",
    "VOICE_ORIGINATION_IDENTITY": "+6221",
    "EMAIL_FROM": "a@example.com",
    "EMAIL_CONFIGURATION_SET": "mail",
    "WHATSAPP_PHONE_NUMBER_ID": "phone-number-id-1",
}
SENDS: list[tuple[str, str, Callable[[Any], object]]] = [
    ("pinpoint-sms-voice-v2", "send_text_message", lambda client: sms.send(outgoing("sms"), client)),
    ("pinpoint-sms-voice-v2", "send_voice_message", lambda client: voice.send(outgoing("voice"), client)),
    ("socialmessaging", "send_whatsapp_message", lambda client: whatsapp.send(outgoing("whatsapp"), client)),
    ("sesv2", "send_email", lambda client: email.send(outgoing("email"), client)),
    ("sesv2", "send_bulk_email", lambda client: email_bulk.send([outgoing("email")] * 2, client)),
]


@pytest.mark.parametrize(("service", "operation", "send"), SENDS, ids=[operation for _, operation, _ in SENDS])
def test_a_request_is_the_one_that_boto3_makes(
    serve: Callable[..., Server],
    monkeypatch: pytest.MonkeyPatch,
    service: str,
    operation: str,
    send: Callable[[Any], object],
) -> None:
    for name, value in IDENTITIES.items():
        monkeypatch.setenv(name, value)
    server = serve(lambda *_: [OK])
    send(sender)
    send(boto3.client)
    ours, theirs = (request.partition(b"\r\n\r\n") for request in server.requests)
    assert json.loads(ours[2]) == json.loads(theirs[2])
    assert ours[0].split(b"\r\n")[0] == theirs[0].split(b"\r\n")[0]
    for header in ("content-type", "x-amz-target", "host", "x-amz-security-token"):
        assert _header(ours[0], header) == _header(theirs[0], header), header


def _header(head: bytes, name: str) -> list[str]:
    lines = [line.partition(":") for line in head.decode().split("\r\n")[1:]]
    return [value.strip() for key, _, value in lines if key.lower() == name]


ERRORS = {
    "json": (
        b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/x-amz-json-1.0\r\nx-amzn-requestid: 1\r\n",
        {
            "__type": "com.amazonaws.sms#ValidationException",
            "Message": "no",
            "Reason": "SENDER",
            "Fields": [{"Name": "x", "Message": "y"}],
        },
    ),
    "rest": (
        b"HTTP/1.1 429 Too Many\r\nx-amzn-ErrorType: ThrottlingException:http://internal.example.com/\r\n",
        {"message": "slow down"},
    ),
    "nothing": (b"HTTP/1.1 503 Service Unavailable\r\n", {}),
}


@pytest.mark.parametrize("case", ERRORS)
def test_an_error_is_the_one_that_boto3_raises(serve: Callable[..., Server], case: str) -> None:
    head, said = ERRORS[case]
    body = json.dumps(said).encode()
    serve(lambda *_: [head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body])
    service, call = ("sesv2", "send_email") if case == "rest" else ("pinpoint-sms-voice-v2", "send_text_message")
    arguments: dict[str, Any] = SMS if call == "send_text_message" else {"Content": {}}
    with pytest.raises(boto.ClientError) as ours:
        getattr(sender(service), call)(**arguments)
    config = Config(retries={"total_max_attempts": 1})
    with pytest.raises(boto.ClientError) as theirs:
        getattr(boto3.client(service, config=config), call)(**arguments)
    for part in ("Error", "Reason", "Fields"):
        assert ours.value.response.get(part) == theirs.value.response.get(part), part
    statuses = {error.value.response["ResponseMetadata"]["HTTPStatusCode"] for error in (ours, theirs)}
    assert len(statuses) == 1


CUT = {
    "in pieces": [OK[:9], OK[9:40], OK[40:]],
    "chunked": [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b'9\r\n{"Message\r\n',
        b'8\r\nId":"m"}\r\n0\r\n\r\n',
    ],
    "after a 100": [b"HTTP/1.1 100 Continue\r\n\r\n", OK],
}


@pytest.mark.parametrize("form", CUT)
def test_an_answer_is_read_whatever_form_it_comes_in(serve: Callable[..., Server], form: str) -> None:
    server = serve(lambda *_: CUT[form])
    client = sender()
    assert [client.send_text_message(**SMS)["MessageId"] for _ in range(3)] == ["m"] * 3
    assert server.connections == 1


def test_a_connection_that_the_other_side_closed_is_not_used_again(serve: Callable[..., Server]) -> None:
    server = serve(lambda *_: [OK], keep=False)
    client = sender()
    for _ in range(3):
        client.send_text_message(**SMS)
        time.sleep(0.05)  # until its end has come here
    assert (len(server.requests), server.connections) == (3, 3)


BROKEN: dict[str, tuple[list[bytes], type[Exception]]] = {
    "cut within the head": ([b"HTTP/1.1 200 OK\r\nContent-"], boto.ConnectionClosedError),
    "cut within the body": ([OK[:-3]], boto.ConnectionClosedError),
    "no answer at all": ([], boto.ConnectionClosedError),
    "no HTTP": ([b"SSH-2.0-OpenSSH_9.6\r\n\r\n"], boto.ConnectionClosedError),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_answer_is_told_as_lost_and_asked_for_once(serve: Callable[..., Server], case: str) -> None:
    pieces, error = BROKEN[case]
    server = serve(lambda *_: pieces, keep=False)
    with pytest.raises(error):
        sender().send_text_message(**SMS)
    assert len(server.requests) == 1


def test_silence_is_a_read_time_out_and_asked_for_once(serve: Callable[..., Server]) -> None:
    server = serve(lambda *_: [])
    with pytest.raises(boto.ReadTimeoutError):
        sender(read_timeout=0.2).send_text_message(**SMS)
    assert len(server.requests) == 1


def test_nobody_at_the_address_proves_that_nothing_left(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(lambda *_: [OK])
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # taken, and not listening
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{nobody.getsockname()[1]}")
        with pytest.raises(boto.EndpointConnectionError):
            sender().send_text_message(**SMS)


def test_no_credentials_prove_that_nothing_left(serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(lambda *_: [OK])
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(boto.NoCredentialsError):
        sender().send_text_message(**SMS)
    assert not server.requests


def test_an_operation_that_does_not_go_this_way_is_not_there(serve: Callable[..., Server]) -> None:
    serve(lambda *_: [OK])
    with pytest.raises(AttributeError, match="delete_everything"):
        sender().delete_everything()


def _answer(status: str, said: dict[str, Any], crc: int | None = None) -> list[bytes]:
    body = json.dumps(said).encode()
    check = zlib.crc32(body) if crc is None else crc
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nx-amz-crc32: {check}\r\n\r\n"
    return [head.encode() + body]


REFUSED = {"__type": "com.amazon.coral#ThrottlingException", "message": "slow down"}
TWICE: dict[str, list[bytes]] = {
    "throttled": _answer("400 Bad", REFUSED),
    "an internal error": _answer("500 Oops", {"__type": "InternalServerError"}),
    "a body that was harmed": _answer("200 OK", {"Responses": []}, crc=1),
    "a lost connection": [],
}


@pytest.mark.parametrize("case", TWICE)
def test_a_table_is_asked_again_after(serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    monkeypatch.setattr("caring.wire.clients.time.sleep", lambda _: None)
    good = _answer("200 OK", {"Responses": [{"TableName": "t"}]})
    server = serve(lambda n, _: TWICE[case] if n == 1 else good, keep=bool(TWICE[case]))
    assert dynamo().batch_execute_statement(Statements=[]) == {"Responses": [{"TableName": "t"}]}
    assert len(server.requests) == 2


def test_a_table_that_keeps_refusing_is_told_as_refused(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("caring.wire.clients.time.sleep", lambda _: None)
    server = serve(lambda *_: _answer("400 Bad", REFUSED))
    with pytest.raises(boto.ClientError, match="ThrottlingException"):
        dynamo(attempts=3).batch_get_item(RequestItems={})
    assert len(server.requests) == 3


def test_a_condition_that_failed_is_not_asked_again(serve: Callable[..., Server]) -> None:
    said = {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "Item": {"a": {"S": "b"}}}
    server = serve(lambda *_: _answer("400 Bad", said))
    with pytest.raises(boto.ClientError) as refused:
        dynamo().update_item(TableName="t")
    assert refused.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert refused.value.response.get("Item") == {"a": {"S": "b"}}
    assert len(server.requests) == 1


def test_threads_share_an_endpoint_without_mixing_answers(serve: Callable[..., Server]) -> None:
    def echo(_: int, request: bytes) -> list[bytes]:
        body = request.partition(b"\r\n\r\n")[2]
        return [f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body]

    server = serve(echo)
    endpoint = Endpoint("sesv2", connect_timeout=1, read_timeout=2)
    mixed: list[bytes] = []

    def ask(who: int) -> None:
        for n in range(25):
            body = f'{{"{who}": {n}}}'.encode()
            answer = endpoint.post("/", {"content-type": "application/json"}, body).body
            if answer != body:
                mixed.append(answer)

    threads = [threading.Thread(target=ask, args=(who,)) for who in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not mixed
    assert len(server.requests) == 200
    assert server.connections <= 8
