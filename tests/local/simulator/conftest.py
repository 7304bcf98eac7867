"""A simulator on a free loopback port, unchanged boto3 clients on it, and a publisher that only records."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import orjson
import pytest
import urllib3
from botocore.config import Config

from infra.local.simulator import Running, Settings, Topics, start
from infra.local.simulator.publishing import TOPICS
from infra.local.simulator.settings import RATES

QUICK = 0.02  # delays of milliseconds, still in their order
CONFIG = Config(retries={"total_max_attempts": 1}, read_timeout=0.6, connect_timeout=2)
ARNS = {name: f"arn:aws:sns:ap-southeast-3:000000000000:{name}" for name in TOPICS}


@dataclass
class Recorder:
    """Remembers what would have gone to SNS and S3."""

    published: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    mails: dict[tuple[str, str], bytes] = field(default_factory=dict)
    batches: list[int] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def publish(self, topic_arn: str, bodies: list[str]) -> list[int]:
        with self.lock:
            self.batches.append(len(bodies))
            self.published += [(topic_arn.rpartition(":")[2], orjson.loads(body)) for body in bodies]
        return []

    def store(self, bucket: str, key: str, raw: bytes) -> None:
        self.mails[bucket, key] = raw


@dataclass
class Provider:
    """The simulator as a test uses it."""

    running: Running
    recorder: Recorder
    http: urllib3.PoolManager

    def control(self, method: str, path: str, body: object = None) -> Any:
        sent = None if body is None else orjson.dumps(body)
        answer = self.http.request(method, self.running.url + path, body=sent, retries=False)
        assert answer.status == 200, answer.data
        return orjson.loads(answer.data)

    def sent(self, query: str = "") -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.control("GET", f"/sent{query}")["items"]
        return items

    def settled(self) -> list[tuple[str, dict[str, Any]]]:
        """All that was published, once nothing waits any more."""
        for _ in range(200):
            if self.control("GET", "/stats")["publishing"]["waiting"] == 0:
                break
            time.sleep(0.02)
        return self.recorder.published

    def events(self, topic: str) -> list[dict[str, Any]]:
        return [payload for name, payload in self.settled() if name == topic]


@pytest.fixture(scope="session")
def running_provider() -> Iterator[Provider]:
    recorder = Recorder()
    settings = Settings(delay_scale=QUICK, slow_seconds=0.2, hold_seconds=5)
    with start(settings, recorder, Topics(ARNS, "inbound")) as running, urllib3.PoolManager() as http:
        yield Provider(running, recorder, http)


@pytest.fixture
def provider(running_provider: Provider) -> Provider:
    """A provider that took nothing yet and has its ordinary rates and no faults."""
    running_provider.settled()
    running_provider.control("DELETE", "/sent")
    running_provider.control("DELETE", "/faults")
    running_provider.control("PUT", "/rates", dict.fromkeys(RATES, 500))
    running_provider.recorder.published.clear()
    running_provider.recorder.mails.clear()
    running_provider.recorder.batches.clear()
    return running_provider


@pytest.fixture(scope="session")
def clients(running_provider: Provider) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        environment.setenv("AWS_DEFAULT_REGION", "ap-southeast-3")
        names = {"pinpoint-sms-voice-v2", "socialmessaging", "sesv2"}
        for name in names:
            environment.setenv(f"AWS_ENDPOINT_URL_{name.upper().replace('-', '_')}", running_provider.running.url)
        return {name: boto3.client(name, config=CONFIG) for name in names}


@pytest.fixture
def sms(provider: Provider, clients: dict[str, Any]) -> Callable[..., Any]:
    """Send an SMS to a number that ends in these digits."""

    def send(digits: int, reference: str = "run-1-w1_c1", text: str = "Tagihan Anda Rp350.000", **more: Any) -> Any:
        return clients["pinpoint-sms-voice-v2"].send_text_message(
            DestinationPhoneNumber=f"+6281200001{digits:02d}",
            OriginationIdentity="CARING",
            MessageBody=text,
            Context={"reference": reference},
            **more,
        )

    return send


@pytest.fixture
def call(provider: Provider, clients: dict[str, Any]) -> Callable[..., Any]:
    """Make a voice call to a number that ends in these digits."""

    def send(digits: int, reference: str = "run-1-w1_c1") -> Any:
        return clients["pinpoint-sms-voice-v2"].send_voice_message(
            DestinationPhoneNumber=f"+6281200001{digits:02d}",
            OriginationIdentity="+622150500147",
            MessageBody="Selamat pagi",
            Context={"reference": reference},
        )

    return send


@pytest.fixture
def whatsapp(provider: Provider, clients: dict[str, Any]) -> Callable[..., Any]:
    """Send a template, or a free text, to a number that ends in these digits."""

    def send(digits: int, reference: str = "run-1-w1_c1", text: str | None = None) -> Any:
        parameters = [{"type": "text", "text": "Budi"}, {"type": "text", "text": "Rp350.000"}]
        template = {
            "name": "tagihan",
            "language": {"code": "id"},
            "components": [{"type": "body", "parameters": parameters}],
        }
        content = {"type": "text", "text": {"body": text}} if text else {"type": "template", "template": template}
        message = {
            "messaging_product": "whatsapp",
            "to": f"6281200001{digits:02d}",
            "biz_opaque_callback_data": reference,
        }
        return clients["socialmessaging"].send_whatsapp_message(
            originationPhoneNumberId="phone-number-id-0123456789abcdef",
            message=orjson.dumps(message | content),
            metaApiVersion="v21.0",
        )

    return send


@pytest.fixture
def mail(provider: Provider, clients: dict[str, Any]) -> Callable[..., Any]:
    """Send an e-mail to a mailbox that ends in these digits."""

    def send(digits: int, reference: str = "run-1-w1_c1") -> Any:
        return clients["sesv2"].send_email(
            FromEmailAddress="Caring <caring@example.com>",
            Destination={"ToAddresses": [f"budi.santoso47{digits:02d}@example.com"]},
            ReplyToAddresses=["balas@inbound.example.com"],
            Content={
                "Simple": {
                    "Subject": {"Data": "Tagihan November"},
                    "Body": {"Text": {"Data": "Tagihan Anda\nRp350.000"}, "Html": {"Data": "<p>Tagihan</p>"}},
                    "Headers": [{"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"}],
                }
            },
            EmailTags=[{"Name": "reference", "Value": reference}],
            ConfigurationSetName="caring",
        )

    return send


@pytest.fixture
def ses(provider: Provider, clients: dict[str, Any]) -> Any:
    """The bare sesv2 client."""
    return clients["sesv2"]
