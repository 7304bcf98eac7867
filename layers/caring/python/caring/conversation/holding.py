"""What keeps a message of a conversation from leaving now, and taking one back that has not left.

Delivery asks the same of the same items. Who waits for an answer wants to know it too: nobody is silent about what he
was never asked.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from caring import clock, environment, tables
from caring.customers.model import Item, text
from caring.messages import ledger
from caring.messages import status as st
from caring.runs import guards, windows

WITHDRAWN = "withdrawn"  # the reason of a message that was taken back


@dataclass(frozen=True, slots=True)
class Held:
    """Why a message waits; `until` is None where nobody knows."""

    kind: Literal["kill_switch", "breaker", "window"]
    why: str
    until: datetime | None = None


def read(customer_id: str, channel: str) -> tuple[Item | None, guards.Guards]:
    """The customer, None if there is none, and what guards the channel, read consistently."""
    found = tables.read(environment.table("customers"), [{"customer_id": {"S": customer_id}}])
    held = tables.read(environment.table("runs"), guards.keys(channel))
    return found[0] if found else None, guards.of_items(channel, held)


def next_open(customer: Item | None, purpose: str, moment: datetime) -> datetime:
    """When a customer's window for a purpose is open, from a moment on (UTC)."""
    zone = windows.zone_of(text(customer or {}, "witel_key"))
    return windows.next_open(windows.of_program(purpose, None), zone, moment).astimezone(UTC)


def held(customer_id: str, channel: str, purpose: str) -> Held | None:
    """What keeps a customer's message from leaving by a channel now; None for nothing."""
    customer, guard = read(customer_id, channel)
    if guard.stopped:
        return Held("kill_switch", "all sending is stopped by the kill switch")
    now = clock.now()
    opens = next_open(customer, purpose, now)
    if opens > now:
        return Held("window", f"outside the hours in which he is written to: from {clock.iso(opens)} on", opens)
    if guard.breaker.state == guards.OPEN:
        return Held("breaker", f"{channel} is in trouble: its breaker holds what goes there")
    return None


def withdraw(customer_id: str, cause: str, channel: str, why: str) -> bool:
    """Take a message back that has not left; True if it never will, False if it has been taken up by then."""
    entry = ledger.Entry(customer_id, cause, channel, st.SKIPPED, WITHDRAWN, {"why": why})
    return ledger.withdraw(entry)
