"""Why a program would reach a customer now, or not: the rules of plan and send, told to staff."""

from typing import Any

from caring import clock
from caring.customers.model import Item, text
from caring.runs import pressure, windows
from caring.runs.eligibility import Decision, Rules, decide, lost, targets
from caring.runs.richness import preferred_channel

_NOT_USABLE = {  # why the channel that staff chose is not taken
    "no_valid_contact": "he has no valid number or mailbox for it",
    "no_consent": "he has not consented to it",
    "opted_out": "he has opted out of it",
    "not_in_language": "the script has no wording for it in his language",
}


def why(rules: Rules, customer: Item) -> dict[str, Any]:
    """Would the program reach this customer now: {reached, channel, reason, why}."""
    now = clock.now()
    zone = windows.zone_of(text(customer, "witel_key"))
    if not targets(rules, customer, clock.local_date(now, zone)):
        return {"reached": False, "channel": None, "reason": "not_in_audience", "why": "the audience does not pick him"}
    decision = _with_pressure(rules, customer, decide(rules, customer))
    said = decision.why + _words_of_staff(rules, customer, decision)
    if decision.status == "pending" and not windows.is_open(rules.hours, zone, now):
        opens = clock.iso(windows.next_open(rules.hours, zone, now))
        sentence = f"outside the send window, which opens at {opens}; then by {said}"
        return {"reached": False, "channel": decision.channel, "reason": "outside_window", "why": sentence}
    reason = "held_out" if decision.status == "held_out" else decision.reason
    return {"reached": reason is None, "channel": decision.channel, "reason": reason, "why": said}


def _with_pressure(rules: Rules, customer: Item, decision: Decision) -> Decision:
    if decision.status != "pending" or rules.cap is None:
        return decision
    known = pressure.read([customer["customer_id"]["S"]])
    if pressure.over_cap(rules, known, cause="", at=clock.now()):
        return Decision("skipped", pressure.sentence(rules), reason="cap_reached")
    return decision


def _words_of_staff(rules: Rules, customer: Item, decision: Decision) -> str:
    """The reason that a person gave for the channel, which plans leave with the customer; or why it is not followed."""
    wished = preferred_channel(customer)
    if decision.status != "pending" or wished is None:
        return ""
    chosen = customer["preferred"]["M"]
    said = f"{chosen['by']['S']}: {chosen['reason']['S']}"
    if decision.channel == wished:
        return f" ({said})"
    why = _NOT_USABLE[lost(rules, customer, wished)] if wished in rules.channels else "the program does not send by it"
    return f"; staff chose {wished} for him ({said}), which cannot be followed here: {why}"
