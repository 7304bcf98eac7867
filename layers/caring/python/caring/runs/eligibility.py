"""Whether a program reaches a customer, by which channel, and why: one answer for plans, sends and GET /why.

The rules are asked in a fixed order, and the first that applies is the reason. A plan is a forecast: the sender asks
again, of the customer as he is then. How often he was contacted is another room's rule (runs/pressure.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import blake2b
from typing import Any

from caring import clock, configuration
from caring.customers.model import CHANNELS, Item, choice, consent, contact_value, flag, invalid_reason, number, text
from caring.incidents import disturbed
from caring.programs.audience import compile_audience, fields
from caring.programs.kinds import KINDS
from caring.runs import windows
from caring.runs.richness import Router, router_for
from caring.scripts.store import choose_language

# What the rules read of a customer besides the audience's own fields: the projection of the plan's scan.
READS = (
    *("customer_id", "witel_key", "language", "erased", "amount_due", "paid_on", "open_tickets", "choices", "invalid"),
    *("phone", "whatsapp", "email", "consent_whatsapp", "consent_sms", "consent_email", "consent_voice"),
    *("incident_hold", "area_key", "last_score", "answers_on", "preferred", "payment_check"),
    "last_survey",
)


@dataclass(frozen=True, slots=True)
class Decision:
    """status "pending" (by `channel`), "skipped" (for `reason`) or "held_out"; `why` is a sentence for staff."""

    status: str
    why: str
    channel: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """A program and its script, made ready to be asked about many customers."""

    program_id: str
    purpose: str
    pay_ends_it: bool
    wants_peace: bool  # an offer or a survey: nothing for whom a ticket is open, or who has just been disappointed
    waits_for_incident: bool  # a bill or an offer: nothing for whom a disturbance is being repaired
    asks_score: bool  # a survey: nothing for whom has just been asked by another
    witel_key: str | None
    channels: tuple[str, ...]
    languages: Mapping[str, frozenset[str]]
    hours: tuple[time, time]
    holdout_percent: int
    cap: tuple[int, int] | None  # at most so many contacts in so many days
    in_audience: Callable[[Item, date], bool] | None
    reads: tuple[str, ...]
    router: Router
    default_language: str | None = None  # for whom the script is not written in his own


def rules_for(program: Mapping[str, Any], variants: Mapping[str, frozenset[str]]) -> Rules:
    """The rules of a program whose script has `variants`: channel → the languages it is written in."""
    preset = KINDS[program["kind"]]
    named = program["channels"]
    allowed = [c for c in CHANNELS if c != "voice"] if named == "auto" else list(named)
    prices = configuration.get().prices
    audience = program["audience"]
    listed = "customer_ids" in audience or "from_run" in audience
    waves = program.get("waves") or []
    pay_ends_it = preset.until == "paid" or any(wave["until"] == "paid" for wave in waves)
    cap = program.get("cap")
    return Rules(
        program_id=program["program_id"],
        purpose=preset.purpose,
        pay_ends_it=pay_ends_it,
        wants_peace=preset.purpose != "service",
        waits_for_incident=pay_ends_it or preset.marketing,
        asks_score=preset.question == "survey",
        witel_key=program["witel"].casefold() if program.get("witel") else None,
        channels=tuple(sorted(allowed, key=lambda channel: (prices[channel], channel))),
        languages=variants,
        hours=windows.of_program(preset.purpose, program.get("window")),
        holdout_percent=int(program.get("holdout_percent") or 0),
        cap=(int(cap["messages"]), int(cap["days"])) if cap else None,
        in_audience=None if "from_run" in audience else compile_audience(audience),
        reads=tuple(dict.fromkeys([*READS, *([] if listed else fields(audience))])),
        router=router_for(program["kind"]),
    )


def belongs(rules: Rules, customer: Item) -> bool:
    """Whether the customer is of the program's witel (a program of all witels has none)."""
    return rules.witel_key is None or text(customer, "witel_key") == rules.witel_key


def targets(rules: Rules, customer: Item, today: date) -> bool:
    """Whether the audience picks the customer: by its expression or its list; an earlier run's were picked by that."""
    return belongs(rules, customer) and (rules.in_audience is None or rules.in_audience(customer, today))


def decide(rules: Rules, customer: Item, tried: frozenset[str] = frozenset()) -> Decision:
    """What the program does with a customer it targets, the hour of the day aside; `tried` channels are used up."""
    if skip := _ruled_out(rules, customer):
        return skip
    usable, skip = _usable_channels(rules, customer)
    if skip:
        return skip
    left = [channel for channel in usable if channel not in tried]
    if not left:
        return Decision("skipped", "every channel that may be used has been tried", reason="no_valid_contact")
    if is_held_out(rules.program_id, customer["customer_id"]["S"], rules.holdout_percent):
        return Decision("held_out", f"in the {rules.holdout_percent} % that this program never reaches, for comparison")
    channel = rules.router.choose(left, customer).channel
    return Decision("pending", rules.router.reason_for(channel, usable, customer), channel=channel)


def _ruled_out(rules: Rules, customer: Item) -> Decision | None:
    if flag(customer, "erased"):
        return Decision("skipped", "the customer's data were erased", reason="erased")
    if rules.pay_ends_it and ("paid_on" in customer or not number(customer, "amount_due")):
        return Decision("skipped", "the bill is paid", reason="paid")
    if rules.pay_ends_it and "payment_check" in customer and _is_being_checked(customer):
        return Decision("skipped", "he says that he has paid, which is being checked", reason="payment_check")
    if rules.waits_for_incident and ("incident_hold" in customer or disturbed.is_home_of(customer)):
        return Decision(
            "skipped", "no bills and offers while a disturbance at his place is repaired", reason="incident"
        )
    if rules.wants_peace:
        if number(customer, "open_tickets"):
            return Decision("skipped", "no offers and surveys while a ticket is open", reason="open_ticket")
        if "last_score" in customer and is_fresh_detractor(customer):
            why = "no offers and surveys so soon after a detractor's score"
            return Decision("skipped", why, reason="fresh_detractor")
    if rules.asks_score and "last_survey" in customer and _was_just_asked(customer):
        return Decision("skipped", "he was asked for a score not long ago", reason="asked_recently")
    return None


def _was_just_asked(customer: Item) -> bool:
    """Whether his last survey after an episode, {cause, at}, is of the days in which nobody is asked twice."""
    since = clock.now() - timedelta(days=configuration.get().nps.fatigue_days)
    return bool(customer["last_survey"]["M"]["at"]["S"] >= clock.iso(since))


def _is_being_checked(customer: Item) -> bool:
    """Whether the billing unit still looks for the payment of which he spoke."""
    return bool(customer["payment_check"]["M"]["until"]["S"] > clock.iso(clock.now()))


def is_fresh_detractor(customer: Item) -> bool:
    """Whether his last score, {score, at}, is a detractor's and of the last days."""
    limits, last = configuration.get().pressure, customer["last_score"]["M"]
    if int(last["score"]["N"]) > limits.detractor_score:
        return False
    return bool(last["at"]["S"] > clock.iso(clock.now() - timedelta(days=limits.detractor_days)))


def _usable_channels(rules: Rules, customer: Item) -> tuple[list[str], Decision | None]:
    """The channels that may be used, cheapest first; if none, why."""
    valid = [c for c in rules.channels if contact_value(customer, c) and not invalid_reason(customer, c)]
    if not valid:
        return [], Decision("skipped", "no valid number or mailbox for its channels", reason="no_valid_contact")
    consented = [c for c in valid if consent(customer, c, rules.purpose)]
    if not consented:
        if any(choice(customer, c, rules.purpose) is False for c in valid):
            return [], Decision("skipped", "the customer has opted out", reason="opted_out")
        return [], Decision("skipped", f"no consent to {rules.purpose} on a valid channel", reason="no_consent")
    own, default = text(customer, "language") or "id", rules.default_language
    usable = [c for c in consented if choose_language(rules.languages.get(c, ()), own, default)]
    if not usable:
        return [], Decision("skipped", "the script is not written in the customer's language", reason="not_in_language")
    return usable, None


def is_held_out(program_id: str, customer_id: str, percent: int) -> bool:
    """Whether a customer is in a program's holdout: sticky, for it is a hash of the two and nothing else."""
    if not percent:
        return False
    digest = blake2b(f"{program_id}:{customer_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) % 10_000 < percent * 100


def recheck(rules: Rules, customer: Item | None, channel: str, moment: datetime) -> Decision:
    """The answer just before the claim: as planned, or skipped, or "wait" while the customer's window is closed."""
    if customer is None:
        return Decision("skipped", "the customer is not in the customer table", reason="not_found")
    if skip := _ruled_out(rules, customer):
        return skip
    usable, skip = _usable_channels(rules, customer)
    if skip:
        return skip
    if channel not in usable:
        return Decision(
            "skipped", f"{channel} may no longer be used for this customer", reason=lost(rules, customer, channel)
        )
    if not windows.is_open(rules.hours, windows.zone_of(text(customer, "witel_key")), moment):
        return Decision("wait", "outside the send window", reason="outside_window")
    return Decision("pending", rules.router.reason_for(channel, usable, customer), channel=channel)


def lost(rules: Rules, customer: Item, channel: str) -> str:
    """Why a channel of the program may not be used for a customer, while others may."""
    if not contact_value(customer, channel) or invalid_reason(customer, channel):
        return "no_valid_contact"
    if not consent(customer, channel, rules.purpose):
        return "opted_out" if choice(customer, channel, rules.purpose) is False else "no_consent"
    return "not_in_language"
