"""AWS clients, made once per process.

Table, queue and store calls may be repeated by boto3. A provider's send may not: no sender API takes a client token, so
one call must make one HTTP request, whose answer (or silence) the ledger records.
"""

from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config

from caring import configuration

_SHARED: dict[str, Any] = {"tcp_keepalive": True, "max_pool_connections": 32}


@lru_cache(maxsize=16)
def client(service: str) -> Any:
    """A client that retries (DynamoDB, SQS, S3, SNS, Step Functions, Scheduler, …).

    DynamoDB's requests are made by a few tested functions in great numbers: validating each cost 40 % of their CPU.
    """
    return boto3.client(
        service,
        config=Config(
            retries={"mode": "standard", "total_max_attempts": 5},
            parameter_validation=service != "dynamodb",
            **_SHARED,
        ),
    )


@lru_cache(maxsize=4)
def sender_client(service: str) -> Any:
    """A provider's client: one attempt only, and a read time-out well under the sender function's own."""
    send = configuration.get().send
    config = Config(
        retries={"total_max_attempts": 1},
        connect_timeout=send.connect_timeout_seconds,
        read_timeout=send.read_timeout_seconds,
        **_SHARED,
    )
    return boto3.client(service, config=config)


def reset() -> None:
    """Forget the clients (tests change the environment)."""
    client.cache_clear()
    sender_client.cache_clear()
