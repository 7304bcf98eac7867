"""The canned cloud as a child process, and the environment in which the handlers find it."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.bench.canned.dynamodb import KEYS

ROOT = Path(__file__).resolve().parents[2]
CHANNELS = ("whatsapp", "sms", "email", "voice")


class CannedCloud:
    """Starts the process on entering and ends it on leaving; `environment` is what a deployment would set."""

    def __enter__(self) -> CannedCloud:
        command = [sys.executable, "-m", "tests.bench.canned"]
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        self.ports: dict[str, int] = json.loads(self._process.stdout.readline())
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def environment(self) -> dict[str, str]:
        """Names, addresses and identities; no key, file or address of this machine's own is looked at."""
        services = {name: f"http://127.0.0.1:{port}" for name, port in self.ports.items() if name != "CONTROL"}
        queue = services["SQS"] + "/000000000000/"
        lanes = ("blast", "conversation")
        return {
            **{f"AWS_ENDPOINT_URL_{name}": url for name, url in services.items()},
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9",  # discard: a service that is not canned fails at once
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "measuring-needs-no-secret",
            # A function's own credentials carry a token, which is signed and sent with every request.
            "AWS_SESSION_TOKEN": "t" * 800,
            "AWS_REGION": "ap-southeast-1",
            "AWS_DEFAULT_REGION": "ap-southeast-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            **{f"{table.upper()}_TABLE": table for table in (*KEYS, "customers")},
            "DATA_BUCKET": "data",
            "QUEUE_URLS": json.dumps({c: {lane: f"{queue}{c}-{lane}" for lane in lanes} for c in CHANNELS}),
            "REPLIES_QUEUE_URL": f"{queue}replies",
            "RECEIPTS_QUEUE_URL": f"{queue}receipts",
            "LINK_SECRET_ARN": "arn:aws:secretsmanager:ap-southeast-1:000000000000:secret:link",
            "LINK_BASE_URL": "https://caring.example.com",
            "MEDIA_BASE_URL": "https://caring.example.com/media",
            "WHATSAPP_PHONE_NUMBER_ID": "phone-number-id-00000000000000000000000000000001",
            "SMS_ORIGINATION_IDENTITY": "CARING",
            "SMS_CONFIGURATION_SET": "caring-sms",
            "VOICE_ORIGINATION_IDENTITY": "+622150000000",
            "EMAIL_FROM": "Caring <caring@example.com>",
            "EMAIL_CONFIGURATION_SET": "caring-email",
            "POWERTOOLS_SERVICE_NAME": "caring",
            "POWERTOOLS_METRICS_NAMESPACE": "caring",
            "POWERTOOLS_LOG_LEVEL": "INFO",
        }

    def ask(self, path: str) -> Any:
        """GET a path of the process's own door."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["CONTROL"], timeout=60)
        try:
            connection.request("GET", path)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def reset(self, customers: int) -> None:
        """Forget everything and have so many customers."""
        self.ask(f"/reset?customers={customers}")

    def take(self, channel: str, most: int) -> list[str]:
        """Take chunks off a channel's blast queue."""
        bodies: list[str] = self.ask(f"/take?queue={channel}-blast&most={most}")
        return bodies

    def requests(self) -> int:
        """How many requests the product has made since the process began."""
        return int(self.ask("/requests"))

    def counts(self) -> dict[str, Any]:
        """Everything counted since the last reset."""
        counted: dict[str, Any] = self.ask("/counted")
        return counted
