"""What the measurements stand on: the canned cloud behaves, the walk counts, the model keeps its limits."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from caring import aws, links
from tests.bench import chart, deployment, drive, figures, simulation
from tests.bench.canned.sizes import item_size, read_units, write_units
from tests.bench.cloud import CannedCloud


@pytest.fixture(scope="module")
def cloud() -> Iterator[CannedCloud]:
    with CannedCloud() as running:
        yield running


@pytest.fixture
def dynamodb(cloud: CannedCloud) -> Any:
    cloud.reset(10)
    url = cloud.environment()["AWS_ENDPOINT_URL_DYNAMODB"]
    return boto3.client(
        "dynamodb",
        endpoint_url=url,
        region_name="ap-southeast-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


def claim(customer_id: str, owner: str) -> dict[str, Any]:
    text = "INSERT INTO \"messages\" VALUE {'customer_id': ?, 'cause': ?, 'status': ?, 'claim': ?}"
    return {"Statement": text, "Parameters": [{"S": customer_id}, {"S": "c"}, {"S": "sending"}, {"S": owner}]}


def outcome(customer_id: str, owner: str) -> dict[str, Any]:
    text = 'UPDATE "messages" SET "status"=? WHERE "customer_id"=? AND "cause"=? AND "claim"=?'
    return {"Statement": text, "Parameters": [{"S": "accepted"}, {"S": customer_id}, {"S": "c"}, {"S": owner}]}


def codes(answer: dict[str, Any]) -> list[str | None]:
    return [response.get("Error", {}).get("Code") for response in answer["Responses"]]


def test_a_statement_fails_on_its_own_and_costs_a_write_all_the_same(cloud: CannedCloud, dynamodb: Any) -> None:
    first = dynamodb.batch_execute_statement(Statements=[claim("1", "a"), claim("2", "a")])
    second = dynamodb.batch_execute_statement(Statements=[claim("2", "b"), claim("3", "b")])
    third = dynamodb.batch_execute_statement(Statements=[outcome("1", "a"), outcome("1", "b")])
    assert [codes(first), codes(second), codes(third)] == [
        [None, None],
        ["DuplicateItem", None],
        [None, "ConditionalCheckFailed"],
    ]
    counted = cloud.counts()["dynamodb"]
    assert (counted["messages.wru"], counted["messages.refused"]) == (6, 2)


def test_an_update_whose_condition_fails_says_what_stands_there(dynamodb: Any) -> None:
    dynamodb.batch_execute_statement(Statements=[claim("1", "a")])
    with pytest.raises(ClientError) as refused:
        dynamodb.update_item(
            TableName="messages",
            Key={"customer_id": {"S": "1"}, "cause": {"S": "c"}},
            UpdateExpression="SET #s = :s REMOVE reason",
            ConditionExpression="attribute_exists(cause) AND NOT (#s IN (:old, :s)) OR claim > :s",
            ExpressionAttributeNames={"#s": "status"},
            ExpressionAttributeValues={":s": {"S": "read"}, ":old": {"S": "sending"}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert refused.value.response["Item"]["status"] == {"S": "sending"}  # type: ignore[typeddict-item]


def test_every_customer_is_in_one_page_of_one_segment(cloud: CannedCloud, dynamodb: Any) -> None:
    cloud.reset(9_000)
    names = {"#c": "customer_id"}
    seen = [
        item["customer_id"]["S"]
        for segment in range(3)
        for page in dynamodb.get_paginator("scan").paginate(
            TableName="customers",
            Segment=segment,
            TotalSegments=3,
            ProjectionExpression="#c",
            ExpressionAttributeNames=names,
        )
        for item in page["Items"]
    ]
    assert len(seen) == len(set(seen)) == 9_000
    assert cloud.counts()["dynamodb"]["customers.pages"] > 3


def test_units_round_up_as_dynamodb_does() -> None:
    item = {"id": {"S": "a" * 1020}, "n": {"N": "-1200"}}
    assert item_size(item) == 2 + 1020 + 1 + 3
    assert [write_units(size) for size in (0, 1024, 1025)] == [1, 1, 2]
    assert [read_units(size, consistent=True) for size in (0, 4096, 4097)] == [1, 1, 2]
    assert read_units(100, consistent=False) == 0.5


def test_growth_is_one_where_a_message_always_costs_the_same() -> None:
    assert figures.exponent([(3_000, 0.4), (30_000, 0.4), (300_000, 0.4)]) == pytest.approx(1.0)
    assert figures.exponent([(1_000, 1.0), (2_000, 2.0)]) == pytest.approx(2.0)


def test_memory_and_workers_are_those_of_the_stacks() -> None:
    assert deployment.memory_of("send_messages") >= 128
    assert deployment.memory_of("no_such_function") == deployment.DEFAULT_MEMORY
    assert deployment.workers("sms") >= 2


def test_a_small_run_is_driven_to_its_end_and_balances(cloud: CannedCloud) -> None:
    aws.reset()
    links.reset()
    with drive.deployed(cloud, "sms", 60):
        run = drive.Driver(cloud, "sms", 60, receipt_messages=10).run()
    aws.reset()
    links.reset()
    assert run.balanced
    assert run.sent == run.counted["providers"]["PINPOINT_SMS_VOICE_V2"]["sent"] == 60
    assert (run.receipts, run.visits["Finished"]) == (20, 1)
    assert {"plan_audience", "send_messages", "record_receipt"} <= set(run.costs)
    assert sum(figures.dollars_per_million(figures.per_message(run)).values()) > 0


STEPS = {
    "plan_cpu": 0.0001,
    "plan_pages": 0.001,
    "plan_rru": 0.2,
    "send_cpu": 0.001,
    "send_rru": 1.1,
    "ledger_wru": 2.0,
    "receipt_cpu": 0.001,
    "receipt_calls": 2.0,
    "receipt_ledger_wru": 1.0,
    "receipt_counter_wru": 1.0,
    "dollars_per_million": 10.0,
}


def simulated(pace: float, customers: int, **receipts: int) -> simulation.Outcome:
    known = simulation.limits()
    known["work"] |= {"customers": customers, "share": {"sms": 1.0}}
    known["receipts"] |= receipts
    return simulation.Simulation(simulation.Scenario("s", {"sms": pace}, {"sms": 4}), {"sms": STEPS}, known).run()


def test_the_model_sends_everything_no_faster_than_its_pace() -> None:
    out = simulated(20, 100_000)
    assert out.sent == 100_000
    assert out.finished_hours >= 100_000 / 20 / 3600
    assert out.finished_hours == pytest.approx(100_000 / 20 / 3600, rel=0.1)


def test_the_model_sends_nothing_outside_the_window() -> None:
    out = simulated(10, 500_000)
    night = out.curves["messages sent"][int(12.1 * 12) : int(23.9 * 12)]
    assert out.finished_hours > 24
    assert sum(night) == 0


def test_the_model_shows_when_receipts_cannot_keep_up() -> None:
    assert simulated(100, 200_000, workers=1).receipts_hours > simulated(100, 200_000).receipts_hours + 0.5


def test_a_chart_is_the_same_bytes_for_the_same_numbers() -> None:
    drawn = [chart.line_chart("t", "x", "y", {"a": [(0, 0), (1, 2)]}, line_at=1.5) for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert drawn[0].count("<path") >= 3


def test_a_scenario_names_every_channel_of_the_work() -> None:
    known = simulation.limits()
    made = simulation.scenarios(known, {"whatsapp": 57.6, "sms": 14.4, "email": 36.0})
    assert {frozenset(s.pace) for s in made} == {frozenset(known["work"]["share"])}
    assert all(dataclasses.asdict(s)["workers"] for s in made)
