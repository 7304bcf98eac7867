"""The fakes answer as the emulator does, in everything that a run asks of AWS."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator import Cloud
from tests.fakes import S3, DynamoDB, NotUnderstood

T = "{table}"
RUN = {"run_id": {"S": "r"}, "part": {"S": "meta"}}
NAMES = {"#state": "state", "#n": "sent:ok"}
INSERT = "INSERT INTO \"{table}\" VALUE {{'run_id': ?, 'part': ?, 'state': ?}}"
UPDATE = 'UPDATE "{table}" SET "state"=? SET "at"=? WHERE "run_id"=? AND "part"=? AND "state"=?'
M = [{"S": "r"}, {"S": "m-1"}]


def update(expression: str, values: dict[str, Any], condition: str = "", **more: Any) -> tuple[str, dict[str, Any]]:
    used = {sign: name for sign, name in NAMES.items() if sign in expression + condition}
    request: dict[str, Any] = {"TableName": T, "Key": RUN, "UpdateExpression": expression, **more}
    request |= {"ExpressionAttributeNames": used} if used else {}
    request |= {"ExpressionAttributeValues": values} if values else {}
    return "update_item", request | ({"ConditionExpression": condition} if condition else {})


def partiql(*statements: tuple[str, list[Any]]) -> tuple[str, dict[str, Any]]:
    listed = [{"Statement": text, "Parameters": values} for text, values in statements]
    return "batch_execute_statement", {"Statements": listed}


def condition(text: str) -> dict[str, Any]:
    return {"TableName": T, "Item": RUN | {"state": {"S": "new"}}, "ConditionExpression": text}


def transaction(of_put: str, of_update: str) -> tuple[str, dict[str, Any]]:
    made = {"run_id": {"S": "r2"}, "part": {"S": "meta"}, "program_id": {"S": "p"}, "created_at": {"S": "1"}}
    put = {"TableName": T, "Item": made, "ConditionExpression": of_put}
    sets, values = "SET program_id = :p, created_at = :p", {":p": {"S": "p"}}
    change = {"TableName": T, "Key": RUN, "UpdateExpression": sets, "ExpressionAttributeValues": values}
    return "transact_write_items", {
        "TransactItems": [{"Put": put}, {"Update": change | {"ConditionExpression": of_update}}]
    }


QUERY = {
    "TableName": T,
    "KeyConditionExpression": "run_id = :run AND begins_with(part, :part)",
    "ExpressionAttributeValues": {":run": {"S": "r"}, ":part": {"S": "m"}},
    "ConsistentRead": True,
}
BY_PROGRAM = {
    "TableName": T,
    "IndexName": "by_program",
    "KeyConditionExpression": "program_id = :program",
    "ExpressionAttributeValues": {":program": {"S": "p"}},
}
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("get_item", {"TableName": T, "Key": RUN, "ConsistentRead": True}),
    ("put_item", condition("attribute_not_exists(part)")),
    ("put_item", condition("attribute_not_exists(part)")),
    ("get_item", {"TableName": T, "Key": RUN, "ConsistentRead": True}),
    update("SET #state = :a", {":a": {"S": "x"}, ":s0": {"S": "old"}}, "attribute_exists(part) AND #state IN (:s0)"),
    update("SET #state = :a", {":a": {"S": "x"}, ":s0": {"S": "new"}}, "attribute_exists(part) AND #state IN (:s0)"),
    update("SET twice = if_not_exists(twice, :a)", {":a": {"S": "1"}}, ReturnValues="ALL_NEW"),
    update("SET twice = if_not_exists(twice, :a)", {":a": {"S": "2"}}, ReturnValues="ALL_NEW"),
    update("SET booked = :a ADD #n :n", {":a": {"N": "1"}, ":n": {"N": "3"}}, ReturnValues="ALL_OLD"),
    update("ADD #n :n, booked :n", {":n": {"N": "-5"}}, ReturnValues="ALL_NEW"),
    update("ADD booked :n", {":n": {"N": "1"}, ":room": {"N": "9"}}, "attribute_not_exists(booked) OR booked <= :room"),
    update(
        "ADD booked :n",
        {":n": {"N": "1"}, ":room": {"N": "-9"}},
        "attribute_not_exists(booked) OR booked <= :room",
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    ),
    update("SET #state = :a REMOVE twice, booked", {":a": {"S": "y"}}, ReturnValues="ALL_NEW"),
    update("REMOVE nothing", {}, "attribute_exists(part)"),
    partiql((INSERT, [*M, {"S": "a"}]), (INSERT, [{"S": "r"}, {"S": "m-2"}, {"S": "b"}])),
    partiql((INSERT, [*M, {"S": "z"}]), (UPDATE, [{"S": "c"}, {"S": "t"}, *M, {"S": "a"}])),
    partiql(
        (UPDATE, [{"S": "d"}, {"S": "t"}, *M, {"S": "a"}]),
        (UPDATE, [{"S": "d"}, {"S": "t"}, {"S": "q"}, M[1], {"S": "a"}]),
    ),
    ("query", QUERY),
    ("query", QUERY | {"ScanIndexForward": False, "Limit": 2}),
    (
        "scan",
        {"TableName": T, "ProjectionExpression": "#p, #s", "ExpressionAttributeNames": {"#p": "part", "#s": "state"}},
    ),
    (
        "batch_get_item",
        {"RequestItems": {T: {"Keys": [RUN, {"run_id": {"S": "no"}, "part": {"S": "x"}}], "ConsistentRead": True}}},
    ),
    ("batch_get_item", {"RequestItems": {T: {"Keys": [RUN, RUN]}}}),
    update("SET deep = :m, twin = :m", {":m": {"M": {}}}),
    update("SET deep.#state = :a, deep.cause = :a REMOVE twin", {":a": {"S": "x"}}, ReturnValues="ALL_NEW"),
    update("SET deep.why = :a", {":a": {"S": "x"}}, "attribute_not_exists(deep.#state)"),
    update("SET deep.why = :a REMOVE deep.cause", {":a": {"S": "x"}}, "deep.#state = :a", ReturnValues="ALL_NEW"),
    update("SET once = :m", {":m": {"M": {"state": {"S": "x"}, "why": {"S": "x"}}}}, "deep = :m"),
    update("SET once = :m", {":m": {"M": {"state": {"S": "x"}}}}, "deep = :m"),
    update("SET booked = :a", {":a": {"N": "2"}, ":s": {"S": "y"}}, "#state <> :s AND (booked = :a OR part <> :s)"),
    update("SET booked = :a", {":a": {"N": "2"}, ":s": {"S": "q"}}, "#state <> :s AND (booked = :a OR part <> :s)"),
    update("ADD ids :i, #n :n", {":i": {"SS": ["b"]}, ":n": {"N": "1"}}, ReturnValues="ALL_NEW"),
    update("ADD ids :i", {":i": {"SS": ["a", "b"]}}, ReturnValues="ALL_NEW"),
    update("ADD #n :n DELETE ids :i", {":i": {"SS": ["b", "c"]}, ":n": {"N": "-1"}}, ReturnValues="ALL_NEW"),
    update("DELETE ids :i", {":i": {"SS": ["a"]}}, ReturnValues="ALL_NEW"),
    transaction("attribute_not_exists(part)", "attribute_exists(part)"),
    transaction("attribute_not_exists(part)", "attribute_exists(part)"),
    transaction("attribute_exists(part)", "attribute_not_exists(part)"),
    ("get_item", {"TableName": T, "Key": RUN, "ConsistentRead": True}),
    ("query", BY_PROGRAM),
    ("query", BY_PROGRAM | {"ScanIndexForward": False}),
    ("delete_item", {"TableName": T, "Key": RUN}),
    ("get_item", {"TableName": T, "Key": RUN, "ConsistentRead": True}),
]


def filled(value: Any, table: str) -> Any:
    """The call with its table's name."""
    if isinstance(value, dict):
        return {filled(name, table): filled(inner, table) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, table) for inner in value]
    return value.format(table=table) if isinstance(value, str) and T in value else value


def said(client: Any, table: str, operation: str, request: dict[str, Any]) -> Any:
    """What an answer says, in a form in which two can be compared."""
    try:
        answer = getattr(client, operation)(**filled(request, table))
    except ClientError as error:
        reasons = [reason["Code"] for reason in error.response.get("CancellationReasons", ())]
        return error.response["Error"]["Code"], error.response.get("Item"), reasons
    if operation == "batch_execute_statement":
        return [response.get("Error", {}).get("Code") for response in answer["Responses"]]
    if operation == "batch_get_item":
        return sorted(map(str, answer["Responses"][table]))
    items = answer.get("Items")
    return [answer.get("Item"), answer.get("Attributes"), sorted(map(str, items)) if operation == "scan" else items]


def test_the_fake_tables_answer_as_the_emulators_do(aws: Cloud) -> None:
    fake = DynamoDB({"runs": ("run_id", "part")}, {"by_program": ("program_id", "created_at")})
    table = aws.environment["RUNS_TABLE"]
    real = aws.client("dynamodb")
    for operation, request in CALLS:
        assert said(fake, "runs", operation, request) == said(real, table, operation, request), (operation, request)


def test_the_fake_bucket_answers_as_the_emulators_does(aws: Cloud) -> None:
    def read(client: Any, bucket: str) -> bytes:
        found: bytes = client.get_object(Bucket=bucket, Key="a")["Body"].read()
        return found

    def write(client: Any, bucket: str) -> str:
        client.put_object(Bucket=bucket, Key="a", Body=b"1", IfNoneMatch="*")
        return "written"

    def answers(client: Any, bucket: str) -> list[Any]:
        found: list[Any] = []
        for call in (read, write, write, read):
            try:
                found.append(call(client, bucket))
            except ClientError as error:
                found.append(error.response["Error"]["Code"])
        return found

    assert answers(S3(), "data") == answers(aws.client("s3"), aws.environment["DATA_BUCKET"])


def test_a_fake_refuses_what_it_does_not_understand() -> None:
    fake = DynamoDB({"runs": ("run_id", "part")})
    with pytest.raises(NotUnderstood):
        fake.put_item("runs", RUN, ConditionExpression="size(part) > :n")
    with pytest.raises(NotUnderstood):
        fake.query("runs", "run_id = :run", IndexName="by_program")
