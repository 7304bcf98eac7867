"""E-mails to many in one call."""

from __future__ import annotations

import json
from typing import Any

import pytest

from caring.channels import email_bulk, many
from caring.channels.types import Outgoing
from tests.caring.channels.provider import Provider, client, free_port, reset_connection


def mail(number: int, **fields: Any) -> Outgoing:
    values = {
        "channel": "email",
        "to": f"siti{number}@example.com",
        "reference": f"run-1-w1_{number}",
        "body": "Halo {{text}} & Siti",
        "subject": f"Poin {number}",
        "html": "<p>Halo &amp; Siti</p>",
        "unsubscribe_url": f"https://care.example.com/l/{number}",
    } | fields
    return Outgoing(**values)


def answer(provider: Provider, *results: dict[str, Any]) -> None:
    provider.body = json.dumps({"BulkEmailEntryResults": list(results)}).encode()


def test_each_mail_has_its_own_words_reference_and_one_click_unsubscribe(provider: Provider) -> None:
    answer(provider, *({"Status": "SUCCESS", "MessageId": f"m-{n}"} for n in range(3)))
    outcomes = email_bulk.send([mail(n) for n in range(3)], provider.clients)
    assert [(o.status, o.provider_message_id) for o in outcomes] == [("accepted", f"m-{n}") for n in range(3)]
    assert len(provider.requests) == 1
    entry = provider.requests[0]["BulkEmailEntries"][2]
    assert entry["Destination"] == {"ToAddresses": ["siti2@example.com"]}
    assert entry["ReplacementTags"] == [{"Name": "reference", "Value": "run-1-w1_2"}]
    assert {h["Name"]: h["Value"] for h in entry["ReplacementHeaders"]} == {
        "List-Unsubscribe": "<https://care.example.com/l/2>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    data = json.loads(entry["ReplacementEmailContent"]["ReplacementTemplate"]["ReplacementTemplateData"])
    assert data == {"subject": "Poin 2", "text": "Halo {{text}} & Siti", "html": "<p>Halo &amp; Siti</p>"}


def test_every_answer_of_an_entry_has_its_meaning(provider: Provider) -> None:
    said = ["SUCCESS", "MESSAGE_REJECTED", "ACCOUNT_THROTTLED", "TRANSIENT_FAILURE", "FAILED", "NEVER_HEARD_OF"]
    answer(provider, *({"Status": status, "MessageId": "m"} for status in said))
    outcomes = email_bulk.send([mail(n) for n in range(len(said))], provider.clients)
    assert [o.status for o in outcomes] == ["accepted", "rejected", "not_taken", "not_taken", "unknown", "unknown"]


def test_every_status_of_the_service_is_in_the_table(provider: Provider) -> None:
    model = provider.clients("sesv2").meta.service_model.shape_for("BulkEmailEntryResult")
    assert set(model.members["Status"].enum) == {"SUCCESS", *email_bulk.STATUSES}


def test_a_paused_account_stops_the_run_and_gives_the_mails_back(provider: Provider) -> None:
    answer(provider, *[{"Status": "ACCOUNT_SENDING_PAUSED"}] * 2)
    outcomes = email_bulk.send([mail(1), mail(2)], provider.clients)
    assert [(o.status, o.stop_run) for o in outcomes] == [("not_taken", True)] * 2


def test_an_entry_that_the_answer_leaves_out_is_unknown(provider: Provider) -> None:
    answer(provider, {"Status": "SUCCESS", "MessageId": "m-1"}, {"Status": "SUCCESS"})
    outcomes = email_bulk.send([mail(1), mail(2), mail(3)], provider.clients)
    assert [o.status for o in outcomes] == ["accepted", "unknown", "unknown"]


def test_a_call_whose_answer_never_comes_leaves_all_of_its_mails_unknown_and_is_made_once(provider: Provider) -> None:
    provider.act = reset_connection
    outcomes = email_bulk.send([mail(1), mail(2)], provider.clients)
    assert [o.status for o in outcomes] == ["unknown", "unknown"]
    assert len(provider.requests) == 1


def test_a_call_that_never_left_gives_all_back() -> None:
    port = free_port()
    outcomes = email_bulk.send([mail(1), mail(2)], lambda service: client(service, f"http://127.0.0.1:{port}"))
    assert [o.status for o in outcomes] == ["not_taken", "not_taken"]


def test_a_call_refused_because_of_one_mail_lets_each_go_singly(provider: Provider) -> None:
    provider.fail(400, "BadRequestException")
    outcomes = email_bulk.send([mail(1), mail(2)], provider.clients)
    assert len(provider.requests) == 3
    assert [o.status for o in outcomes] == ["rejected", "rejected"]


@pytest.mark.parametrize("fields", [{"html": None}, {"subject": None}])
def test_a_mail_that_does_not_fit_the_template_goes_singly(provider: Provider, fields: dict[str, Any]) -> None:
    email_bulk.send([mail(1), mail(2, **fields)], provider.clients)
    assert all("Content" in request for request in provider.requests)


def test_only_email_has_a_way_for_many() -> None:
    assert [many(channel) is not None for channel in ("email", "sms", "whatsapp", "voice")] == [
        True,
        False,
        False,
        False,
    ]
