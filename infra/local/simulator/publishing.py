"""The way out: receipts and replies wait for their time, then go to SNS ten at a time from a few threads.

Everything but the publishing itself runs on the event loop, so no state needs a lock.
"""

import asyncio
import heapq
import itertools
import logging
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

import boto3
import orjson
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

log = logging.getLogger("caring.simulator")

TOPICS: Final = ("whatsapp_events", "sms_events", "sms_replies", "email_events", "email_replies")
TICK_SECONDS: Final = 0.05  # waiting a little fills the batches of ten
BATCH: Final = 10  # SNS PublishBatch takes 10 entries and 256 KiB
BATCH_BYTES: Final = 200_000
WORKERS: Final = 4
TRIES: Final = 8
AGAIN_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Topics:
    """Where to publish: topic name → ARN, and the bucket that customers' mails land in."""

    arns: dict[str, str] = field(default_factory=dict)
    inbound_bucket: str | None = None

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "Topics":
        """From the control route's form, `{whatsapp_events, …, inbound_bucket}`, some or all. Raises ValueError."""
        unknown = set(body) - {*TOPICS, "inbound_bucket"}
        if unknown or not all(value is None or isinstance(value, str) for value in body.values()):
            raise ValueError(f"topics are ARNs under {', '.join(TOPICS)}, and inbound_bucket")
        return cls({name: body[name] for name in TOPICS if body.get(name)}, body.get("inbound_bucket"))

    def merged(self, newer: "Topics") -> "Topics":
        """These with what `newer` names besides or instead."""
        return Topics(self.arns | newer.arns, newer.inbound_bucket or self.inbound_bucket)

    def as_json(self) -> dict[str, str | None]:
        """The same form that from_json takes."""
        return {**self.arns, "inbound_bucket": self.inbound_bucket}


@dataclass(frozen=True, slots=True)
class Item:
    """One payload for one topic; a mail has its raw MIME besides, which must be in the bucket first."""

    topic: str
    payload: dict[str, Any]
    mail: bytes | None = None
    tries: int = 0


class Publisher(Protocol):
    """Called from several threads; raises BotoCoreError or ClientError when nothing was published."""

    def publish(self, topic_arn: str, bodies: list[str]) -> list[int]:
        """Publish at most ten bodies; the answer lists the positions of those that failed."""
        ...

    def store(self, bucket: str, key: str, raw: bytes) -> None:
        """Put a raw mail into the inbound bucket."""
        ...


class AwsPublisher:
    """Publishes through boto3, to wherever AWS_ENDPOINT_URL and its kin point."""

    def __init__(self) -> None:
        config = Config(
            connect_timeout=3, read_timeout=20, max_pool_connections=WORKERS, s3={"addressing_style": "path"}
        )
        self._sns = boto3.client("sns", config=config)
        self._s3 = boto3.client("s3", config=config)

    def publish(self, topic_arn: str, bodies: list[str]) -> list[int]:
        """One PublishBatch call."""
        entries = [{"Id": str(n), "Message": body} for n, body in enumerate(bodies)]
        answer = self._sns.publish_batch(TopicArn=topic_arn, PublishBatchRequestEntries=entries)
        return [int(failed["Id"]) for failed in answer.get("Failed", [])]

    def store(self, bucket: str, key: str, raw: bytes) -> None:
        """One PutObject call."""
        self._s3.put_object(Bucket=bucket, Key=key, Body=raw)


class Outbox:
    """Due times, batches, tries again; what has no topic yet is kept until the topics are known."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._due: list[tuple[float, int, Callable[[], Iterable[Item]]]] = []
        self._numbers = itertools.count()
        self._ready: dict[str, deque[Item]] = defaultdict(deque)
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="publish")
        self._under_way = 0
        self.topics = Topics()
        self.published = 0
        self.lost = 0

    def after(self, seconds: float, make: Callable[[], Iterable[Item]]) -> None:
        """Have `make` called in so many real seconds, on the event loop, and publish what it makes."""
        heapq.heappush(self._due, (time.monotonic() + seconds, next(self._numbers), make))

    def waiting(self) -> int:
        """How much is neither published nor lost yet."""
        return len(self._due) + sum(map(len, self._ready.values())) + self._under_way

    async def run(self) -> None:
        """Publish what is due, until cancelled."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self._collect()
            for name in list(self._ready):
                self._flush(name)

    def close(self) -> None:
        """Let the publishing under way end; what waits is dropped."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _collect(self) -> None:
        now = time.monotonic()
        while self._due and self._due[0][0] <= now:
            for item in heapq.heappop(self._due)[2]():
                self._ready[item.topic].append(item)

    def _flush(self, name: str) -> None:
        queue = self._ready[name]
        arn, bucket = self.topics.arns.get(name), self.topics.inbound_bucket
        if arn is None:
            return
        while queue and (queue[0].mail is None or bucket is not None):
            batch: list[Item] = []
            bodies: list[str] = []
            size = 0
            while queue and len(batch) < BATCH:
                item = queue[0]
                if item.mail is not None:
                    item.payload["receipt"]["action"].update(topicArn=arn, bucketName=bucket)
                body = orjson.dumps(item.payload).decode()
                size += len(body)
                if batch and size > BATCH_BYTES:
                    break
                batch.append(queue.popleft())
                bodies.append(body)
            self._under_way += len(batch)
            loop = asyncio.get_running_loop()
            loop.run_in_executor(self._pool, self._publish, arn, bucket, batch, bodies).add_done_callback(
                lambda done, batch=batch: self._published(batch, done)  # type: ignore[misc]
            )

    def _publish(self, arn: str, bucket: str | None, batch: list[Item], bodies: list[str]) -> list[Item]:
        try:
            for item in batch:
                if item.mail is not None and bucket is not None:
                    self._publisher.store(bucket, item.payload["receipt"]["action"]["objectKey"], item.mail)
            return [batch[position] for position in self._publisher.publish(arn, bodies)]
        except (BotoCoreError, ClientError) as wrong:
            log.warning("publishing to %s failed: %s", arn, type(wrong).__name__)
            return batch

    def _published(self, batch: list[Item], done: "asyncio.Future[list[Item]]") -> None:
        self._under_way -= len(batch)
        if done.cancelled():
            return
        failed = done.result()
        self.published += len(batch) - len(failed)
        again = [replace(item, tries=item.tries + 1) for item in failed if item.tries + 1 < TRIES]
        self.lost += len(failed) - len(again)
        if again:
            self.after(AGAIN_SECONDS, lambda: again)
