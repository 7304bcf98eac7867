"""AWS clients, made once per process.

Table, queue and store calls may be repeated. A provider's send may not: no sender API takes a client token, so one call
must make one HTTP request, whose answer (or silence) the ledger records. What is called once or more per message goes
by caring.wire, everything else by boto3.
"""

from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config

from caring import configuration
from caring.wire import clients

_ATTEMPTS = 5


@lru_cache(maxsize=16)
def client(service: str) -> Any:
    """A client that retries (DynamoDB, SQS, S3, SNS, Step Functions, Scheduler, …).

    DynamoDB's requests are made by a few tested functions in great numbers: validating each cost 40 % of their CPU.
    """
    return boto3.client(
        service,
        config=Config(
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
            parameter_validation=service != "dynamodb",
            tcp_keepalive=True,
            max_pool_connections=32,
        ),
    )


@lru_cache(maxsize=1)
def tables_client() -> Any:
    """DynamoDB for the calls made once or more per message: batches of items and statements, and single updates."""
    return clients.Dynamo(attempts=_ATTEMPTS)


@lru_cache(maxsize=4)
def sender_client(service: str) -> Any:
    """A provider's client: one attempt only, and a read time-out well under the sender function's own."""
    send = configuration.get().send
    return clients.Sender(service, connect_timeout=send.connect_timeout_seconds, read_timeout=send.read_timeout_seconds)


def reset() -> None:
    """Forget the clients (tests change the environment)."""
    for made in (client, tables_client, sender_client):
        made.cache_clear()
