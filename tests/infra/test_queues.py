"""Queues, topics and alarms: nothing is lost, nothing is tried for ever, and somebody hears of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.settings import CHANNELS, LANES
from infra.topics import PUBLISHERS
from tests.infra.synthesis import Synthesis, context, listed

QUEUES = [f"{channel}-{lane}" for channel in CHANNELS for lane in LANES] + [
    "receipts",
    "replies",
    "imports",
    "incidents",
]


def _queue(synthesis: Synthesis, name: str) -> tuple[str, dict[str, Any]]:
    ((id_, queue),) = [
        (id_, queue["Properties"])
        for id_, queue in synthesis.of_type("AWS::SQS::Queue").items()
        if queue["Properties"]["QueueName"] == f"caring-dev-{name}"
    ]
    return id_, queue


def _source(synthesis: Synthesis, queue_id: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = [
        source["Properties"]
        for source in synthesis.of_type("AWS::Lambda::EventSourceMapping").values()
        if source["Properties"]["EventSourceArn"]["Fn::GetAtt"][0] == queue_id
    ]
    (source,) = found
    return source


@pytest.mark.parametrize("name", QUEUES)
def test_what_failed_five_times_waits_in_a_dead_letter_queue(synthesis: Synthesis, name: str) -> None:
    _, queue = _queue(synthesis, name)
    dead_id, dead = _queue(synthesis, f"{name}-dead")
    assert queue["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": [dead_id, "Arn"]},
        "maxReceiveCount": 5,
    }
    assert dead["MessageRetentionPeriod"] == 14 * 86400 > queue["MessageRetentionPeriod"]


@pytest.mark.parametrize("name", QUEUES)
def test_a_message_stays_hidden_twice_as_long_as_its_function_may_run(synthesis: Synthesis, name: str) -> None:
    queue_id, queue = _queue(synthesis, name)
    function = synthesis.resources[_source(synthesis, queue_id)["FunctionName"]["Ref"]]["Properties"]
    assert queue["VisibilityTimeout"] >= 2 * function["Timeout"]


@pytest.mark.parametrize("name", QUEUES)
def test_a_batch_is_small_bounded_and_fails_in_part(synthesis: Synthesis, name: str) -> None:
    queue_id, _ = _queue(synthesis, name)
    source = _source(synthesis, queue_id)
    assert source["BatchSize"] <= 10
    assert "MaximumBatchingWindowInSeconds" not in source
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["ScalingConfig"]["MaximumConcurrency"] >= 2


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("lane", LANES)
def test_a_sender_is_told_how_many_it_shares_its_rate_with(synthesis: Synthesis, channel: str, lane: str) -> None:
    queue_id, _ = _queue(synthesis, f"{channel}-{lane}")
    source = _source(synthesis, queue_id)
    told = synthesis.resources[source["FunctionName"]["Ref"]]["Properties"]["Environment"]["Variables"]
    stated = context()["caring:concurrency"]
    assert isinstance(stated, dict)
    assert source["ScalingConfig"]["MaximumConcurrency"] == stated[channel][lane] == int(told["WORKER_CONCURRENCY"])
    assert told["CHANNEL"] == channel
    assert source["BatchSize"] == (1 if lane == "blast" else 10)


def test_both_lanes_of_a_channel_stay_within_its_rate(synthesis: Synthesis) -> None:
    for channel in CHANNELS:
        lanes = [f"send_{channel}", f"send_{channel}_conversation"]
        shares = [float(synthesis.functions[name]["Environment"]["Variables"]["WORKER_SHARE"]) for name in lanes]
        assert sum(shares) < 1


def test_every_dead_letter_queue_has_an_alarm_that_somebody_gets(synthesis: Synthesis) -> None:
    dead = {
        id_
        for id_, queue in synthesis.of_type("AWS::SQS::Queue").items()
        if queue["Properties"]["QueueName"].endswith("-dead")
    }
    assert len(dead) == len(QUEUES) + 6  # and those of the six functions that are invoked without a queue
    watched = {
        alarm["Properties"]["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
        for alarm in synthesis.of_type("AWS::CloudWatch::Alarm").values()
        if alarm["Properties"]["MetricName"] == "ApproximateNumberOfMessagesVisible"
        and alarm["Properties"]["Threshold"] == 1
        and alarm["Properties"]["AlarmActions"]
    }
    assert watched == dead


def test_every_queue_is_encrypted_and_closed_to_plain_http(synthesis: Synthesis) -> None:
    closed = {
        policy["Properties"]["Queues"][0]["Ref"]
        for policy in synthesis.of_type("AWS::SQS::QueuePolicy").values()
        if '"aws:SecureTransport": "false"' in json.dumps(policy)
    }
    queues = synthesis.of_type("AWS::SQS::Queue")
    assert closed == set(queues)
    assert all(queue["Properties"]["SqsManagedSseEnabled"] for queue in queues.values())


@pytest.mark.parametrize(("topic", "service"), PUBLISHERS.items())
def test_a_provider_may_publish_for_this_account_only(synthesis: Synthesis, topic: str, service: str) -> None:
    ((topic_id, made),) = [
        (id_, found["Properties"])
        for id_, found in synthesis.of_type("AWS::SNS::Topic").items()
        if found["Properties"]["TopicName"] == f"caring-dev-{topic}"
    ]
    key = synthesis.one("AWS::KMS::Key")["KeyPolicy"]["Statement"]
    assert made["KmsMasterKeyId"]
    account = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert [s["Condition"] for s in key if service in listed(s["Principal"].get("Service"))] == [account]
    (policy,) = [
        p["Properties"]["PolicyDocument"]["Statement"]
        for p in synthesis.of_type("AWS::SNS::TopicPolicy").values()
        if p["Properties"]["Topics"] == [{"Ref": topic_id}]
    ]
    (publishes,) = [s for s in policy if s["Effect"] == "Allow"]
    assert (publishes["Principal"], publishes["Action"]) == ({"Service": service}, "sns:Publish")
    assert publishes["Condition"] == account
    assert any(s["Effect"] == "Deny" and "aws:SecureTransport" in json.dumps(s) for s in policy)


def test_payloads_reach_the_queues_as_the_providers_wrote_them(synthesis: Synthesis) -> None:
    subscriptions = synthesis.of_type("AWS::SNS::Subscription").values()
    assert len(subscriptions) == len(PUBLISHERS)
    assert all(s["Properties"]["RawMessageDelivery"] and s["Properties"]["RedrivePolicy"] for s in subscriptions)


def test_what_is_done_again_and_again_goes_by_the_clock_of_jakarta(synthesis: Synthesis) -> None:
    schedules = [found["Properties"] for found in synthesis.of_type("AWS::Scheduler::Schedule").values()]
    assert {found["Name"].removeprefix("caring-dev-"): found["ScheduleExpression"] for found in schedules} == {
        "replay_parked": "rate(5 minutes)",
        "fulfil_requests": "rate(30 minutes)",
        "measure_contactability": "cron(30 1 * * ? *)",
        "sweep_tickets": "rate(15 minutes)",
    }
    assert {found["ScheduleExpressionTimezone"] for found in schedules} == {"Asia/Jakarta"}
    assert {found["State"] for found in schedules} == {"ENABLED"}


def test_a_request_about_personal_data_that_is_due_soon_raises_an_alarm(synthesis: Synthesis) -> None:
    (alarm,) = [
        alarm["Properties"]
        for alarm in synthesis.of_type("AWS::CloudWatch::Alarm").values()
        if alarm["Properties"]["MetricName"] == "RequestsDueSoon"
    ]
    service = synthesis.functions["fulfil_requests"]["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
    assert alarm["Dimensions"] == [{"Name": "service", "Value": service}]
    assert alarm["AlarmActions"]


@pytest.mark.parametrize("metric", ["ExecutionsFailed", "TicketsStuck"])
def test_a_complaint_that_nothing_moves_raises_an_alarm(synthesis: Synthesis, metric: str) -> None:
    (alarm,) = [
        alarm["Properties"]
        for alarm in synthesis.of_type("AWS::CloudWatch::Alarm").values()
        if alarm["Properties"]["MetricName"] == metric
    ]
    (dimension,) = alarm["Dimensions"]
    machine = "stateMachine:caring-dev-complaint" in json.dumps(dimension["Value"])
    assert machine or dimension["Value"] == "caring-dev-sweep_tickets".removeprefix("caring-dev-")
    assert alarm["AlarmActions"]
