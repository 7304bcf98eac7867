"""E-mail as sesv2 speaks it: SendEmail (simple, raw, template) and SendBulkEmail (an answer per entry)."""

import base64
import binascii
import email
import email.policy
import re
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any, Final

import orjson

from infra.local.simulator.messages import Message, Refused, fresh_hex, fresh_uuid

ERRORS: Final = {
    "throttle": Refused(429, "TooManyRequestsException", "Maximum sending rate exceeded."),
    "error": Refused(500, "InternalFailure", "The request processing has failed because of an unknown error."),
}
# What one entry of a bulk call answers; any other answer concerns the whole HTTP call.
ENTRY_ERRORS: Final = {
    "throttle": ("ACCOUNT_THROTTLED", "Maximum sending rate exceeded."),
    "error": ("FAILED", "The entry could not be processed."),
}
BULK_ENTRIES: Final = 50


def new_id() -> str:
    """A message id in the service's form."""
    return f"0108019{fresh_hex()[:9]}-{fresh_uuid()}-000000"


def parse_send(body: Any) -> Message:
    """The message of a SendEmail call. Raises Refused (BadRequestException) for a malformed one."""
    if not isinstance(body, dict):
        raise _bad("The request is not a JSON object")
    content = body.get("Content") or {}
    if "Raw" in content:
        return _raw(body, content["Raw"])
    message = _addressed(body, body.get("Destination"))
    if "Simple" in content:
        simple = content["Simple"]
        message.subject = _data(simple.get("Subject"))
        body_parts = simple.get("Body") or {}
        message.body, message.html = _data(body_parts.get("Text")) or "", _data(body_parts.get("Html"))
        message.headers = _headers(simple.get("Headers"))
    elif "Template" in content:
        _fill(message, content["Template"], {}, None)
    else:
        raise _bad("Content has Simple, Raw or Template")
    if not message.body and not message.html and message.template is None:
        raise _bad("A message has a body")
    message.reference = _tags(body.get("EmailTags")).get("reference")
    return message


def parse_bulk(body: Any) -> list[Message | Refused]:
    """One message, or its refusal, for each entry of a SendBulkEmail call. Raises Refused for a malformed call."""
    entries = body.get("BulkEmailEntries") if isinstance(body, dict) else None
    if not isinstance(entries, list) or not 1 <= len(entries) <= BULK_ENTRIES:
        raise _bad(f"BulkEmailEntries has 1 to {BULK_ENTRIES} entries")
    template = (body.get("DefaultContent") or {}).get("Template")
    if not isinstance(template, dict):
        raise _bad("DefaultContent.Template is missing")
    defaults = _tags(body.get("DefaultEmailTags"))
    parsed: list[Message | Refused] = []
    for entry in entries:
        try:
            message = _addressed(body, entry.get("Destination"))
        except Refused as refused:
            parsed.append(refused)
            continue
        replacement = (entry.get("ReplacementEmailContent") or {}).get("ReplacementTemplate") or {}
        data = _json(replacement.get("ReplacementTemplateData"))
        _fill(message, template, data, entry.get("ReplacementHeaders"))
        message.reference = (defaults | _tags(entry.get("ReplacementTags"))).get("reference")
        parsed.append(message)
    return parsed


def _addressed(body: dict[str, Any], destination: Any) -> Message:
    to = (destination or {}).get("ToAddresses") or []
    recipient = parseaddr(to[0])[1] if to and isinstance(to[0], str) else ""
    sender = body.get("FromEmailAddress")
    if not re.fullmatch(r"[\x21-\x7e]+@[\x21-\x7e]+", recipient):
        raise _bad("Missing or illegal recipient: ToAddresses has an address with an ASCII local part")
    if not isinstance(sender, str) or "@" not in sender:
        raise _bad("Missing or illegal FromEmailAddress")
    replies = body.get("ReplyToAddresses") or []
    return Message(
        channel="email",
        recipient=recipient,
        sender=sender,
        body="",
        reply_to=replies[0] if replies else None,
        configuration_set=body.get("ConfigurationSetName"),
    )


def _raw(body: dict[str, Any], raw: Any) -> Message:
    try:
        parsed = email.message_from_bytes(base64.b64decode(raw["Data"], validate=True), policy=email.policy.default)
    except (binascii.Error, KeyError, TypeError):
        raise _bad("Raw.Data is not base64") from None
    assert isinstance(parsed, EmailMessage)  # noqa: S101 — what the default policy makes
    to = [a.strip() for a in str(parsed.get("To", "")).split(",") if a.strip()]
    destination = body.get("Destination") if (body.get("Destination") or {}).get("ToAddresses") else {"ToAddresses": to}
    reply_to = parsed.get("Reply-To")
    filled = {"FromEmailAddress": parsed.get("From"), "ReplyToAddresses": [str(reply_to)] if reply_to else []}
    message = _addressed({**filled, **{k: v for k, v in body.items() if v}}, destination)
    text, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    message.body = str(text.get_content()) if text else ""
    message.html = str(html.get_content()) if html else None
    message.subject = str(parsed.get("Subject", ""))
    message.headers = {name: str(value) for name, value in parsed.items()}
    pairs = (pair.partition("=") for pair in message.headers.get("X-SES-MESSAGE-TAGS", "").split(","))
    tags = {name.strip(): value.strip() for name, _, value in pairs}
    message.reference = (tags | _tags(body.get("EmailTags"))).get("reference")
    return message


def _fill(message: Message, template: dict[str, Any], data: dict[str, Any], headers: Any) -> None:
    """Put a template's content into the message; {{name}} is the only substitution, as with inline templates."""
    values = _json(template.get("TemplateData")) | data
    content = template.get("TemplateContent") or {}
    message.template = {"name": template.get("TemplateName") or template.get("TemplateArn"), "data": values}

    def filled(text: str | None) -> str | None:
        return text and re.sub(r"{{\s*([\w.-]+)\s*}}", lambda found: str(values.get(found[1], "")), text)

    message.subject = filled(content.get("Subject"))
    message.body = filled(content.get("Text")) or ""
    message.html = filled(content.get("Html"))
    message.headers = _headers(template.get("Headers")) | _headers(headers)


def _json(text: str | None) -> dict[str, Any]:
    try:
        loaded = orjson.loads(text or "{}")
    except ValueError:
        raise _bad("TemplateData is not JSON") from None
    return loaded if isinstance(loaded, dict) else {}


def _data(content: Any) -> str | None:
    return content.get("Data") if isinstance(content, dict) else None


def _headers(listed: Any) -> dict[str, str]:
    return {h["Name"]: h["Value"] for h in listed or []}


def _tags(listed: Any) -> dict[str, str]:
    return {t["Name"]: t["Value"] for t in listed or []}


def _bad(message: str) -> Refused:
    return Refused(400, "BadRequestException", message)
