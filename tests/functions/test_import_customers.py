"""A customer file from its upload to customers and answers: the queue's messages as Lambda gets them."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from caring.customers.importing import parts, store
from caring.errors import CaringError
from functions.import_customers.handler import handler
from tests.emulator import Cloud, lambda_context

FILES = Path(__file__).parents[1] / "events" / "customers" / "dirty"
ANSWERS: dict[str, Any] = json.loads((FILES / "answers.json").read_text("utf-8"))


@pytest.fixture
def cloud(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """The empty stack, cutting files into parts of 50 rows."""
    monkeypatch.setenv("CARING_OVERRIDES", '{"import": {"part_rows": 50}}')
    return aws


def deliver(*bodies: str) -> list[str]:
    """Give the function one batch; returns the bodies it wants again."""
    event = {
        "Records": [{"messageId": str(n), "body": body, "eventSource": "aws:sqs"} for n, body in enumerate(bodies)]
    }
    failures = handler(event, lambda_context())["batchItemFailures"]
    return [bodies[int(failure["itemIdentifier"])] for failure in failures]


def uploaded(key: str) -> str:
    return json.dumps({"Records": [{"eventSource": "aws:s3", "s3": {"bucket": {"name": "b"}, "object": {"key": key}}}]})


def upload(cloud: Cloud, data: bytes, filename: str = "customers.csv") -> tuple[str, str]:
    """(import_id, the body of the bucket's event)."""
    import_id, key = store.create_import(filename, "customers", "someone")
    cloud.client("s3").put_object(Bucket=cloud.environment["DATA_BUCKET"], Key=key, Body=data)
    return import_id, uploaded(key)


def run_import(cloud: Cloud, data: bytes) -> str:
    """The id of an import whose messages have all been delivered."""
    import_id, event = upload(cloud, data)
    assert deliver(event) == []
    for body in cloud.drain(cloud.environment["IMPORTS_QUEUE_URL"]):
        assert deliver(body) == []
    return import_id


def rows(import_id: str, outcome: str | None = None, limit: int = 40) -> list[dict[str, Any]]:
    def pages() -> Iterator[dict[str, Any]]:
        start = None
        while True:
            page = store.list_rows(import_id, outcome, limit, start)
            assert len(page["items"]) <= limit
            yield from page["items"]
            start = page["next"]
            if start is None:
                return

    return list(pages())


def in_api_form(answer: dict[str, Any]) -> dict[str, Any]:
    return {
        "row": answer["row"],
        "outcome": answer["result"],
        "reason": answer.get("reason"),
        "issues": [{"field": field, "code": code} for field, code in answer.get("issues", [])],
    }


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_each_file_gives_its_answers_and_its_customers(cloud: Cloud, name: str) -> None:
    wanted = ANSWERS[name]
    import_id = run_import(cloud, (FILES / name).read_bytes())
    progress = store.get_import(import_id)
    assert progress["status"] == ("refused" if wanted["refused"] else "done")
    assert progress["refused"] == wanted["refused"]
    got = rows(import_id)
    assert [{k: v for k, v in row.items() if k != "customer_id"} for row in got] == list(
        map(in_api_form, wanted["rows"])
    )
    accepted = {row["values"]["customer_id"]: row["values"] for row in wanted["rows"] if row["result"] == "accepted"}
    assert [row["customer_id"] for row in got if row["outcome"] == "accepted"] == list(accepted)
    stored = {item["customer_id"]: item for item in cloud.items("CUSTOMERS_TABLE")}
    assert stored.keys() == accepted.keys()
    for customer_id, values in accepted.items():
        there = {field: value for field, value in values.items() if value not in (None, "")}
        assert {field: stored[customer_id].get(field) for field in values} == dict.fromkeys(values) | there


def test_progress_adds_up(cloud: Cloud) -> None:
    import_id = run_import(cloud, (FILES / "utf8.csv").read_bytes())
    progress = store.get_import(import_id)
    assert (progress["rows"], progress["accepted"], progress["rejected"]) == (612, 572, 40)
    assert progress["issues"] == sum(len(row.get("issues", [])) for row in ANSWERS["utf8.csv"]["rows"])
    assert progress["parts"] == {"total": 13, "finished": 13}
    assert progress["finished_at"]
    assert len(rows(import_id, "rejected")) == 40
    assert len(rows(import_id, "accepted", limit=7)) == 572


def test_progress_is_seen_while_parts_are_still_under_way(cloud: Cloud) -> None:
    import_id, event = upload(cloud, (FILES / "utf8.csv").read_bytes())
    assert store.get_import(import_id)["status"] == "waiting"
    deliver(event)
    waiting = cloud.drain(cloud.environment["IMPORTS_QUEUE_URL"])
    assert store.get_import(import_id) | {"status": "running", "accepted": 0} == store.get_import(import_id)
    assert store.list_rows(import_id, None, 10) == {"items": [], "next": "1.0"}
    by_part = sorted(waiting, key=lambda body: int(json.loads(body)["part"]))
    deliver(*by_part[1:3], by_part[0])
    progress = store.get_import(import_id)
    assert (progress["status"], progress["accepted"] + progress["rejected"]) == ("running", 150)
    page = store.list_rows(import_id, None, 1000)
    assert ([row["row"] for row in page["items"]], page["next"]) == (list(range(1, 151)), "4.0")


def test_every_message_twice_gives_the_same(cloud: Cloud) -> None:
    import_id, event = upload(cloud, (FILES / "utf8.csv").read_bytes())
    deliver(event, event)
    bodies = cloud.drain(cloud.environment["IMPORTS_QUEUE_URL"])
    assert len(bodies) == 26
    for body in bodies:
        deliver(body)
    before, customers = store.get_import(import_id), cloud.items("CUSTOMERS_TABLE")
    assert deliver(event, *bodies[:9]) == []
    assert store.get_import(import_id) == before
    assert cloud.items("CUSTOMERS_TABLE") == customers
    assert before["accepted"] == 572
    assert {item["version"] for item in customers} == {1}


def test_the_same_file_again_changes_nothing(cloud: Cloud) -> None:
    data = (FILES / "utf8.csv").read_bytes()
    run_import(cloud, data)
    before = {item["customer_id"]: item for item in cloud.items("CUSTOMERS_TABLE")}
    second = run_import(cloud, data)
    assert store.get_import(second)["accepted"] == 572
    assert {item["customer_id"]: item for item in cloud.items("CUSTOMERS_TABLE")} == before


def test_an_old_message_does_not_bring_an_old_file_back(cloud: Cloud) -> None:
    line = "customer_id,name\n131000000017,{}\n"
    old, event = upload(cloud, line.format("Old").encode())
    deliver(event)
    (part,) = cloud.drain(cloud.environment["IMPORTS_QUEUE_URL"])
    deliver(part)
    run_import(cloud, line.format("New").encode())
    assert deliver(part, event) == []
    assert cloud.items("CUSTOMERS_TABLE")[0]["name"] == "New"
    assert store.get_import(old)["status"] == "done"


def test_a_second_upload_to_the_same_link_is_ignored(cloud: Cloud) -> None:
    import_id, event = upload(cloud, b"customer_id,name\n131000000017,First\n")
    deliver(event)
    key = store.load(import_id).meta["key"]["S"]  # type: ignore[union-attr]
    cloud.client("s3").put_object(Bucket=cloud.environment["DATA_BUCKET"], Key=key, Body=b"no CSV at all")
    deliver(event, *cloud.drain(cloud.environment["IMPORTS_QUEUE_URL"]))
    assert (store.get_import(import_id)["status"], cloud.items("CUSTOMERS_TABLE")[0]["name"]) == ("done", "First")


@pytest.mark.parametrize("step", ["write_customers", "_record", "_finish"])
def test_a_part_that_dies_is_done_again_and_counted_once(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    import_id, event = upload(cloud, (FILES / "reordered.csv").read_bytes())
    deliver(event)
    bodies = cloud.drain(cloud.environment["IMPORTS_QUEUE_URL"])
    real = getattr(parts, step)

    def dying(*arguments: Any) -> None:
        real(*arguments)
        raise ConnectionResetError("the line went dead after 081234567890")

    with monkeypatch.context() as patch:
        patch.setattr(parts, step, dying)
        failed = deliver(*bodies)
    assert failed
    assert deliver(*failed) == []
    progress = store.get_import(import_id)
    assert (progress["status"], progress["accepted"], progress["rejected"]) == ("done", 111, 18)
    assert [row["row"] for row in rows(import_id)] == list(range(1, 130))


def test_a_failing_message_does_not_take_its_batch_along(cloud: Cloud) -> None:
    first, event = upload(cloud, b"customer_id,name\n131000000017,A\n")
    bad = json.dumps({"v": 1, "kind": "part"})
    assert deliver("no JSON", event, bad) == ["no JSON", bad]
    assert store.get_import(first)["status"] == "running"


def test_logs_hold_no_personal_data(cloud: Cloud, caplog: pytest.LogCaptureFixture) -> None:
    run_import(cloud, (FILES / "reordered.csv").read_bytes())
    logs = "\n".join(str(vars(record)) for record in caplog.records)
    assert "a part was imported" in logs
    for customer in cloud.items("CUSTOMERS_TABLE"):
        assert customer["name"] not in logs
        assert customer["customer_id"] not in logs


def test_what_belongs_to_no_import_is_left_alone(cloud: Cloud) -> None:
    import_id, _ = store.create_import("a.csv", "customers", "someone")
    test_event = json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent"})
    part = json.dumps({"v": 1, "kind": "part", "import_id": import_id, "part": 1})
    assert deliver(test_event, part, uploaded("uploads/0000000000/a.csv"), uploaded("elsewhere/a.csv")) == []
    assert deliver(uploaded(f"uploads/{import_id}/other.csv")) == []
    assert store.get_import(import_id)["status"] == "waiting"


def test_a_file_above_the_limit_is_refused(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARING_OVERRIDES", '{"import": {"max_bytes": 20}}')
    import_id = run_import(cloud, b"customer_id,name\n131000000017,A\n")
    assert store.get_import(import_id)["refused"] == {"code": "too_large"}


@pytest.mark.parametrize(
    ("filename", "last"),
    [
        *(
            ("july 2026.csv", "july_2026.csv"),
            ("../../etc/passwd", "etc_passwd"),
            ("..", "file.csv"),
            ("日本.csv", "csv"),
        ),
        *(("a%2Fb+c.csv", "a_2Fb_c.csv"), ("x" * 300 + ".csv", "x" * 76 + ".csv"), ('"; rm -rf / #', "rm_-rf")),
    ],
)
def test_a_file_name_is_never_used_unsafely(cloud: Cloud, filename: str, last: str) -> None:
    import_id, key = store.create_import(filename, "customers", "someone")
    assert key == f"uploads/{import_id}/{last}"
    assert store.import_of(key) == import_id
    assert store.get_import(import_id)["filename"] == filename[:200]


def test_the_link_takes_the_file(cloud: Cloud) -> None:
    import_id, key = store.create_import("a.csv", "customers", "someone")
    target = store.upload_target(key)
    data = b"customer_id,name\n131000000017,A\n"
    request = urllib.request.Request(target["url"], data=data, headers=target["headers"], method="PUT")  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - a link of our own making
        assert answer.status == 200
    deliver(uploaded(key))
    assert store.get_import(import_id)["rows"] == 1


def test_questions_that_cannot_be_answered_say_why(cloud: Cloud) -> None:
    import_id, _ = store.create_import("a.csv", "customers", "someone")
    for act, code, status in (
        (lambda: store.create_import("a.csv", "suppliers", "x"), "unknown_kind", 400),
        (lambda: store.create_import("  ", "customers", "x"), "missing_filename", 400),
        (lambda: store.get_import("nowhere"), "not_found", 404),
        (lambda: store.list_rows("nowhere", None, 10), "not_found", 404),
        (lambda: store.list_rows(import_id, "lost", 10), "unknown_outcome", 400),
        (lambda: store.list_rows(import_id, None, 10, "0.0"), "bad_next", 400),
        (lambda: store.list_rows(import_id, None, 10, "x"), "bad_next", 400),
    ):
        with pytest.raises(CaringError) as refused:
            act()
        assert (refused.value.code, refused.value.status) == (code, status)
    assert store.list_rows(import_id, None, 10) == {"items": [], "next": None}
