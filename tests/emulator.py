"""The AWS emulator as a child process, and the stack's tables, queues and buckets in it for one test.

moto cannot run PartiQL statements with parameters, which every bulk write here uses, so tests of flows talk to the same
emulator that the laptop cloud deploys to.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

REGION = "ap-southeast-1"
CHANNELS = ("whatsapp", "sms", "email", "voice")

# variable → (partition key, sort key, {index: (partition key, sort key)}); a key that ends in :N is a number
TABLES: dict[str, tuple[str, str | None, dict[str, tuple[str, str | None]]]] = {
    "CUSTOMERS_TABLE": (
        "customer_id",
        None,
        {
            "by_phone": ("phone", None),
            "by_whatsapp": ("whatsapp", None),
            "by_home_phone": ("home_phone", None),
            "by_email": ("email_key", None),
            "by_whatsapp_user": ("whatsapp_user", None),
            "by_area": ("area_key", "customer_id"),
        },
    ),
    "MESSAGES_TABLE": ("customer_id", "cause", {}),
    "TIMELINE_TABLE": ("customer_id", "at_id", {}),
    "TICKETS_TABLE": (
        "ticket_id",
        None,
        {
            "by_customer": ("customer_id", "opened_at"),
            "by_unit": ("unit_state", "deadline"),
            "going_on": ("going_on", "opened_at"),
        },
    ),
    "WORK_ITEMS_TABLE": (
        "work_id",
        None,
        {"by_locker": ("locker", "order_key"), "by_customer": ("customer_id", "due_at")},
    ),
    "INCIDENTS_TABLE": (
        "incident_id",
        "part",
        {"by_state": ("witel_state", "proposed_at"), "by_customer": ("customer_id", "part")},
    ),
    "ROUNDS_TABLE": ("witel_key", "round", {}),
    "NPS_TABLE": ("day_part", "entry", {"by_customer": ("customer_id", "at")}),
    "REQUESTS_TABLE": ("customer_id", "request_id", {"by_open": ("open", "due_at")}),
    "MEASURES_TABLE": ("measure", "day", {}),
    "PROGRAMS_TABLE": ("program_id", None, {}),
    "SCRIPTS_TABLE": ("script_id", "version:N", {}),
    "RUNS_TABLE": ("run_id", "part", {"by_program": ("program_id", "created_at")}),
    "IMPORTS_TABLE": ("import_id", "part", {}),
    "PARKED_TABLE": ("kind", "at_id", {}),
    "IDEMPOTENCY_TABLE": ("id", None, {}),
}


class Emulator:
    """A running emulator: its process, its address, and a private temporary folder that goes with it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="caring-emulator-"))
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = self.folder / "emulator.log"
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "CARING_"))}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ministack"],
                env=kept
                | {
                    "GATEWAY_PORT": str(self.port),
                    "BIND_HOST": "127.0.0.1",
                    "IOT_MTLS_ENABLED": "0",
                    "TMPDIR": str(self.folder),
                    "MINISTACK_REGION": REGION,
                    "AWS_DEFAULT_REGION": REGION,
                    "LOG_LEVEL": "WARNING",
                },
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._wait_until_healthy()

    def _wait_until_healthy(self, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=5):  # noqa: S310 - loopback
                    return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
        log = self.log.read_text(errors="replace")[-2000:]
        self.stop()
        raise RuntimeError(f"the emulator did not start; the end of its log:\n{log}")

    def stop(self) -> None:
        """End the process and remove its folder."""
        self.process.terminate()
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=15)
        shutil.rmtree(self.folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Cloud:
    """What one test sees: an empty copy of the stack's stores under a prefix of its own, and short ways into them."""

    url: str
    prefix: str
    environment: dict[str, str] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """A raw boto3 client of the emulator."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            config=Config(retries={"total_max_attempts": 2}, max_pool_connections=16),
        )

    def build(self) -> None:
        """Make every table, queue, bucket and secret, and fill `environment` with their names."""
        env, dynamodb, sqs, s3 = self.environment, self.client("dynamodb"), self.client("sqs"), self.client("s3")
        env |= {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
        }
        for variable, (key, sort, indexes) in TABLES.items():
            env[variable] = f"{self.prefix}-{variable.removesuffix('_TABLE').lower()}"
            dynamodb.create_table(TableName=env[variable], BillingMode="PAY_PER_REQUEST", **_keys(key, sort, indexes))
        for variable in ("DATA_BUCKET", "INBOUND_BUCKET"):
            env[variable] = f"{self.prefix}-{variable.split('_')[0].lower()}"
            s3.create_bucket(Bucket=env[variable], CreateBucketConfiguration={"LocationConstraint": REGION})
        for variable in ("REPLIES_QUEUE_URL", "RECEIPTS_QUEUE_URL", "IMPORTS_QUEUE_URL", "INCIDENTS_QUEUE_URL"):
            env[variable] = self._queue(sqs, variable.split("_")[0].lower())
        env["QUEUE_URLS"] = json.dumps(
            {c: {k: self._queue(sqs, f"{c}-{k}") for k in ("blast", "conversation")} for c in CHANNELS}
        )
        secret = self.client("secretsmanager").create_secret(Name=f"{self.prefix}-link", SecretString="0" * 64)
        env |= {
            "LINK_SECRET_ARN": secret["ARN"],
            "LINK_BASE_URL": "https://caring.example.com",
            "MEDIA_BASE_URL": "https://caring.example.com/media",
            "WHATSAPP_PHONE_NUMBER_ID": "phone-number-id-1",
            "SMS_ORIGINATION_IDENTITY": "CARING",
            "SMS_CONFIGURATION_SET": "caring-sms",
            "VOICE_ORIGINATION_IDENTITY": "+622150000000",
            "EMAIL_FROM": "Caring <caring@example.com>",
            "EMAIL_CONFIGURATION_SET": "caring-email",
            "WORKER_CONCURRENCY": "2",
            "WORKER_SHARE": "0.8",
            "POWERTOOLS_SERVICE_NAME": "caring",
            "POWERTOOLS_METRICS_NAMESPACE": "caring",
            "LOG_LEVEL": "INFO",
        }

    def _queue(self, sqs: Any, name: str) -> str:
        return str(sqs.create_queue(QueueName=f"{self.prefix}-{name}")["QueueUrl"])

    def clear(self) -> None:
        """Drop the tables, which hold nearly all that a test wrote."""
        dynamodb = self.client("dynamodb")
        for variable in TABLES:
            dynamodb.delete_table(TableName=self.environment[variable])

    def table(self, variable: str) -> Any:
        """The boto3 Table behind a variable such as CUSTOMERS_TABLE."""
        resource = boto3.resource(
            "dynamodb",
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        return resource.Table(self.environment[variable])

    def items(self, variable: str) -> list[dict[str, Any]]:
        """Every item of a table, as Python values."""
        table = self.table(variable)
        items: list[dict[str, Any]] = []
        page: dict[str, Any] = {}
        while True:
            answer = table.scan(ConsistentRead=True, **page)
            items += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return items
            page = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def queue(self, channel: str, kind: str = "blast") -> str:
        """The URL of a channel's blast or conversation queue."""
        return str(json.loads(self.environment["QUEUE_URLS"])[channel][kind])

    def drain(self, queue_url: str) -> list[str]:
        """Take and delete every message of a queue; their bodies, oldest first as far as SQS keeps order."""
        sqs = self.client("sqs")
        bodies: list[str] = []
        while True:
            answer = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=0)
            if not answer.get("Messages"):
                return bodies
            for message in answer["Messages"]:
                bodies.append(message["Body"])
                sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])


def _keys(key: str, sort: str | None, indexes: dict[str, tuple[str, str | None]]) -> dict[str, Any]:
    used = [key, sort, *(name for pair in indexes.values() for name in pair)]
    types = {name.partition(":")[0]: name.partition(":")[2] or "S" for name in used if name}
    answer: dict[str, Any] = {
        "KeySchema": _schema(key, sort),
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()],
    }
    if indexes:
        answer["GlobalSecondaryIndexes"] = [
            {"IndexName": name, "KeySchema": _schema(*pair), "Projection": {"ProjectionType": "KEYS_ONLY"}}
            for name, pair in indexes.items()
        ]
    return answer


def _schema(key: str, sort: str | None) -> list[dict[str, str]]:
    names = [(key, "HASH"), (sort, "RANGE")]
    return [{"AttributeName": name.partition(":")[0], "KeyType": kind} for name, kind in names if name]


def lambda_context() -> Any:
    """A stand-in for the context object that Lambda passes to a handler."""

    class Context:
        function_name = "test"
        memory_limit_in_mb = 512
        invoked_function_arn = f"arn:aws:lambda:{REGION}:000000000000:function:test"
        aws_request_id = "00000000-0000-0000-0000-000000000000"

        @staticmethod
        def get_remaining_time_in_millis() -> int:
            return 300_000

    return Context()
