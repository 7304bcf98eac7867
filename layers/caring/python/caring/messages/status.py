"""The statuses of a message and the order in which they may follow each other.

Receipts arrive late, twice and out of order, so a status has a rank and only ever moves to a higher one: the state
after a set of receipts is the same whatever order they came in.
"""

from collections.abc import Mapping

PENDING, SENDING, UNKNOWN, ACCEPTED = "pending", "sending", "unknown", "accepted"
DELIVERED, READ = "delivered", "read"
SKIPPED, REJECTED, FAILED, HELD_OUT = "skipped", "rejected", "failed", "held_out"

STATUSES = (PENDING, SENDING, UNKNOWN, ACCEPTED, DELIVERED, READ, SKIPPED, REJECTED, FAILED, HELD_OUT)
WITH_REASON = (SKIPPED, REJECTED, FAILED)
TAKEN = (ACCEPTED, DELIVERED, READ)  # by its provider, as far as is known
NOT_SENT = (*WITH_REASON, HELD_OUT)  # has proven not to reach the customer, or was never meant to

_RANKS = {
    PENDING: 0,
    SENDING: 1,
    UNKNOWN: 2,
    ACCEPTED: 3,
    REJECTED: 3,  # the provider's own "no": only proof of delivery outranks it
    FAILED: 4,
    DELIVERED: 5,
    READ: 6,
    SKIPPED: 9,
    HELD_OUT: 9,
}
# A mailbox server may take a mail and bounce it afterwards; a phone that has shown a message can't have failed to.
_EMAIL_RANKS = {**_RANKS, DELIVERED: 4, FAILED: 5}


def rank(status: str, channel: str) -> int:
    """The status's place in the order on a channel; a status may only be followed by one of a higher rank."""
    return (_EMAIL_RANKS if channel == "email" else _RANKS)[status]


def bucket(status: str, reason: str | None) -> str:
    """The ledger bucket of a message: "delivered", or "failed:bounced_hard" for statuses that have a reason."""
    return f"{status}:{reason or 'other'}" if status in WITH_REASON else status


def ledger(buckets: Mapping[str, int]) -> dict[str, object]:
    """Buckets in the form of the API's ledger: numbers, and {total, by_reason} for skipped, rejected and failed."""
    form: dict[str, object] = {}
    for status in STATUSES:
        if status in WITH_REASON:
            start = f"{status}:"
            by_reason = {name[len(start) :]: n for name, n in sorted(buckets.items()) if name.startswith(start) and n}
            form[status] = {"total": sum(by_reason.values()), "by_reason": by_reason}
        else:
            form[status] = buckets.get(status, 0)
    return {"targeted": buckets.get("targeted", 0), **form}


def total(buckets: Mapping[str, int]) -> int:
    """How many customers are in some bucket: must equal `targeted`."""
    return sum(n for name, n in buckets.items() if name != "targeted")
