"""What a caller or visitor has before his eyes: the number, and the item's script in the customer's own words."""

from collections.abc import Mapping
from typing import Any

from caring import configuration
from caring.customers import model, repair_rounds
from caring.customers import store as customers
from caring.errors import CaringError
from caring.scripts import store as scripts
from caring.scripts.values import MissingValue

_SPEAKABLE = ("voice", "whatsapp", "sms", "email")  # wordings, the most fit to be read out first


def of(item: Mapping[str, Any]) -> dict[str, Any] | None:
    """{number, valid, language, script_id, version, text, missing, ask_for} of an item with a script.

    None without a script, or when the customer's data were erased. `text` is None when it cannot be filled in, and
    `missing` then says what is wanted for that. `ask_for` are the customer's fields that no longer work: whoever speaks
    with him asks for new ones.
    """
    if "script" not in item or "customer_id" not in item:
        return None
    customer = customers.get(item["customer_id"])
    if model.flag(customer, "erased"):
        return None
    shown: dict[str, Any] = {
        "number": model.contact_value(customer, "voice"),
        "valid": not model.invalid_reason(customer, "voice"),
        "language": model.text(customer, "language") or "id",
        "ask_for": repair_rounds.broken(customer),
    }
    script_id, _, number = str(item["script"]).partition("#")
    try:
        version = int(number) if number else scripts.approved_version(script_id)
        script = scripts.load_approved(script_id, version)
    except CaringError as error:
        return shown | {"script_id": script_id, "version": None, "text": None, "missing": error.message}
    return shown | {"script_id": script_id, "version": version} | _worded(script, customer, item, shown["language"])


def _worded(
    script: scripts.LoadedScript, customer: model.Item, item: Mapping[str, Any], language: str
) -> dict[str, Any]:
    """The first wording that can be read out, in the customer's language: links are for reading, not for hearing."""
    values = {"ticket_id": str(item["ticket_id"])} if "ticket_id" in item else {}
    missing = "the script has no wording in the customer's language"
    for channel in _SPEAKABLE:
        variant = script.variant_for(channel, language, configuration.get().conversation.default_language)
        if variant is None:
            continue
        try:
            return {"language": variant.language, "text": variant(customer, values).body, "missing": None}
        except MissingValue as error:
            missing = error.message
    return {"text": None, "missing": missing}
