"""E-mail through SES (sesv2): the message with its one-click unsubscribe, and what SES says of it afterwards.

Event contents: "Contents of event data that Amazon SES publishes", SES Developer Guide. One click: RFC 8058.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import idna
from botocore.exceptions import ClientError

from caring import environment
from caring.channels import outcomes, reading
from caring.channels.outcomes import THROTTLED, halted, refused
from caring.channels.types import Clients, Inbound, Outcome, Outgoing, Parked, Receipt, ReceiptStatus, Received

# SendEmail's errors (sesv2 API reference).
ERRORS: outcomes.Table = {
    "TooManyRequestsException": THROTTLED,
    "LimitExceededException": halted("quota_reached"),
    "AccountSuspendedException": halted("account_blocked"),
    "SendingPausedException": halted("sending_paused"),
    "MailFromDomainNotVerifiedException": halted("provider_setup"),
    "NotFoundException": halted("provider_setup"),
    "MessageRejected": refused("rejected_by_provider"),
    "BadRequestException": refused("invalid_request"),
}

# eventType, lower case without blanks (as the old generation writes it after `_email.`) → status and reason.
STATUSES: Mapping[str, tuple[ReceiptStatus, str | None]] = {
    "send": ("accepted", None),
    "delivery": ("delivered", None),
    "delivered": ("delivered", None),
    "open": ("read", None),
    "click": ("read", None),
    "bounce": ("failed", None),  # by its bounceType
    "hardbounce": ("failed", "bounced_hard"),
    "softbounce": ("failed", "bounced_soft"),
    "complaint": ("spam_report", None),
    "reject": ("failed", "rejected_by_provider"),  # SES found a virus in it
    "rejected": ("failed", "rejected_by_provider"),
    "renderingfailure": ("failed", "rendering_failed"),
    "rendering_failure": ("failed", "rendering_failed"),
    "deliverydelay": ("other", "delayed"),
}

# Undetermined: SES could not tell from the answer, so it is not held against the address.
_BOUNCES = {"Permanent": "bounced_hard", "Transient": "bounced_soft", "Undetermined": "bounced_soft"}


def send(outgoing: Outgoing, clients: Clients) -> Outcome:
    """Send one e-mail, HTML and text; never raises."""
    return outcomes.attempt(
        clients,
        "sesv2",
        "send_email",
        lambda: _request(outgoing),
        answer_id="MessageId",
        table=ERRORS,
        read=_read,
    )


def _read(error: ClientError) -> Outcome | None:
    """A request that is bad because of the address is the customer's data, not ours."""
    details = error.response.get("Error", {})
    said = str(details.get("Message", "")).lower()
    if details.get("Code") == "BadRequestException" and ("address" in said or "domain" in said):
        return refused("invalid_address")
    return None


def _request(outgoing: Outgoing) -> dict[str, Any]:
    if not outgoing.subject:
        raise ValueError("an e-mail needs a subject")
    body = {"Text": {"Data": outgoing.body, "Charset": "UTF-8"}}
    if outgoing.html:
        body["Html"] = {"Data": outgoing.html, "Charset": "UTF-8"}
    simple: dict[str, Any] = {"Subject": {"Data": outgoing.subject, "Charset": "UTF-8"}, "Body": body}
    if outgoing.unsubscribe_url:
        simple["Headers"] = unsubscribe_headers(outgoing.unsubscribe_url)
    return {
        "FromEmailAddress": environment.get("EMAIL_FROM"),
        "Destination": {"ToAddresses": [ascii_domain(outgoing.to)]},
        "Content": {"Simple": simple},
        "EmailTags": [{"Name": "reference", "Value": outgoing.reference}],
        "ConfigurationSetName": environment.get("EMAIL_CONFIGURATION_SET"),
    }


def unsubscribe_headers(url: str) -> list[dict[str, str]]:
    """The headers with which a mail program unsubscribes in one click."""
    return [
        {"Name": "List-Unsubscribe", "Value": f"<{url}>"},
        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
    ]


def ascii_domain(address: str) -> str:
    """SES wants the domain in ASCII; customers are stored with the domain as people write it."""
    if address.isascii():
        return address
    local, _, domain = address.rpartition("@")
    return f"{local}@{_idna(domain)}"


@lru_cache(maxsize=256)
def _idna(domain: str) -> str:
    return idna.encode(domain, uts46=True).decode("ascii")


def take_event(event: Mapping[str, Any], received: Received) -> None:
    """Read an event of a configuration set, or an old feedback notification; unknown types are parked."""
    name = reading.code(event.get("eventType") or event.get("notificationType"))
    kind = name.replace(" ", "").lower()  # "Rendering Failure" has a blank
    mail = reading.mapping(event, "mail")
    if kind == "subscription":
        _take_subscription(event, mail, received)
        return
    if kind not in STATUSES:
        received.parked.append(Parked("unknown_event", name))
        return
    status, reason = STATUSES[kind]
    details = reading.mapping(event, kind if kind != "deliverydelay" else "deliveryDelay")
    recipients = details.get("bouncedRecipients") or details.get("complainedRecipients")
    recipient = next((reading.text(r.get("emailAddress")) for r in reading.objects(recipients)), None)
    if kind == "bounce":
        reason = _BOUNCES.get(reading.code(details.get("bounceType")), "bounced_soft")
    elif kind == "complaint":
        reason = reading.snake(details.get("complaintFeedbackType")) or "spam"
    received.receipts.append(
        Receipt(
            reference=reading.first_text(reading.mapping(mail, "tags").get("reference")),
            provider_message_id=reading.text(mail.get("messageId")),
            channel="email",
            status=status,
            reason=reason,
            at=reading.moment(details.get("timestamp"), mail.get("timestamp")),
            recipient=recipient or reading.first_text(mail.get("destination")),
        )
    )


def _take_subscription(event: Mapping[str, Any], mail: Mapping[str, Any], received: Received) -> None:
    """A customer left SES's own list: nothing was written, so it is said in the word that a reply would use."""
    subscription = reading.mapping(event, "subscription")
    preferences = reading.mapping(subscription, "newTopicPreferences")
    topics = reading.objects(preferences.get("topicSubscriptionStatus"))
    if not preferences.get("unsubscribeAll") and all(t.get("subscriptionStatus") != "OptOut" for t in topics):
        received.parked.append(Parked("email_subscription"))
        return
    received.inbound.append(
        Inbound(
            channel="email",
            sender=reading.first_text(mail.get("destination")),
            user_id=None,
            text="STOP",
            kind="unsubscribe",
            provider_message_id=None,
            quotes=reading.text(mail.get("messageId")),
            at=reading.moment(subscription.get("timestamp"), mail.get("timestamp")),
        )
    )


def take_old_event(event: Mapping[str, Any], received: Received) -> None:
    """Read an e-mail event of the Pinpoint generation: event_type _email.*, the mail under facets."""
    name = reading.code(event.get("event_type"))
    kind = name.removeprefix("_email.")
    if kind not in STATUSES:
        received.parked.append(Parked("unknown_event", name))
        return
    mail = reading.mapping(event, "facets", "email_channel", "mail_event", "mail")
    status, reason = STATUSES[kind]
    received.receipts.append(
        Receipt(
            reference=reading.first_text(reading.mapping(mail, "tags").get("reference")),
            provider_message_id=reading.text(mail.get("message_id")),
            channel="email",
            status=status,
            reason=reason,
            at=reading.moment(event.get("event_timestamp"), event.get("arrival_timestamp")),
            recipient=reading.first_text(mail.get("destination")),
        )
    )
