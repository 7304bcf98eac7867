"""Every sample of a provider's body, through the functions that receive it: what each changes, and that none is lost.

The customers of these tests have the samples' number and mailboxes, and one message of a run went out by each channel.
Receipts are given the reference of that message where their providers return it; one test leaves them as they came.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from caring import aws as clients
from caring.channels import receive
from caring.messages import ledger
from caring.messages.ledger import Change, Entry
from caring.replies import inbound
from caring.typed import typed_item
from functions.receive_reply.handler import handler as receive_reply
from functions.record_receipt.handler import handler as record_receipt
from tests.caring.channels.payloads import EVENTS, webhooks, wrapped
from tests.caring.runs.conftest import person
from tests.emulator import Cloud, lambda_context

CUSTOMER, OTHER = "131000000001", "131000000002"
USER = "US.13491208655302741918"  # of WhatsApp: no customer of a telephone company has the samples' number
CAUSES = {"whatsapp": "run-r1-w1", "email": "run-r1-w2", "sms": "run-r1-w3"}

# What samples change, in the words of `effects`, and which of them: a message of a customer is put on the timeline as
# it was understood, opens WhatsApp's 24 hours, and lies in a locker where it asks for an answer; a receipt moves its
# message and may say something of a contact point; what is about no customer is parked under its reason.
_EFFECTS: list[tuple[str, str]] = [
    ("parked: whatsapp_account_update", "account_update.account_disabled account_update.account_reconnected"),
    ("parked: whatsapp_account_update", "account_update.account_restriction account_update.ad_account_linked"),
    ("parked: whatsapp_account_update", "account_update.authentication_international_eligibility"),
    ("parked: whatsapp_account_update", "account_update.mm_api_for_wa_terms_of_service account_update.partner_added"),
    ("parked: whatsapp_account_update", "account_update.partner_removed account_update.primary_business_location_set"),
    ("parked: whatsapp_account_update", "account_update.partner_removed_wa_app_disconnection"),
    ("parked: whatsapp_calls", "call_connect.user_initiated call_status.call_status"),
    ("parked: whatsapp_error", "call_terminate.call_terminate"),
    ("parked: whatsapp_smb_message_echoes", "outgoing_message.text outgoing_message.edit"),
    ("parked: whatsapp_template_category_update", "template_category_update.marketing"),
    ("parked: whatsapp_message_template_components_update", "template_components_update.element"),
    ("parked: whatsapp_message_template_components_update", "template_components_update.element.all"),
    ("parked: whatsapp_message_template_quality_update", "template_quality_update.yellow"),
    ("parked: whatsapp_message_template_status_update", "template_status_update.approved"),
    ("parked: not_json", "ses.received_alert"),
    ("parked: no_customer_with_this_sender", "system.identity_change"),
    ("whatsapp call_permission: person", "call_permission_update.reject"),
    ("whatsapp deleted: person", "deleted_message.revoke"),
    (
        "24 hours open, reply item for crm, whatsapp button: person",
        "callback_button.button callback_button.quick_reply",
    ),
    ("24 hours open, reply item for crm, whatsapp contacts: person", "message.contacts"),
    ("24 hours open, reply item for crm, whatsapp edited: person", "edited_message.image"),
    ("24 hours open, reply item for crm, whatsapp flow: person", "flow_completion.without_flow_token"),
    ("24 hours open, reply item for crm, whatsapp list: person", "callback_selection.callback"),
    ("24 hours open, reply item for crm, whatsapp location: person", "message.current_location"),
    ("24 hours open, reply item for crm, whatsapp media: person", "message.animated_sticker message.static_sticker"),
    ("24 hours open, reply item for crm, whatsapp media: person", "message.audio message.document"),
    ("24 hours open, reply item for crm, whatsapp media: person", "message.media_with_url"),
    ("24 hours open, reply item for crm, whatsapp reaction: person", "message.reaction"),
    ("24 hours open, reply item for crm, whatsapp text: person", "message.text message.reply message.forwarded"),
    ("24 hours open, reply item for crm, whatsapp text: person", "message.forwarded_many_times"),
    ("24 hours open, reply item for crm, whatsapp unsupported: person", "message.unsupported_with_type"),
    (
        "24 hours open, parked: whatsapp_error, reply item for crm, whatsapp unsupported: person",
        "message.interactive_message_with_err",
    ),
    ("reply item for crm, sms text: person", "sms.two_way"),
    ("email email: person, reply item for crm", "ses.received_with_content"),
    ("consent, whatsapp resubscribe: opt_in", "user_marketing_preferences.resume"),
    ("consent, email unsubscribe: opt_out", "ses.subscription"),
    ("consent", "ses.complaint"),
    ("whatsapp accepted", "message_status.sent message_status.with_tracker"),
    ("whatsapp read", "message_status.played"),
    ("whatsapp failed in_experiment", "message_status.failed"),
    ("contact_point, email failed bounced_hard, email invalid: bounced_hard", "ses.bounce"),
    ("email failed rejected_by_provider", "ses.reject"),
    ("email failed rendering_failed", "ses.rendering_failure"),
    ("email noted: delayed", "ses.deliverydelay"),
    ("email accepted", "ses.send sms.old_email_send"),
    ("email delivered", "ses.delivery sms.old_email_delivered"),
    ("email read", "ses.open ses.click sms.old_email_open sms.old_email_click"),
    ("sms delivered", "sms.old_sms_success"),
]
EFFECTS = {name: effect for effect, names in _EFFECTS for name in names.split()}
RECEIPTS = [
    name
    for name in EFFECTS
    if name.startswith(("message_status.", "sms.old_", "ses."))
    and name not in ("ses.received_alert", "ses.received_with_content", "ses.subscription")
]
_NO_WORD = ("call_permission", "deleted", "system")  # nothing that anybody has to answer


def payloads() -> dict[str, list[str]]:
    """The bodies by the sample's name: Meta's own come bare, and as AWS wraps them."""
    bare = {name: [json.dumps(body)] for name, body in webhooks()}
    for name, body in wrapped().items():
        bare[name.removesuffix(".0")].append(json.dumps(body))
    files = [path for room in ("ses", "sms") for path in (EVENTS / room).iterdir() if path.name != "segments.json"]
    return bare | {f"{path.parent.name}.{path.name.split('.')[0]}": [path.read_text("utf-8")] for path in files}


PAYLOADS = payloads()


def ours(body: str) -> str:
    """The body with our reference where its provider returns it: WhatsApp's status, SES's tags, an SMS's context."""
    try:
        data = json.loads(body)
    except ValueError:
        return body
    if isinstance(entry := data.get("whatsAppWebhookEntry"), str):
        return json.dumps(data | {"whatsAppWebhookEntry": ours(entry)})
    for change in (change for entry in data.get("entry", [data]) for change in entry.get("changes", ())):
        for status in change["value"].get("statuses", ()):
            status["biz_opaque_callback_data"] = f"{CAUSES['whatsapp']}_{CUSTOMER}"
    if data.get("event_type", "").startswith("_SMS."):
        data["attributes"]["customer_context"] = json.dumps({"reference": f"{CAUSES['sms']}_{CUSTOMER}"})
    mails = [data, data.get("facets", {}).get("email_channel", {}).get("mail_event", {})]
    for mail in (holder["mail"] for holder in mails if "mail" in holder):
        mail.setdefault("tags", {})["reference"] = [f"{CAUSES['email']}_{CUSTOMER}"]
    return json.dumps(data)


@pytest.fixture
def unit(aws: Cloud) -> Iterator[Cloud]:
    """The customers, and what has been sent to the first of them."""
    clients.reset()
    for customer in (
        person(
            CUSTOMER, phone="+14255550182", whatsapp_user="US.13491208655302741918", **mailbox("recipient@example.com")
        ),
        person(OTHER, whatsapp="+16505551234", phone="+16505551234", **mailbox("sender@example.com")),
    ):
        aws.client("dynamodb").put_item(TableName=aws.environment["CUSTOMERS_TABLE"], Item=typed_item(customer))
    entries = [Entry(CUSTOMER, cause, channel) for channel, cause in CAUSES.items()]
    ledger.insert(entries, "claim")
    ledger.settle([Change(entry.key, entry.channel, "unknown", "timeout") for entry in entries], "claim")
    yield aws
    clients.reset()


def mailbox(address: str) -> dict[str, str]:
    return {"email": address, "email_key": address}


def deliver(cloud: Cloud, bodies: list[str], times: int = 2) -> None:
    """Let the queues bring the bodies, each so many times, and what is handed on; no record may fail."""
    for _ in range(times):
        for body in bodies:
            assert record_receipt(of_queue(body), lambda_context()) == {"batchItemFailures": []}
        for body in cloud.drain(cloud.environment["REPLIES_QUEUE_URL"]):
            assert receive_reply(of_queue(body), lambda_context()) == {"batchItemFailures": []}


def of_queue(body: str) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": "9"}
    return {"Records": [{"messageId": "m", "body": body, "eventSource": "aws:sqs", "attributes": attributes}]}


def effects(cloud: Cloud) -> list[str]:
    """What stands in the stores that did not stand there before, in words; parked bodies once for each reason."""
    found = [said_of(event) for event in cloud.items("TIMELINE_TABLE")]
    found += [f"{item['kind']} item for {item['unit']}" for item in cloud.items("WORK_ITEMS_TABLE")]
    found += {f"parked: {entry['reason']}" for entry in cloud.items("PARKED_TABLE")}
    for message in cloud.items("MESSAGES_TABLE"):
        if message.get("status", "unknown") != "unknown":
            found.append(" ".join([message["channel"], message["status"], message.get("reason", "")]).strip())
        if "remark" in message:
            found.append(f"{message['channel']} noted: {message['remark']}")
    for customer in cloud.items("CUSTOMERS_TABLE"):
        found += [f"{channel} invalid: {flaw['reason']}" for channel, flaw in customer.get("invalid", {}).items()]
        found += ["24 hours open"] * ("whatsapp_window_until" in customer)
    return sorted(found)


def said_of(event: Mapping[str, Any]) -> str:
    if event["type"] != "message_in":
        return str(event["type"])
    return f"{event['channel']} {event['message_kind']}: {event['understood']['as']}"


def test_the_effects_speak_of_every_sample() -> None:
    assert set(EFFECTS) == set(PAYLOADS)


@pytest.mark.parametrize("name", PAYLOADS)
def test_each_sample_has_its_effect_once(unit: Cloud, name: str) -> None:
    deliver(unit, [ours(body) for body in PAYLOADS[name]])
    assert ", ".join(effects(unit)) == EFFECTS[name]


def test_who_hides_his_number_is_known_by_the_receipt_of_a_message_that_he_read(unit: Cloud) -> None:
    table = unit.table("CUSTOMERS_TABLE")
    customer = table.get_item(Key={"customer_id": CUSTOMER})["Item"]
    del customer["whatsapp_user"]
    table.put_item(Item=customer)
    ledger.insert([Entry(CUSTOMER, "closure-t1-1-0", "whatsapp")], "claim")

    def asked(name: str) -> list[str]:
        return [ours(body).replace(CAUSES["whatsapp"], "closure-t1-1-0") for body in PAYLOADS[name]]

    def known() -> str | None:
        found: str | None = table.get_item(Key={"customer_id": CUSTOMER})["Item"].get("whatsapp_user")
        return found

    deliver(unit, [*asked("message_status.sent"), *map(ours, PAYLOADS["message_status.played"])])
    assert known() is None, "the question has not reached him, and of a run's messages none is looked at"
    deliver(unit, [*asked("message_status.played"), *PAYLOADS["deleted_message.revoke"]])
    assert known() == USER
    assert "whatsapp deleted: person" in effects(unit)


def test_receipts_without_our_reference_are_kept_and_move_nothing(unit: Cloud) -> None:
    for name in RECEIPTS:
        deliver(unit, PAYLOADS[name], times=1)
    assert effects(unit) == ["parked: not_our_reference"]
    kept = [entry for entry in unit.items("PARKED_TABLE") if entry["reason"] == "not_our_reference"]
    assert len(kept) == sum(len(PAYLOADS[name]) for name in RECEIPTS)


def test_what_strangers_write_lies_before_a_person_with_its_words(aws: Cloud) -> None:
    clients.reset()
    for bodies in PAYLOADS.values():
        deliver(aws, bodies)
    written = [message for bodies in PAYLOADS.values() for message in receive.parse(bodies[0]).inbound]
    entries = [entry for entry in aws.items("PARKED_TABLE") if entry["reason"] == "no_customer_with_this_sender"]
    parked = [json.loads(entry["body"]) for entry in entries]
    assert {(one["message_kind"], one["text"]) for one in parked} == {(one.kind, one.text) for one in written}
    items = {item["work_id"]: item["text"] for item in aws.items("WORK_ITEMS_TABLE")}
    asking: dict[str, str] = {}
    for message in written:
        if message.kind not in _NO_WORD:
            asking.setdefault(f"unmatched-{inbound.event_id(message)}", message.text)  # some samples share an id
    assert items == asking
    clients.reset()
