"""The kinds of program, as presets in one table: a kind is a row here, never code of its own."""

from dataclasses import dataclass, field
from typing import Any, Literal

from caring import configuration
from caring.understanding.meaning import Kind as Question

Purpose = Literal["offers", "service", "survey"]
Until = Literal["read", "reply", "paid", "ordered"]
KindName = Literal[
    "billing_reminder",
    "ticket_follow_up",
    "complaint_follow_up",
    "loyalty",
    "point_redemption",
    "upsell",
    "welcome",
    "winback",
    "survey",
    "gathering",
    "webinar",
]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of program starts from; a program may state its own audience, waves and cap instead."""

    name: KindName
    purpose: Purpose  # the consent it needs
    episode: str  # of the customer's journey
    until: Until  # what ends the waves for a customer
    marketing: bool = False  # an offer: WhatsApp's marketing category, the hours of offers
    waves: tuple[tuple[int, Until], ...] = ()  # further tries: (hours after the wave before, until); none = one try
    cap: tuple[int, int] = (2, 7)  # at most so many messages in so many days
    audience: dict[str, Any] | None = field(default=None)  # None: the program has to say
    question: Question | None = None  # that its messages ask, so that a reply is read as an answer to it

    @property
    def equivocal(self) -> int:
        """0–3: how much its matter can be misunderstood, so how rich a channel it needs (configuration [richness])."""
        return int(configuration.get().richness.equivocal[self.name])


# Owing, not paid, from 14 days after the due date to 7 days before it.
_BILL_TO_PAY: dict[str, Any] = {
    "all": [
        {"field": "amount_due", "is": "at_least", "value": 1},
        {"field": "paid_on", "is": "blank"},
        {"field": "due_in_days", "is": "between", "value": [-14, 7]},
    ]
}
_NEW: dict[str, Any] = {"field": "days_since_activation", "is": "between", "value": [0, 30]}
_HIGH_VALUE: dict[str, Any] = {"field": "segment", "is": "equals", "value": "HVC"}
_POINTS: dict[str, Any] = {"field": "points", "is": "at_least", "value": 100}

KINDS: dict[str, Kind] = {  # by name
    kind.name: kind
    for kind in (
        Kind("billing_reminder", "service", "pay", "paid", waves=((0, "paid"),), audience=_BILL_TO_PAY),
        Kind("ticket_follow_up", "service", "get_support", "reply", waves=((0, "reply"),)),
        Kind("complaint_follow_up", "service", "get_support", "reply", waves=((0, "reply"),)),
        Kind("loyalty", "offers", "use", "read", marketing=True, waves=((0, "read"),), audience=_HIGH_VALUE),
        Kind(
            "point_redemption",
            "offers",
            "use",
            "ordered",
            marketing=True,
            waves=((0, "ordered"),),
            audience=_POINTS,
            question="redemption",
        ),
        Kind("upsell", "offers", "buy", "ordered", marketing=True, waves=((0, "ordered"),), cap=(1, 7)),
        Kind("welcome", "service", "activate", "read", waves=((0, "read"),), audience=_NEW),
        Kind("winback", "offers", "leave", "reply", marketing=True, waves=((0, "reply"),), cap=(1, 14)),
        Kind("survey", "survey", "use", "reply", waves=((0, "reply"),), cap=(1, 30), question="survey"),
        Kind(
            "gathering",
            "offers",
            "use",
            "reply",
            marketing=True,
            waves=((0, "reply"),),
            audience=_HIGH_VALUE,
            question="rsvp",
        ),
        Kind("webinar", "offers", "use", "reply", marketing=True, waves=((0, "reply"),), question="rsvp"),
    )
}
