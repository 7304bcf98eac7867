"""Working off SQS records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from caring import aws as clients
from caring import queues
from tests.emulator import Cloud


@pytest.fixture(autouse=True)
def stores(aws: Cloud) -> Iterator[Cloud]:
    clients.reset()
    queues._url.cache_clear()
    yield aws
    clients.reset()


def received(cloud: Cloud, *bodies: str) -> list[dict[str, Any]]:
    """Records as Lambda gets them of real messages on the replies queue."""
    sqs, url = cloud.client("sqs"), cloud.environment["REPLIES_QUEUE_URL"]
    for body in bodies:
        sqs.send_message(QueueUrl=url, MessageBody=body)
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600)["Messages"]
    return [
        {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "eventSourceARN": arn,
            "attributes": {"ApproximateReceiveCount": "1"},
        }
        for message in messages
    ]


def test_a_record_that_fails_fails_alone(aws: Cloud) -> None:
    records = received(aws, "good", "poison")
    taken: list[str] = []

    def take(record: dict[str, Any]) -> dict[str, Any]:
        if record["body"] == "poison":
            raise ValueError("no chunk")
        taken.append(record["body"])
        return {}

    answer = queues.work_off(records, take, "taken")
    assert taken == ["good"]
    poison = next(record["messageId"] for record in records if record["body"] == "poison")
    assert answer == {"batchItemFailures": [{"itemIdentifier": poison}]}


def test_a_failed_record_comes_back_long_before_the_visibility_time_out(
    aws: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARING_OVERRIDES", '{"queues": {"retry_seconds": 0}}')
    records = received(aws, "poison")

    def take(_: dict[str, Any]) -> dict[str, Any]:
        raise ValueError("no chunk")

    queues.work_off(records, take, "taken")
    again = aws.client("sqs").receive_message(QueueUrl=aws.environment["REPLIES_QUEUE_URL"], WaitTimeSeconds=2)
    assert [message["Body"] for message in again["Messages"]] == ["poison"]


def test_the_log_of_a_failure_holds_no_number_and_no_mailbox(aws: Cloud, caplog: pytest.LogCaptureFixture) -> None:
    def take(_: dict[str, Any]) -> dict[str, Any]:
        raise ValueError("cannot read +6281234567890 of budi@example.com")

    queues.work_off([{"messageId": "m1", "body": ""}], take, "taken")
    logged = " ".join(str(vars(record)) for record in caplog.records if record.message == "record failed")
    assert "cannot read" in logged
    assert "81234567890" not in logged
    assert "budi@" not in logged
