"""Who wrote: by the number or mailbox, by WhatsApp's user id, and among several by the message that is answered."""

from caring import clock, timeline
from caring.channels.types import Inbound
from caring.customers import presence
from caring.customers import store as customers
from caring.customers.model import Item, flag, text
from caring.errors import CaringError
from caring.messages import ledger
from caring.typed import plain_item


def candidates(message: Inbound) -> list[Item]:
    """Every customer who may have written the message; one whose data are being erased is nobody any more."""
    found = _by_contact_point(message)
    if not found and message.user_id:
        found = presence.find_by_whatsapp_user(message.user_id)
    return [item for item in found if not flag(item, "erased")]


def choose(found: list[Item], message: Inbound) -> str | None:
    """The customer whose message is quoted; else whom we wrote to last on that channel before the message came."""
    if len(found) < 2:
        return text(found[0], "customer_id") if found else None
    ranked = [(_standing(item, message), text(item, "updated_at") or "", item) for item in found]
    return text(max(ranked, key=lambda one: one[:2])[2], "customer_id")


def _by_contact_point(message: Inbound) -> list[Item]:
    if not message.sender:
        return []
    try:
        by_mail = message.channel == "email"
        return customers.find_by_email(message.sender) if by_mail else customers.find_by_phone(message.sender)
    except CaringError:
        return []  # no number or mailbox that could be anybody's


def _standing(customer: Item, message: Inbound) -> tuple[bool, str]:
    """Whether the quoted message is his, and when he was last written to on the channel."""
    quoted, last, before = False, "", clock.iso(message.at)
    for item in ledger.of_customer(customer["customer_id"]["S"], ConsistentRead=False):
        if "provider_message_id" not in item or item["channel"]["S"] != message.channel:
            continue
        quoted = quoted or item["provider_message_id"]["S"] == message.quotes
        left = timeline.left_at(plain_item(item))
        last = max(last, left) if left <= before else last
    return quoted, last
