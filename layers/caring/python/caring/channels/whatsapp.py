"""WhatsApp through AWS End User Messaging Social: Meta's messages out, Meta's codes understood."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
from botocore.exceptions import ClientError

from caring import configuration, environment
from caring.channels import outcomes
from caring.channels.outcomes import THROTTLED, halted, refused
from caring.channels.types import STOP_RUN_REASONS, Clients, Outcome, Outgoing

# Meta's Cloud API error codes → our reason. Meta's list: "Error codes", WhatsApp Business Platform, support.
# Most come in a `failed` status after AWS has accepted the message; the same codes may stand in a refusal's text.
REASONS: Mapping[int, str] = {
    0: "access_denied",
    1: "provider_error",
    2: "provider_error",
    3: "access_denied",
    4: "throttled",
    10: "access_denied",
    33: "provider_setup",
    100: "invalid_request",
    190: "access_denied",
    368: "account_blocked",
    80007: "throttled",
    130403: "recipient_blocked",  # the business has blocked this user
    130429: "throttled",
    130472: "in_experiment",  # Meta withholds marketing from part of its users
    130497: "country_not_enabled",
    131000: "provider_error",
    131005: "access_denied",
    131008: "invalid_request",
    131009: "invalid_request",
    131016: "provider_unavailable",
    131021: "invalid_number",  # sender and recipient are the same number
    131026: "not_on_whatsapp",
    131030: "sandbox",  # the recipient is not in the allowed list of a test number
    131031: "account_blocked",
    131037: "provider_setup",  # the display name is not approved yet
    131042: "payment_due",
    131045: "provider_setup",
    131047: "window_closed",
    131048: "spam_rate_limit",
    131049: "marketing_limit",
    131050: "opted_out_at_provider",
    131051: "invalid_request",
    131052: "media_failed",
    131053: "media_failed",
    131056: "throttled",  # too many to the same person
    131057: "provider_unavailable",  # the account is in maintenance
    132000: "template_params",
    132001: "template_missing",
    132005: "template_params",
    132007: "template_missing",  # its text broke a policy
    132012: "template_params",
    132015: "template_paused",
    132016: "template_paused",  # for good
    132018: "template_params",
    133000: "provider_setup",
    133004: "provider_unavailable",
    133005: "provider_setup",
    133010: "provider_setup",
    134100: "template_missing",
    134101: "template_missing",
    134102: "template_missing",
    135000: "provider_error",
}

# Codes with which Meta refuses one message in its answer, and the ones with which it takes none for now.
_THROTTLES = frozenset({4, 80007, 130429, 131056})
_UNPROVEN = frozenset({"provider_error", "provider_unavailable"})

ERRORS: outcomes.Table = {
    "ThrottledRequestException": THROTTLED,
    "AccessDeniedException": halted("access_denied"),
    "AccessDeniedByMetaException": halted("access_denied"),
    "ResourceNotFoundException": halted("provider_setup"),
    "LimitExceededException": halted("quota_reached"),
    "InvalidParametersException": refused("invalid_request"),
    "ValidationException": refused("invalid_request"),
}

_MOST_BUTTONS, _TITLE = 3, 20  # of an interactive message: buttons, and characters on each

_META_CODE = re.compile(r"(?:#|\"?code\"?\s*[:=]\s*\"?)(\d{1,6})\b")


def _of_code(code: int, reason: str) -> Outcome:
    if code in _THROTTLES:
        return THROTTLED
    if reason in STOP_RUN_REASONS:
        return halted(reason)
    return Outcome("unknown", None, reason) if reason in _UNPROVEN else refused(reason)


def _read(error: ClientError) -> Outcome | None:
    """The outcome of Meta's own code, where AWS passes it on in the error's message."""
    found = _META_CODE.search(str(error.response.get("Error", {}).get("Message", "")))
    reason = REASONS.get(int(found[1])) if found else None
    return _of_code(int(found[1]), reason) if found and reason else None


def message(outgoing: Outgoing) -> bytes:
    """Meta's message JSON: a template, or free text; our reference rides along as biz_opaque_callback_data."""
    # Who hides his number is known by a business-scoped user id only; Meta takes that in another field.
    field = "to" if outgoing.to.startswith("+") else "recipient"
    body: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        field: outgoing.to,
        "biz_opaque_callback_data": outgoing.reference,
    }
    if outgoing.template is None and outgoing.replies:
        body["type"] = "interactive"
        body["interactive"] = _buttons(outgoing)
    elif outgoing.template is None:
        body["type"] = "text"
        body["text"] = {"preview_url": False, "body": outgoing.body}
    else:
        body["type"] = "template"
        body["template"] = _template(outgoing.template)
    return orjson.dumps(body)


def _buttons(outgoing: Outgoing) -> dict[str, Any]:
    """Text with reply buttons; the title is the payload in words ("sudah_bayar" is the button "Sudah bayar")."""
    buttons = [
        {"type": "reply", "reply": {"id": payload, "title": payload.replace("_", " ").capitalize()[:_TITLE]}}
        for payload in outgoing.replies[:_MOST_BUTTONS]
    ]
    return {"type": "button", "body": {"text": outgoing.body}, "action": {"buttons": buttons}}


def _template(template: Mapping[str, Any]) -> dict[str, Any]:
    components: list[dict[str, Any]] = []
    if template.get("header_image"):
        image = {"type": "image", "image": {"link": template["header_image"]}}
        components.append({"type": "header", "parameters": [image]})
    if template.get("params"):
        components.append({"type": "body", "parameters": [{"type": "text", "text": t} for t in template["params"]]})
    for place, button in enumerate(template.get("buttons") or ()):
        kind = button["type"]
        parameter = {"type": "payload", "payload": button["text"]} if kind == "quick_reply" else None
        components.append(
            {
                "type": "button",
                "sub_type": kind,
                "index": str(button.get("index", place)),
                "parameters": [parameter or {"type": "text", "text": button["text"]}],
            }
        )
    language = {"policy": "deterministic", "code": template["language"]}
    return {"name": template["name"], "language": language, "components": components}


def send(outgoing: Outgoing, clients: Clients) -> Outcome:
    """Send one message; never raises. A failure that Meta finds out later comes as a receipt."""
    return outcomes.attempt(
        clients,
        "socialmessaging",
        "send_whatsapp_message",
        lambda: {
            "originationPhoneNumberId": environment.get("WHATSAPP_PHONE_NUMBER_ID"),
            "metaApiVersion": configuration.get().providers.meta_api_version,
            "message": message(outgoing),
        },
        answer_id="messageId",
        table=ERRORS,
        read=_read,
    )
