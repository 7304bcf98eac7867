"""The process: each service on a port of its own, told on stdout as one JSON line; ends when its stdin does."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from tests.bench.canned.dynamodb import DynamoDB
from tests.bench.canned.http import Answer, Connection, Request, Service
from tests.bench.canned.services import S3, Provider, Sqs, secret


class Cloud:
    """All services, and the measuring process's own door to them."""

    def __init__(self) -> None:
        self.dynamodb, self.sqs, self.s3 = DynamoDB(), Sqs(), S3()
        self.providers = {
            "SOCIALMESSAGING": Provider("messageId", "0a1b2c3d-0000-4000-8000-%012d"),
            "PINPOINT_SMS_VOICE_V2": Provider("MessageId", "1a1b2c3d-0000-4000-8000-%012d"),
            "SESV2": Provider("MessageId", "0100018c0a1b2c3d-0a1b2c3d-0a1b-4c3d-8e5f-%012d-000000"),
        }

        # By the name that stands in AWS_ENDPOINT_URL_…; CONTROL is ours.
        self.services: dict[str, Service] = {
            "DYNAMODB": self.dynamodb.answer,
            "SQS": self.sqs.answer,
            "S3": self.s3.answer,
            "SECRETS_MANAGER": secret,
            "CONTROL": self.control,
            **{name: provider.answer for name, provider in self.providers.items()},
        }

    def control(self, request: Request) -> Answer:
        """/reset?customers=N forgets all · /take?queue=&most= · /requests (ours not among them) · /counted."""
        Connection.served -= 1
        url = urlsplit(request.target)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path == "/reset":
            self.dynamodb.reset()
            self.sqs.reset()
            self.s3.reset()
            for provider in self.providers.values():
                provider.reset()
            self.dynamodb.customers = int(asked["customers"])
            return Answer(b"{}")
        if url.path == "/take":
            return Answer(orjson.dumps(self.sqs.take(asked["queue"], int(asked["most"]))))
        if url.path == "/requests":
            return Answer(b"%d" % Connection.served)
        return Answer(orjson.dumps(self.counts()))

    def counts(self) -> dict[str, Any]:
        """Everything counted since the last reset."""
        return {
            "dynamodb": {f"{table}.{what}": n for (table, what), n in self.dynamodb.counted.items()},
            "sqs": dict(self.sqs.counted),
            "queued": {name: len(queue) for name, queue in self.sqs.queues.items()},
            "s3": dict(self.s3.counted),
            "providers": {name: dict(provider.counted) for name, provider in self.providers.items()},
        }


async def serve() -> None:
    """Open the ports and wait for the end of stdin."""
    cloud, loop = Cloud(), asyncio.get_running_loop()
    ports = {}
    for name, service in cloud.services.items():
        server = await loop.create_server(partial(Connection, service), "127.0.0.1", 0)
        ports[name] = server.sockets[0].getsockname()[1]
    print(json.dumps(ports), flush=True)
    gc.freeze()
    gc.disable()  # nothing here makes cycles worth the pauses
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
