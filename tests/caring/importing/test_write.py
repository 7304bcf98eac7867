"""Rows into the customers table: only what differs is written, and a customer changed meanwhile is merged again."""

from typing import Any

import pytest

from caring import aws as clients
from caring.customers.importing import write
from caring.customers.importing.importer import Importer
from caring.customers.importing.rows import Values, read_row
from caring.customers.importing.write import WriteRefused, write_customers
from tests.emulator import Cloud


def rows(count: int, **cells: str) -> list[Values]:
    return [
        read_row({"customer_id": f"131{n:09d}", "name": f"Customer {n}", "phone": f"0812345{n:05d}", **cells})[0]
        for n in range(count)
    ]


def customers(aws: Cloud) -> dict[str, dict[str, Any]]:
    return {item["customer_id"]: item for item in aws.items("CUSTOMERS_TABLE")}


def test_new_customers_are_created_and_the_same_rows_again_write_nothing(aws: Cloud) -> None:
    assert write_customers(rows(260)).counts == {"created": 260}
    before = customers(aws)
    assert write_customers(rows(260)).counts == {"unchanged": 260}
    assert customers(aws) == before
    assert {item["version"] for item in before.values()} == {1}


def test_only_customers_that_differ_are_written(aws: Cloud) -> None:
    write_customers(rows(30, email="a@example.com"))
    changed = rows(30, email="a@example.com")
    changed[7] |= {"email": None, "amount_due": 350_000}
    assert write_customers(changed).counts == {"unchanged": 29, "updated": 1}
    item = customers(aws)["131000000007"]
    assert (item["amount_due"], item["version"]) == (350_000, 2)
    assert {"email", "email_key"}.isdisjoint(item)
    assert sum(item["version"] for item in customers(aws).values()) == 31


def test_a_corrected_number_is_found_by_its_index_and_no_longer_invalid(aws: Cloud) -> None:
    write_customers(rows(1))
    aws.table("CUSTOMERS_TABLE").update_item(
        Key={"customer_id": "131000000000"},
        UpdateExpression="SET invalid.sms = :why, invalid.email = :why",
        ExpressionAttributeValues={":why": {"reason": "invalid_number"}},
    )
    write_customers(rows(1, phone="081234567899"))
    found = aws.client("dynamodb").query(
        TableName=aws.environment["CUSTOMERS_TABLE"],
        IndexName="by_phone",
        KeyConditionExpression="phone = :phone",
        ExpressionAttributeValues={":phone": {"S": "+6281234567899"}},
    )["Items"]
    assert [item["customer_id"]["S"] for item in found] == ["131000000000"]
    assert set(customers(aws)["131000000000"]["invalid"]) == {"email"}


@pytest.fixture
def meddle(monkeypatch: pytest.MonkeyPatch) -> Any:
    """meddle(act): run `act` once, between the reading of customers and the first write."""

    def install(act: Any) -> None:
        read = write._read
        done: list[bool] = []

        def reading(ids: Any) -> Any:
            answer = read(ids)
            if not done:
                done.append(True)
                act()
            return answer

        monkeypatch.setattr(write, "_read", reading)

    return install


def test_a_customer_who_appears_meanwhile_is_updated_instead(aws: Cloud, meddle: Any) -> None:
    meddle(lambda: aws.table("CUSTOMERS_TABLE").put_item(Item={"customer_id": "131000000000", "version": 1}))
    assert write_customers(rows(2)).counts == {"created": 1, "updated": 1}
    assert customers(aws)["131000000000"]["name"] == "Customer 0"


def test_an_edit_made_meanwhile_is_respected(aws: Cloud, meddle: Any) -> None:
    write_customers(rows(2))

    def edit() -> None:
        aws.table("CUSTOMERS_TABLE").update_item(
            Key={"customer_id": "131000000001"},
            UpdateExpression="SET phone = :phone, edited.phone = :at ADD version :one",
            ExpressionAttributeValues={":phone": "+6281111111111", ":at": "2026-11-24T03:00:00.000Z", ":one": 1},
        )

    meddle(edit)
    assert write_customers(rows(2, phone="081234599999", amount_due="5000")).counts == {"updated": 2}
    item = customers(aws)["131000000001"]
    assert (item["phone"], item["amount_due"], item["version"]) == ("+6281111111111", 5000, 3)


@pytest.mark.parametrize("known", [False, True])
def test_a_customer_who_is_another_witel_s_meanwhile_is_left_alone(aws: Cloud, meddle: Any, known: bool) -> None:
    if known:
        write_customers(rows(1, witel="BANDUNG"))
    theirs = {"customer_id": "131000000000", "name": "Theirs", "witel_key": "cirebon", "version": 7}
    meddle(lambda: aws.table("CUSTOMERS_TABLE").put_item(Item=theirs))
    written = write_customers(rows(2, witel="BANDUNG", points="5"), Importer("an-import", "bandung"))
    assert written.counts == {"created": 1, "other_witel": 1}
    assert written.others == {"131000000000"}
    assert customers(aws)["131000000000"] == theirs


class Busy:
    """A DynamoDB that leaves keys unread and throttles statements a few times before it obeys."""

    def __init__(self, code: str, times: int) -> None:
        self.real, self.code, self.times = clients.client("dynamodb"), code, times

    def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803 - boto3's own parameter
        if self.times > 0:
            return {"Responses": {}, "UnprocessedKeys": RequestItems} if self.tick() else None
        return self.real.batch_get_item(RequestItems=RequestItems)

    def batch_execute_statement(self, Statements: Any) -> Any:  # noqa: N803
        if self.times > -2:
            self.tick()
            return {"Responses": [{"Error": {"Code": self.code}} for _ in Statements]}
        return self.real.batch_execute_statement(Statements=Statements)

    def tick(self) -> bool:
        self.times -= 1
        return True


def test_a_busy_table_is_tried_again(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = Busy("ThrottlingError", 2)
    monkeypatch.setattr(clients, "client", lambda service: busy)
    monkeypatch.setattr(clients, "tables_client", lambda: busy)
    assert write_customers(rows(3)).counts == {"created": 3}
    assert len(customers(aws)) == 3


def test_a_row_that_the_table_never_takes_fails_the_part(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = Busy("ValidationError", 0)
    monkeypatch.setattr(clients, "client", lambda service: busy)
    monkeypatch.setattr(clients, "tables_client", lambda: busy)
    with pytest.raises(WriteRefused, match="ValidationError"):
        write_customers(rows(1))
