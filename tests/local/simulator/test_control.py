"""Rates, faults, the truth in /sent, figures, and customers who write by themselves."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from caring import clock
from infra.local.simulator.behaviours import TABLE, digits_of
from infra.local.simulator.rates import SlidingSecond

from .conftest import Provider

Send = Callable[..., Any]


@pytest.mark.parametrize(
    ("recipient", "digits"),
    [
        ("+628120000172", 72),
        ("budi.santoso4772@example.com", 72),
        ("siti@example99.com", 0),
        ("siti7@example.com", 7),
        ("r2d2x@example.com", 0),
        ("a5b9@example.com", 9),
    ],
)
def test_the_trailing_two_digits_decide(recipient: str, digits: int) -> None:
    assert digits_of(recipient) == digits


def test_every_channel_has_a_row_for_every_recipient() -> None:
    assert {channel: len(rows) for channel, rows in TABLE.items()} == dict.fromkeys(TABLE, 100)


def test_above_its_rate_the_provider_throttles(provider: Provider, sms: Send, clients: dict[str, Any]) -> None:
    provider.control("PUT", "/rates", {"sms": 5})
    throttled = clients["pinpoint-sms-voice-v2"].exceptions.ThrottlingException

    def try_one(n: int) -> bool:
        try:
            sms(n % 70, reference=f"run-1-w1_c{n}")
        except throttled:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        taken = sum(pool.map(try_one, range(12)))
    figures = provider.control("GET", "/stats")["sms"]
    assert figures["taken"] == taken == len(provider.sent())
    assert figures["throttled"] == 12 - taken > 0
    assert figures["highest_per_second"] == 5
    assert figures["highest_asked_per_second"] > 5


def test_a_second_slides_over_the_edge_of_a_calendar_second() -> None:
    second = SlidingSecond()
    for moment in (0.8, 0.9, 1.1, 1.7, 1.85):
        second.add(moment)
    assert second.highest == 4
    assert second.has_room(4, 1.95)
    assert not second.has_room(3, 1.95)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("timeout", (ReadTimeoutError, 1)),
        ("http_500", (ClientError, 0)),
        ("throttle", (ClientError, 0)),
        ("down", (ConnectionClosedError, 0)),
    ],
)
def test_a_fault_lies_over_the_table_until_it_is_deleted(
    provider: Provider, whatsapp: Send, sms: Send, kind: str, expected: tuple[type[Exception], int]
) -> None:
    error, taken = expected
    provider.control("POST", "/faults", {"channel": "whatsapp", "kind": kind})
    with pytest.raises(error):
        whatsapp(0)
    sms(0)
    assert [m["channel"] for m in provider.sent()] == ["whatsapp"] * taken + ["sms"]
    provider.control("DELETE", "/faults")
    whatsapp(0)


def test_a_faults_share_is_seeded_so_the_same_messages_are_struck_again(provider: Provider, sms: Send) -> None:
    def struck(seed: int) -> set[int]:
        provider.control("DELETE", "/sent")
        provider.control("DELETE", "/faults")
        provider.control("POST", "/faults", {"channel": "sms", "kind": "http_500", "share": 0.3, "seed": seed})
        failed = set()
        for n in range(60):
            try:
                sms(0, reference=f"run-1-w1_c{n}")
            except ClientError:
                failed.add(n)
        return failed

    first = struck(1)
    assert 5 < len(first) < 35
    assert struck(1) == first
    assert struck(2) != first


def test_a_fault_ends_at_its_time(provider: Provider, sms: Send) -> None:
    past, future = (clock.iso(clock.now() + timedelta(hours=h)) for h in (-1, 1))
    provider.control("POST", "/faults", {"channel": "sms", "kind": "down", "until": past})
    sms(0)
    provider.control("POST", "/faults", {"channel": "all", "kind": "throttle", "until": future})
    with pytest.raises(ClientError):
        sms(0)


def test_sent_is_filtered_by_channel_recipient_and_time(provider: Provider, sms: Send, mail: Send) -> None:
    sms(1)
    mail(2)
    assert [m["channel"] for m in provider.sent("?channel=email")] == ["email"]
    for number in ("0812-0000-101", "628120000101", "+628120000101", quote("+628120000101")):
        assert [m["channel"] for m in provider.sent(f"?recipient={number}")] == ["sms"]
    assert len(provider.sent("?recipient=Budi.Santoso4702@example.com")) == 1
    at = provider.sent()[1]["at"]
    assert [m["channel"] for m in provider.sent(f"?since={at}")][-1:] == ["email"]
    later = (clock.now() + timedelta(hours=1)).astimezone().isoformat()
    assert provider.sent(f"?since={later}") == []
    assert len(provider.sent(f"?since={clock.now().timestamp() - 60}")) == 2


def test_sent_comes_in_pages_that_do_not_shift(provider: Provider, sms: Send) -> None:
    for n in range(7):
        sms(n, reference=f"run-1-w1_c{n}")
    first = provider.control("GET", "/sent?limit=5")
    sms(8, reference="run-1-w1_late")
    second = provider.control("GET", f"/sent?limit=5&next={first['next']}")
    seen = [m["reference"] for page in (first, second) for m in page["items"]]
    assert seen == [*(f"run-1-w1_c{n}" for n in range(7)), "run-1-w1_late"]
    assert second["next"] is None


def test_sent_shows_what_was_taken_in_the_contracts_members(provider: Provider, whatsapp: Send) -> None:
    sent = whatsapp(0)
    [item] = provider.sent()
    assert item == {
        "provider_message_id": sent["messageId"],
        "reference": "run-1-w1_c1",
        "channel": "whatsapp",
        "recipient": "+628120000100",
        "sender": "phone-number-id-0123456789abcdef",
        "body": "Budi Rp350.000",
        "template": item["template"],
        "at": item["at"],
    }
    assert item["template"]["name"] == "tagihan"
    assert abs(clock.parse(item["at"]) - clock.now()) < timedelta(seconds=30)


def test_forgetting_empties_the_list_the_figures_and_the_tries(provider: Provider, sms: Send) -> None:
    with pytest.raises(ClientError):
        sms(92)
    provider.control("DELETE", "/sent")
    assert provider.control("GET", "/stats")["sms"]["throttled"] == 0
    with pytest.raises(ClientError):
        sms(92)


@pytest.mark.parametrize(
    ("channel", "sender", "topic"),
    [
        ("whatsapp", "0812 0000 101", "whatsapp_events"),
        ("sms", "+628120000101", "sms_replies"),
        ("email", "siti01@example.com", "email_replies"),
    ],
)
def test_a_customer_writes_by_himself(provider: Provider, channel: str, sender: str, topic: str) -> None:
    said = provider.control("POST", "/say", {"channel": channel, "from": sender, "text": "internet mati"})
    [payload] = provider.events(topic)
    assert said["provider_message_id"] in orjson.dumps(payload).decode().replace("\\", "")
    if channel == "whatsapp":
        [message] = orjson.loads(payload["whatsAppWebhookEntry"])["changes"][0]["value"]["messages"]
        assert (message["from"], message["text"]["body"], "context" in message) == (
            "628120000101",
            "internet mati",
            False,
        )
    if channel == "sms":
        assert (payload["originationNumber"], payload["messageBody"]) == ("+628120000101", "internet mati")
    if channel == "email":
        assert b"internet mati" in provider.recorder.mails["inbound", payload["receipt"]["action"]["objectKey"]]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/faults", {"kind": "earthquake"}),
        ("POST", "/faults", {"kind": "down", "share": 2}),
        ("POST", "/faults", {"kind": "down", "until": "tomorrow"}),
        ("POST", "/faults", {"kind": ["down"], "channel": ["sms"]}),
        ("PUT", "/rates", {"pigeon": 1}),
        ("PUT", "/topics", {"pigeons": "arn"}),
        ("POST", "/say", {"channel": "voice", "from": "0812", "text": "halo"}),
        ("POST", "/say", {"channel": "sms", "from": "a@b.c", "text": "halo"}),
        ("POST", "/say", []),
        ("GET", "/sent?since=yesterday", None),
        ("GET", "/sent?limit=0", None),
        ("GET", "/sent?channel=pigeon", None),
    ],
)
def test_a_wrong_control_request_is_told_what_to_mend(provider: Provider, method: str, path: str, body: object) -> None:
    answer = provider.http.request(method, provider.running.url + path, body=orjson.dumps(body), retries=False)
    assert answer.status == 400
    assert set(orjson.loads(answer.data)) == {"code", "message"}


def test_health_and_unknown_routes(provider: Provider) -> None:
    assert provider.control("GET", "/health")["status"] == "ok"
    answer = provider.http.request("GET", provider.running.url + "/nowhere", retries=False)
    assert (answer.status, orjson.loads(answer.data)["code"]) == (404, "not_found")


def test_receipts_are_published_ten_at_a_time(provider: Provider, sms: Send) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: sms(n % 70, reference=f"run-1-w1_c{n}"), range(120)))
    assert len(provider.events("sms_events")) == 120
    assert max(provider.recorder.batches) <= 10
    assert len(provider.recorder.batches) < 60
