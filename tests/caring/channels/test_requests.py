"""The requests that leave: as each provider's API wants them, with our reference aboard."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

from caring import channels
from caring.channels import Outgoing
from tests.caring.channels.provider import CHANNELS, Provider

TEMPLATE = {
    "name": "caring_billing_reminder_id",
    "language": "id",
    "params": ["Siti", "Rp 350.000"],
    "header_image": "https://example.com/logo.png",
    "buttons": [
        {"type": "quick_reply", "index": 0, "text": "sudah_bayar"},
        {"type": "url", "index": 1, "text": "abc"},
    ],
}


def request(outgoing: Outgoing, provider: Provider) -> dict[str, Any]:
    assert channels.send(outgoing, provider.clients).status == "accepted"
    (found,) = provider.requests
    assert isinstance(found, dict)
    return found


def meta(outgoing: Outgoing, provider: Provider) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.b64decode(request(outgoing, provider)["message"]))
    return found


def test_a_whatsapp_template_is_metas_template_message(provider: Provider) -> None:
    assert meta(replace(CHANNELS["whatsapp"], template=TEMPLATE), provider) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+6281234567890",
        "biz_opaque_callback_data": "run-1-w1_131545290415",
        "type": "template",
        "template": {
            "name": "caring_billing_reminder_id",
            "language": {"policy": "deterministic", "code": "id"},
            "components": [
                {
                    "type": "header",
                    "parameters": [{"type": "image", "image": {"link": "https://example.com/logo.png"}}],
                },
                {
                    "type": "body",
                    "parameters": [{"type": "text", "text": "Siti"}, {"type": "text", "text": "Rp 350.000"}],
                },
                {
                    "type": "button",
                    "sub_type": "quick_reply",
                    "index": "0",
                    "parameters": [{"type": "payload", "payload": "sudah_bayar"}],
                },
                {"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": "abc"}]},
            ],
        },
    }


def test_whatsapp_without_a_template_is_free_text(provider: Provider) -> None:
    found = meta(CHANNELS["whatsapp"], provider)
    assert (found["type"], found["text"]) == ("text", {"preview_url": False, "body": "Halo"})


def test_who_hides_his_number_is_reached_by_his_id(provider: Provider) -> None:
    found = meta(replace(CHANNELS["whatsapp"], to="ID.13491208655302741918"), provider)
    assert (found["recipient"], "to" in found) == ("ID.13491208655302741918", False)


def test_a_whatsapp_request_names_our_number_and_metas_version(provider: Provider) -> None:
    found = request(CHANNELS["whatsapp"], provider)
    assert (found["originationPhoneNumberId"], found["metaApiVersion"]) == ("phone-number-id-0123456789", "v23.0")


def test_an_sms_says_who_sends_what_kind_and_for_how_long(provider: Provider) -> None:
    assert request(CHANNELS["sms"], provider) == {
        "DestinationPhoneNumber": "+6281234567890",
        "OriginationIdentity": "CARING",
        "ConfigurationSetName": "caring-sms",
        "MessageBody": "Halo",
        "MessageType": "TRANSACTIONAL",
        "Context": {"reference": "run-1-w1_131545290415"},
        "TimeToLive": 14400,
        "MaxPrice": "0.60",
    }


def test_an_offer_is_promotional_and_a_survey_is_not(provider: Provider) -> None:
    for purpose in ("offers", "survey"):
        channels.send(replace(CHANNELS["sms"], purpose=purpose, ttl_seconds=60), provider.clients)
    assert [found["MessageType"] for found in provider.requests] == ["PROMOTIONAL", "TRANSACTIONAL"]
    assert provider.requests[0]["TimeToLive"] == 60


def test_an_email_has_both_bodies_its_tag_and_one_click_unsubscribe(provider: Provider) -> None:
    outgoing = replace(CHANNELS["email"], html="<p>Halo</p>", unsubscribe_url="https://example.com/l/abc")
    assert request(outgoing, provider) == {
        "FromEmailAddress": "IndiHome Care <care@example.com>",
        "Destination": {"ToAddresses": ["siti@example.com"]},
        "Content": {
            "Simple": {
                "Subject": {"Data": "Tagihan", "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": "Halo", "Charset": "UTF-8"},
                    "Html": {"Data": "<p>Halo</p>", "Charset": "UTF-8"},
                },
                "Headers": [
                    {"Name": "List-Unsubscribe", "Value": "<https://example.com/l/abc>"},
                    {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
                ],
            }
        },
        "EmailTags": [{"Name": "reference", "Value": "run-1-w1_131545290415"}],
        "ConfigurationSetName": "caring-email",
    }


def test_a_domain_of_other_letters_goes_out_in_ascii(provider: Provider) -> None:
    found = request(replace(CHANNELS["email"], to="siti@bücher.example"), provider)
    assert found["Destination"] == {"ToAddresses": ["siti@xn--bcher-kva.example"]}


def test_an_email_without_a_subject_never_leaves(provider: Provider) -> None:
    outcome = channels.send(replace(CHANNELS["email"], subject=None), provider.clients)
    assert (outcome.status, outcome.reason, provider.requests) == ("rejected", "invalid_request", [])


def test_a_call_reads_out_plain_text_or_ssml(provider: Provider) -> None:
    for body in ("Halo", "<speak>Halo</speak>"):
        channels.send(replace(CHANNELS["voice"], body=body), provider.clients)
    assert [found["MessageBodyTextType"] for found in provider.requests] == ["TEXT", "SSML"]
    assert provider.requests[0]["Context"] == {"reference": "run-1-w1_131545290415"}
    assert "VoiceId" not in provider.requests[0]
