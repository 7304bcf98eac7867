"""Mails of mail servers among the replies: what they report becomes a fact about a mailbox, and is no reply."""

from caring import parked
from caring.channels.types import Inbound
from caring.customers import repair
from caring.customers import store as customers
from caring.errors import CaringError
from caring.understanding.incoming import Incoming

KINDS = ("bounce", "feedback", "delivered")


def take(message: Inbound, mail: Incoming) -> int:
    """Tell which customers' mailboxes were not reached, and keep the mail for a person; how many customers it names."""
    named = 0
    for bounce in mail.unreached:
        try:
            found = customers.find_by_email(bounce.address)
        except CaringError:
            continue  # no mailbox of anybody
        for customer in found:
            named += 1
            reason = f"bounced_{bounce.kind}"
            repair.hear(customer["customer_id"]["S"], "email", "failed", reason, message.at, value=bounce.address)
    where = "/".join(message.raw_location) if message.raw_location else ""
    reason = f"mail_{mail.kind}" if named or mail.kind != "bounce" else "mail_bounce_of_nobody"
    parked.park("reply", reason, mail.text, detail=where, at=message.at)
    return named
