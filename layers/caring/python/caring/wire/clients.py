"""Clients with boto3's method names, arguments and answers, for the operations listed here and no others."""

import base64
import time
import zlib
from collections.abc import Callable
from functools import partial
from random import random
from typing import Any

import orjson
from botocore import exceptions as boto

from caring.wire.endpoint import Answer, Endpoint

Said = dict[str, Any]

_JSON = {"content-type": "application/json"}
_SMS = {"content-type": "application/x-amz-json-1.0"}
_TABLES = "DynamoDB_20120810"

# A provider's operation → the path and headers of its request (botocore's service models).
_SENDS: dict[str, tuple[str, dict[str, str]]] = {
    "send_text_message": ("/", {**_SMS, "x-amz-target": "PinpointSMSVoiceV2.SendTextMessage"}),
    "send_voice_message": ("/", {**_SMS, "x-amz-target": "PinpointSMSVoiceV2.SendVoiceMessage"}),
    "send_whatsapp_message": ("/v1/whatsapp/send", _JSON),
    "send_email": ("/v2/email/outbound-emails", _JSON),
    "send_bulk_email": ("/v2/email/outbound-bulk-emails", _JSON),
}

_TRANSIENT = (500, 502, 503, 504)
# Said by DynamoDB when a request was not carried out and may be made again (botocore's standard retry mode).
_AGAIN = frozenset(
    (
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "RequestTimeoutException",
        "ThrottlingException",
        "TransactionInProgressException",
    )
)
_LOST = (boto.HTTPClientError, boto.EndpointConnectionError, boto.ConnectionError)


class Sender:
    """A provider's sends: one call is one HTTP request, whatever comes of it."""

    def __init__(self, service: str, *, connect_timeout: float, read_timeout: float) -> None:
        self._endpoint = Endpoint(service, connect_timeout=connect_timeout, read_timeout=read_timeout)

    def __getattr__(self, operation: str) -> Callable[..., Said]:
        if operation not in _SENDS:
            raise AttributeError(f"{operation} is not among the sends that go this way: use boto3")
        call = partial(self._send, operation, *_SENDS[operation])
        setattr(self, operation, call)
        return call

    def _send(self, operation: str, path: str, headers: dict[str, str], /, **arguments: Any) -> Said:
        answer = self._endpoint.post(path, headers, orjson.dumps(arguments, default=_blob))
        if answer.status >= 300:
            raise _refusal(answer, operation)
        return _read(answer)


class Dynamo:
    """DynamoDB's operations on many items at once, on typed items; repeated as boto3's standard mode repeats them."""

    def __init__(self, *, attempts: int, connect_timeout: float = 3.0, read_timeout: float = 10.0) -> None:
        self._endpoint = Endpoint("dynamodb", connect_timeout=connect_timeout, read_timeout=read_timeout)
        self._attempts = attempts

    def batch_get_item(self, **arguments: Any) -> Said:
        """As boto3's."""
        return self._call("BatchGetItem", arguments)

    def batch_execute_statement(self, **arguments: Any) -> Said:
        """As boto3's."""
        return self._call("BatchExecuteStatement", arguments)

    def update_item(self, **arguments: Any) -> Said:
        """As boto3's."""
        return self._call("UpdateItem", arguments)

    def _call(self, operation: str, arguments: Said) -> Said:
        headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": f"{_TABLES}.{operation}"}
        body = orjson.dumps(arguments)
        failed: Exception
        for attempt in range(self._attempts):
            if attempt:
                time.sleep(random() * min(2 ** (attempt - 1), 20))  # noqa: S311 - spread, not secret
            try:
                answer = self._endpoint.post("/", headers, body)
            except _LOST as error:
                failed = error
                continue
            taken = answer.status < 300
            if taken and _unharmed(answer):
                return _read(answer)
            failed = refused = _refusal(answer, operation)
            if not taken and answer.status not in _TRANSIENT and refused.response["Error"]["Code"] not in _AGAIN:
                break
        raise failed


def _blob(value: Any) -> str:
    """A blob as these protocols carry it."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} is no value of a request")


def _unharmed(answer: Answer) -> bool:
    """Whether the body is what DynamoDB sent: it states a check sum with every answer."""
    stated = answer.header(b"x-amz-crc32")
    return stated is None or int(stated) == zlib.crc32(answer.body)


def _read(answer: Answer) -> Said:
    """The answer's values; {} for a body that holds none (another machine's page), as boto3 reads it."""
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _refusal(answer: Answer, operation: str) -> boto.ClientError:
    """The ClientError that boto3 would raise: the error's members, and its code and message under "Error"."""
    said = _read(answer)
    code = str(answer.header(b"x-amzn-errortype") or said.get("__type") or said.get("code") or answer.status)
    code = code.partition(":")[0].rpartition("#")[2]
    meta: Any = {
        "HTTPStatusCode": answer.status,
        "HTTPHeaders": {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in answer.headers},
        "RetryAttempts": 0,
    }
    error = {"Code": code, "Message": str(said.get("message") or said.get("Message") or "")}
    response: Any = {**said, "Error": error, "ResponseMetadata": meta}
    return boto.ClientError(response, operation)
