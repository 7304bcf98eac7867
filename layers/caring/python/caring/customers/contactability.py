"""Contactability: how well a customer can be reached, 0 to 100, by the formula of [contactability].

Each channel whose contact point is valid adds its weight, by the share of purposes that he consents to and less what
soft failures take from it; the rest is for a sign of life, whole while it is fresh and nothing once it is stale. Signs
of life are what stands with the customer: a reply, a score, an answered call, a delivery that brought a point back.
"""

from datetime import datetime
from typing import Any

from caring import clock, configuration
from caring.customers import model
from caring.customers.facts import Facts
from caring.customers.model import Item
from caring.typed import plain

# What the score reads of a customer.
READS = (
    *("customer_id", "witel_key", "erased", "phone", "whatsapp", "email", "choices", "invalid", "contact_facts"),
    *("consent_whatsapp", "consent_sms", "consent_email", "consent_voice", "last_reply_at", "last_score"),
)


def score(customer: Item, now: datetime) -> int:
    """The customer's contactability; 0 for one who was erased or has no valid contact point."""
    settings = configuration.get().contactability
    points = [] if model.flag(customer, "erased") else model.contact_points(customer)
    valid = [point for point in points if point["valid"]]
    if not valid:
        return 0
    reach = sum(
        settings.channels[point["channel"]]
        * (sum(point["consent"].values()) / len(model.PURPOSES))
        * (1 - _failing(customer, point))
        for point in valid
    )
    found: float = reach + settings.sign_of_life * _freshness(customer, now)
    return round(min(100.0, found))


def _failing(customer: Item, point: dict[str, Any]) -> float:
    """Soft failures in a row as a share of those that would make the contact point invalid."""
    kept = customer["contact_facts"]["M"].get(point["channel"]) if "contact_facts" in customer else None
    if kept is None:
        return 0.0
    found = Facts.of(plain(kept), point["value"])
    return min(1.0, len(found.soft) / float(configuration.get().repair.soft_failures))


def _freshness(customer: Item, now: datetime) -> float:
    last = last_sign_of_life(customer)
    if last is None:
        return 0.0
    settings = configuration.get().contactability
    age = (now - clock.parse(last)).total_seconds() / 86_400
    left: float = (settings.stale_days - age) / (settings.stale_days - settings.fresh_days)
    return max(0.0, min(1.0, left))


def last_sign_of_life(customer: Item) -> str | None:
    """When (ISO) he was last heard of, as far as it stands with him."""
    found = [model.text(customer, "last_reply_at")]
    if "last_score" in customer:
        found.append(str(plain(customer["last_score"])["at"]))
    if "contact_facts" in customer:
        facts = plain(customer["contact_facts"])
        found += [max(known.get("good", ""), known.get("sure", "")) for known in facts.values()]
    return max((at for at in found if at), default=None)
