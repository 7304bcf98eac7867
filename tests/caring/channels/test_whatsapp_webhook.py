"""What Meta's webhooks say, read right: statuses, customers' messages of every type, people without a number."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from caring.channels import receive
from caring.channels.types import Inbound, Receipt
from tests.caring.channels.payloads import webhook, webhooks

ALL = dict(webhooks())


def message(name: str) -> Inbound:
    (inbound,) = receive.parse(webhook(name)).inbound
    return inbound


def status(name: str) -> Receipt:
    (receipt,) = receive.parse(webhook(name)).receipts
    return receipt


def with_value(name: str, **changes: Any) -> dict[str, Any]:
    """A sample with its first message or status changed; None takes a field away."""
    body = copy.deepcopy(ALL[name])
    value = body["entry"][0]["changes"][0]["value"]
    first = (value.get("messages") or value.get("statuses"))[0]
    for key, change in changes.items():
        if change is None:
            first.pop(key, None)
        else:
            first[key] = change
    return body


def test_a_sent_status_is_accepted_and_carries_our_reference() -> None:
    receipt = status("message_status.with_tracker")
    assert receipt == Receipt(
        reference="some data",
        provider_message_id="wamid.xyzxyz",
        channel="whatsapp",
        status="accepted",
        reason=None,
        at=datetime(2023, 10, 25, 20, 49, 5, tzinfo=UTC),
        recipient="+972987654321",
        user_id="US.13491208655302741918",
    )


def test_a_status_without_reference_says_so() -> None:
    assert status("message_status.sent").reference is None


def test_a_voice_message_that_was_played_was_read() -> None:
    assert status("message_status.played").status == "read"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (131026, "not_on_whatsapp"),
        (131049, "marketing_limit"),
        (130472, "in_experiment"),
        (131047, "window_closed"),
        (131050, "opted_out_at_provider"),
        (131048, "spam_rate_limit"),
        (132001, "template_missing"),
        (132015, "template_paused"),
        (130429, "throttled"),
        (999999, "provider_error"),
        ("131026", "not_on_whatsapp"),
        (None, "provider_error"),
    ],
)
def test_a_failure_has_our_reason_for_metas_code(code: Any, reason: str) -> None:
    errors = [{"code": code}] if code is not None else "none"
    (receipt,) = receive.parse(with_value("message_status.failed", errors=errors)).receipts
    assert (receipt.status, receipt.reason) == ("failed", reason)


@pytest.mark.parametrize("said", ["deleted", "warning", "something_new"])
def test_a_status_that_moves_nothing_is_other(said: str) -> None:
    (receipt,) = receive.parse(with_value("message_status.sent", status=said)).receipts
    assert (receipt.status, receipt.reason) == ("other", said)


def test_a_text_has_its_sender_in_e164_and_his_business_scoped_id() -> None:
    said = message("message.text")
    assert (said.kind, said.text, said.sender) == ("text", "Body Text", "+972987654321")
    assert said.user_id == "US.13491208655302741918"
    assert said.at == datetime(2023, 10, 11, 16, 53, 43, tzinfo=UTC)


def test_a_reply_says_which_message_it_answers() -> None:
    assert message("message.reply").quotes == "wamid.xyzxyz=="


def test_a_forwarded_text_answers_nothing() -> None:
    assert message("message.forwarded").quotes is None


def test_a_customer_who_hides_his_number_is_known_by_his_id_alone() -> None:
    body = with_value("message.text", **{"from": None, "from_user_id": "ID.42"})
    body["entry"][0]["changes"][0]["value"]["contacts"] = [{"profile": {"name": "x"}, "user_id": "ID.42"}]
    (said,) = receive.parse(body).inbound
    assert (said.sender, said.user_id, said.text) == (None, "ID.42", "Body Text")


def test_of_several_contacts_the_one_with_the_number_is_the_sender() -> None:
    body = copy.deepcopy(ALL["message.text"])
    contacts = body["entry"][0]["changes"][0]["value"]["contacts"]
    contacts.insert(0, {"wa_id": "15551234567", "user_id": "US.other"})
    (said,) = receive.parse(body).inbound
    assert said.user_id == "US.13491208655302741918"


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("callback_button.quick_reply", "button", "title"),
        ("callback_button.button", "button", "title"),
        ("callback_selection.callback", "list", "title"),
        ("message.reaction", "reaction", "😮"),
        ("message.document", "media", "caption"),
        ("message.audio", "media", ""),
        ("message.animated_sticker", "media", ""),
        ("message.media_with_url", "media", ""),
        ("message.current_location", "location", ""),
        ("message.contacts", "contacts", ""),
        ("message.unsupported_with_type", "unsupported", ""),
        ("message.interactive_message_with_err", "unsupported", ""),
        ("call_permission_update.reject", "call_permission", "reject"),
        ("deleted_message.revoke", "deleted", ""),
        ("system.identity_change", "system", "User identity changed"),
    ],
)
def test_every_type_of_message_has_its_kind_and_text(name: str, kind: str, text: str) -> None:
    said = message(name)
    assert (said.kind, said.text) == (kind, text)


@pytest.mark.parametrize("named", ["user_changed_number", "customer_changed_number"])
def test_a_notice_of_a_changed_number_is_told_from_other_notices(named: str) -> None:
    notice = {"body": "User A changed from 972987654321 to 972987650000", "wa_id": "972987650000", "type": named}
    (said,) = receive.parse(with_value("system.identity_change", system=notice)).inbound
    assert (said.kind, said.text, said.sender) == ("number_changed", notice["body"], "+972987654321")


def test_a_flow_answers_with_its_fields() -> None:
    said = message("flow_completion.without_flow_token")
    assert said.kind == "flow"
    assert '"delivery_rating":"4"' in said.text


def test_a_reaction_quotes_the_message_it_is_put_on() -> None:
    assert message("message.reaction").quotes == "wamid.yzxyzx="


def test_an_edited_message_has_the_new_text_and_quotes_the_old_one() -> None:
    said = message("edited_message.image")
    assert (said.kind, said.quotes) == ("edited", "wamid.HBgLMTQxMjU1NTA4MjkVAgASGBQzQUNCNjk5RDUwNUZGMUZEM0VBRAA=")
    edited = with_value(
        "edited_message.image",
        edit={"original_message_id": "wamid.1", "message": {"type": "text", "text": {"body": "sudah bayar"}}},
    )
    assert receive.parse(edited).inbound[0].text == "sudah bayar"


def test_a_number_that_is_none_is_no_sender() -> None:
    assert message("deleted_message.revoke").sender is None  # the sample has a placeholder there


def test_leaving_marketing_in_whatsapps_menu_is_a_stop_and_coming_back_is_not() -> None:
    back = message("user_marketing_preferences.resume")
    assert (back.kind, back.text, back.sender) == ("resubscribe", "", "+16505551234")
    body = copy.deepcopy(ALL["user_marketing_preferences.resume"])
    body["entry"][0]["changes"][0]["value"]["user_preferences"][0]["value"] = "stop"
    (left,) = receive.parse(body).inbound
    assert (left.kind, left.text) == ("unsubscribe", "STOP")


def test_the_wrappers_time_stands_in_for_a_time_that_is_missing() -> None:
    body = webhook("message.text")
    body["whatsAppWebhookEntry"] = body["whatsAppWebhookEntry"].replace('"timestamp":"1697043223",', "")
    (said,) = receive.parse(body).inbound
    assert said.at == datetime(2025, 1, 8, 23, 30, 43, 271279, tzinfo=UTC)


def test_an_entry_that_is_no_json_is_parked() -> None:
    (parked,) = receive.parse({"whatsAppWebhookEntry": "{broken"}).parked
    assert parked.reason == "whatsapp_entry_not_json"


def test_what_is_parked_holds_no_number() -> None:
    for _, body in webhooks():
        for parked in receive.parse(body).parked:
            assert "972987654321" not in parked.detail
