"""What a provider's answer, or its silence, proves: accepted, rejected, not taken, or unknown.

Only a proof allows a second try: the connection was never made, or the provider said that it did not take the message.
A read time-out, a connection lost after the request left, and every 5xx prove nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from caring import observability
from caring.channels.types import Clients, Outcome
from caring.environment import MissingSetting

Table = Mapping[str, Outcome]  # "Code.REASON" or "Code" → what it means
Reader = Callable[[boto.ClientError], Outcome | None]  # for what a table cannot say, e.g. a code inside the message


def refused(reason: str) -> Outcome:
    """Refused for this message, for good."""
    return Outcome("rejected", None, reason)


def halted(reason: str) -> Outcome:
    """Not taken, and the next one would not be either: given back, and the run stops until the cause is mended."""
    return Outcome("not_taken", None, reason, stop_run=True)


THROTTLED = Outcome("not_taken", None, "throttled")
NOT_CONNECTED = Outcome("not_taken", None, "refused_connection")
TIMED_OUT = Outcome("unknown", None, "timeout")
CONNECTION_LOST = Outcome("unknown", None, "connection_lost")
PROVIDER_ERROR = Outcome("unknown", None, "provider_error")
NO_ID = Outcome("unknown", None, "no_message_id")
UNFORESEEN = Outcome("unknown", None, "unforeseen")

# Before any byte of the request has left: no connection, no credentials, no endpoint.
_NEVER_LEFT = (boto.EndpointConnectionError, boto.ConnectTimeoutError, boto.ProxyConnectionError)
_NO_CREDENTIALS = (
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.CredentialRetrievalError,
    boto.NoAuthTokenError,
    boto.NoRegionError,
)

# AWS's common errors (each service's "Common Errors" page): said by the front door, before the service saw the message.
COMMON: Table = {
    "Throttling": THROTTLED,
    "ThrottlingException": THROTTLED,
    "ThrottledException": THROTTLED,
    "TooManyRequestsException": THROTTLED,
    "RequestLimitExceeded": THROTTLED,
    "AccessDenied": halted("access_denied"),
    "AccessDeniedException": halted("access_denied"),
    "ExpiredToken": halted("no_credentials"),
    "ExpiredTokenException": halted("no_credentials"),
    "IncompleteSignature": halted("no_credentials"),
    "InvalidClientTokenId": halted("no_credentials"),
    "InvalidSignatureException": halted("no_credentials"),
    "MissingAuthenticationToken": halted("no_credentials"),
    "OptInRequired": halted("access_denied"),
    "SignatureDoesNotMatch": halted("no_credentials"),
    "UnrecognizedClientException": halted("no_credentials"),
    "UnknownOperationException": halted("provider_setup"),
}

# What remains, by HTTP status. A 4xx is a refusal; which of ours, the status tells.
_BY_STATUS: Mapping[int, Outcome] = {
    401: halted("no_credentials"),
    403: halted("access_denied"),
    404: halted("provider_setup"),
    408: TIMED_OUT,
    413: refused("too_long"),
    429: THROTTLED,
}


def of_answer(error: boto.ClientError, table: Table, read: Reader | None = None) -> Outcome:
    """What a provider's error answer proves; `table` first, then AWS's common errors, then the HTTP status."""
    details: Mapping[str, Any] = error.response
    status = details.get("ResponseMetadata", {}).get("HTTPStatusCode")
    code = str(details.get("Error", {}).get("Code", ""))
    known = (
        (read(error) if read else None)
        or table.get(f"{code}.{details.get('Reason', '')}")
        or table.get(code)
        or COMMON.get(code)
    )
    if not isinstance(status, int) or status >= 500:
        # The answer may have come from something behind which the message did get through: it stays unknown.
        return Outcome("unknown", None, known.reason, known.stop_run) if known else PROVIDER_ERROR
    if known is not None:
        return known
    if 400 <= status < 500:
        return _BY_STATUS.get(status, refused("invalid_request"))
    return UNFORESEEN


def of_error(error: Exception, table: Table, read: Reader | None = None) -> Outcome:
    """What an exception out of boto3's call proves. Anything unforeseen is unknown, and logged."""
    if isinstance(error, boto.ClientError):
        return of_answer(error, table, read)
    if isinstance(error, _NEVER_LEFT):
        return NOT_CONNECTED
    if isinstance(error, _NO_CREDENTIALS):
        return halted("no_credentials")
    if isinstance(error, boto.ParamValidationError):
        return refused("invalid_request")  # boto3 refused it itself
    if isinstance(error, boto.ReadTimeoutError):
        return TIMED_OUT
    if isinstance(error, boto.HTTPClientError | boto.IncompleteReadError | boto.SSLError):
        return CONNECTION_LOST
    if isinstance(error, ResponseParserError):
        return PROVIDER_ERROR
    observability.logger().error(
        "a provider's call ended in an unforeseen way", extra={"error": observability.safe(error)}
    )
    return UNFORESEEN


def attempt(
    clients: Clients,
    service: str,
    operation: str,
    request: Callable[[], Mapping[str, Any]],
    *,
    answer_id: str,
    table: Table,
    read: Reader | None = None,
) -> Outcome:
    """Build one request, make one call and say what came of it; never raises.

    Whatever goes wrong before the call is proof that nothing was sent.
    """
    try:
        call = getattr(clients(service), operation)
        arguments = request()
    except MissingSetting as error:
        observability.logger().error("a sender lacks a setting", extra={"error": observability.safe(error)})
        return halted("provider_setup")
    except _NO_CREDENTIALS:
        return halted("no_credentials")
    except Exception as error:  # noqa: BLE001 - one message that cannot be built must not stop the others
        observability.logger().error("a message could not be built", extra={"error": observability.safe(error)})
        return refused("invalid_request")
    try:
        answer = call(**arguments)
    except Exception as error:  # noqa: BLE001 - the message may be out already: whatever happened, it has an outcome
        return of_error(error, table, read)
    message_id = answer.get(answer_id)
    # boto3 reads another machine's page, if its status is 200, as an empty answer: without an id nothing is proven.
    return Outcome("accepted", str(message_id)) if message_id else NO_ID
