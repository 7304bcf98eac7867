"""The redrive: from a dead-letter queue back to where its messages came from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.local.redrive import Moved, dead_letter_queues, redrive


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "unit")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield boto3.client("sqs", region_name="ap-southeast-3")


def pair(sqs: Any, name: str) -> tuple[str, str]:
    """A source queue and its dead-letter queue; their URLs."""
    dead: str = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})
    source: str = sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": policy})["QueueUrl"]
    return source, dead


def count(sqs: Any, url: str) -> int:
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"])


def test_every_message_goes_back_with_its_attributes_and_none_stays(sqs: Any) -> None:
    source, dead = pair(sqs, "caring-local-receipts")
    for number in range(23):
        attribute = {"kind": {"DataType": "String", "StringValue": f"k{number}"}}
        sqs.send_message(QueueUrl=dead, MessageBody=f"body {number}", MessageAttributes=attribute)

    assert redrive(sqs, "caring-local") == [Moved("caring-local-receipts-dead", "caring-local-receipts", 23)]

    assert (count(sqs, dead), count(sqs, source)) == (0, 23)
    got: list[tuple[str, str]] = []
    while len(got) < 23:
        answer = sqs.receive_message(QueueUrl=source, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        got += [(m["Body"], m["MessageAttributes"]["kind"]["StringValue"]) for m in answer["Messages"]]
    assert sorted(got) == sorted((f"body {n}", f"k{n}") for n in range(23))


def test_one_queue_is_named_by_itself_or_by_its_source(sqs: Any) -> None:
    _, first = pair(sqs, "caring-local-replies")
    source, _ = pair(sqs, "caring-local-imports")
    sqs.send_message(QueueUrl=first, MessageBody="stays dead")
    redrive(sqs, "caring-local", "caring-local-imports-dead")
    redrive(sqs, "caring-local", "caring-local-imports")
    assert (count(sqs, first), count(sqs, source)) == (1, 0)


def test_an_unknown_queue_is_refused(sqs: Any) -> None:
    pair(sqs, "caring-local-replies")
    with pytest.raises(ValueError, match="no dead-letter queue"):
        redrive(sqs, "caring-local", "caring-local-elsewhere")


def test_another_stage_s_queues_are_not_touched(sqs: Any) -> None:
    pair(sqs, "caring-prod-replies")
    assert dead_letter_queues(sqs, "caring-local") == {}


def test_a_message_that_was_not_taken_stays_dead(sqs: Any) -> None:
    source, dead = pair(sqs, "caring-local-replies")
    sqs.send_message(QueueUrl=dead, MessageBody="refused")

    class Refusing:
        def __getattr__(self, name: str) -> Any:
            return getattr(sqs, name)

        def send_message_batch(self, **_: Any) -> dict[str, Any]:
            return {"Failed": [{"Id": "0", "SenderFault": False, "Code": "InternalError"}]}

    assert redrive(Refusing(), "caring-local")[0].messages == 0
    assert count(sqs, source) == 0
    hidden = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["ApproximateNumberOfMessagesNotVisible"])
    assert hidden["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "1"
