"""The simulator as a process of its own, publishing to an SNS and an S3 that are written by hand."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import orjson
import pytest
import urllib3

from infra.local.simulator import AwsPublisher, Settings, start

from .conftest import ARNS, QUICK, Recorder


class Cloud(BaseHTTPRequestHandler):
    """Takes PublishBatch and PutObject; the first batch fails as a whole, the second in its first entry."""

    batches: list[list[str]] = []
    objects: dict[str, bytes] = {}

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        entries = [form[key][0] for key in form if key.endswith(".Message")]
        type(self).batches.append(entries)
        if len(self.batches) == 1:
            self._answer(400, "<ErrorResponse><Error><Code>NotFound</Code></Error></ErrorResponse>")
            return
        failed = ""
        if len(self.batches) == 2:
            failed = (
                "<Failed><member><Id>0</Id><Code>InternalError</Code><SenderFault>false</SenderFault></member></Failed>"
            )
        self._answer(
            200, f"<PublishBatchResponse><PublishBatchResult>{failed}</PublishBatchResult></PublishBatchResponse>"
        )

    def do_PUT(self) -> None:
        type(self).objects[self.path] = self.rfile.read(int(self.headers["content-length"]))
        self._answer(200, "")

    def _answer(self, status: int, body: str) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Cloud]]:
    Cloud.batches, Cloud.objects = [], {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Cloud)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://localhost:{server.server_port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-southeast-3")
    yield Cloud
    server.shutdown()
    server.server_close()


def control(url: str, method: str, path: str, body: object = None) -> dict[str, object]:
    answer = urllib3.request(method, url + path, body=orjson.dumps(body) if body else None, retries=False)
    assert answer.status == 200
    loaded: dict[str, object] = orjson.loads(answer.data)
    return loaded


def say(url: str, channel: str, sender: str, text: str) -> None:
    control(url, "POST", "/say", {"channel": channel, "from": sender, "text": text})


def publishing(url: str) -> dict[str, int]:
    figures = control(url, "GET", "/stats")["publishing"]
    assert isinstance(figures, dict)
    return figures


def wait_for_published(url: str, count: int) -> None:
    for _ in range(250):
        if publishing(url)["published"] >= count:
            return
        time.sleep(0.02)
    raise AssertionError(publishing(url))


def test_what_fails_to_be_published_is_tried_again(cloud: type[Cloud], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.local.simulator.publishing.AGAIN_SECONDS", 0.05)
    monkeypatch.setattr("infra.local.simulator.publishing.TICK_SECONDS", 0.2)
    with start(Settings(delay_scale=QUICK), AwsPublisher()) as running:
        control(running.url, "PUT", "/topics", {"sms_replies": ARNS["sms_replies"]})
        say(running.url, "sms", "081200001", "satu")
        say(running.url, "sms", "081200001", "dua")
        wait_for_published(running.url, 2)
    sent = [[orjson.loads(body)["messageBody"] for body in batch] for batch in cloud.batches]
    assert sent == [["satu", "dua"], ["satu", "dua"], ["satu"]]


def test_what_happens_before_the_stack_is_deployed_is_kept_until_the_topics_are_known() -> None:
    recorder = Recorder()
    with start(Settings(delay_scale=QUICK), recorder) as running:
        say(running.url, "sms", "081200001", "halo")
        say(running.url, "email", "siti@example.com", "halo")
        time.sleep(0.2)
        control(running.url, "PUT", "/topics", ARNS)
        wait_for_published(running.url, 1)
        assert [topic for topic, _ in recorder.published] == ["sms_replies"]
        assert publishing(running.url)["waiting"] == 1
        control(running.url, "PUT", "/topics", {"inbound_bucket": "inbound"})
        wait_for_published(running.url, 2)
    assert [topic for topic, _ in recorder.published] == ["sms_replies", "email_replies"]
    assert [bucket for bucket, _ in recorder.mails] == ["inbound"]


def test_the_process_takes_a_topics_file_and_ends_on_a_signal(cloud: type[Cloud], tmp_path: Path) -> None:
    topics = tmp_path / "topics.json"
    topics.write_bytes(orjson.dumps(ARNS | {"inbound_bucket": "inbound"}))
    flags = ["--port", "0", "--topics", str(topics), "--sms-rate", "7"]
    command = [sys.executable, "-m", "infra.local.simulator", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 — our own module
        assert process.stdout is not None
        port = process.stdout.readline().split()[-1]
        url = f"http://127.0.0.1:{port}"
        assert control(url, "GET", "/rates")["sms"] == 7
        assert control(url, "GET", "/topics")["inbound_bucket"] == "inbound"
        cloud.batches += [[], []]  # no failures here
        say(url, "email", "siti@example.com", "halo")
        wait_for_published(url, 1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    [(path, raw)] = cloud.objects.items()
    assert path.startswith("/inbound/")
    assert b"halo" in raw


def test_a_port_that_is_taken_is_said_at_once() -> None:
    with start(Settings(), Recorder()) as running, pytest.raises(RuntimeError, match="port"):
        start(Settings(), Recorder(), port=running.port)
