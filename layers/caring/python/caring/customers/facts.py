"""What messages and calls have proven of one contact point: whether its number or mailbox works, and why not.

Facts are kept as the latest time of each kind, so they come to the same whatever order, and however often, they are
heard. A hard failure alone makes the point invalid; soft ones do when so many follow each other without a success.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from caring import configuration
from caring.customers.model import Item, contact_value

Kind = Literal["good", "number", "sure", "hard", "soft"]

GOOD = frozenset({"delivered", "read", "answered"})
SURE = frozenset({"confirmed"})  # by a person who spoke with the customer
HARD = frozenset({"bounced_hard", "invalid_address", "not_on_whatsapp", "invalid_number", "wrong_person"})
SOFT = frozenset(
    {
        "bounced_soft",
        "busy",
        "carrier_unreachable",
        "expired",
        "no_answer",
        "not_reachable",
        "rejected",  # a call that the customer turned down
        "unanswered",
    }
)
_TELEPHONE = ("sms", "voice")
_NUMBERS = (*_TELEPHONE, "whatsapp")
_NOT_BY_DELIVERY = frozenset({"wrong_person"})  # what is delivered to the wrong person is no proof of the right one


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one number or mailbox on one channel; times are ISO UTC.

    `good` what was last delivered or answered, `number` the same on another channel of the number, `sure` a person's
    word, `hard` the last failure by reason, `soft` the latest failures since `good` as "<time>#<reason>".
    """

    value: str
    good: str = ""
    number: str = ""
    sure: str = ""
    hard: Mapping[str, str] | None = None
    soft: tuple[str, ...] = ()

    @classmethod
    def of(cls, kept: Mapping[str, Any] | None, value: str) -> "Facts":
        """The facts as kept with the customer; none if they are about another number or mailbox than `value`."""
        if not kept or kept.get("value") != value:
            return cls(value)
        times = {name: kept.get(name, "") for name in ("good", "number", "sure")}
        return cls(value, **times, hard=dict(kept.get("hard", {})), soft=tuple(kept.get("soft", ())))

    def kept(self) -> dict[str, Any]:
        """As plain values to keep."""
        times = {name: at for name in ("good", "number", "sure") if (at := getattr(self, name))}
        return {"value": self.value, **times, "hard": dict(self.hard or {}), "soft": list(self.soft)}


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a contact point is invalid: the reason of the latest failure, its time, and how many soft ones there were."""

    reason: str
    at: str
    soft: int = 0


def kind_of(status: str, reason: str | None) -> Kind | None:
    """What a status and reason say of the contact point; None when they say nothing (a spam filter, our account)."""
    if status in GOOD:
        return "good"
    if status in SURE:
        return "sure"
    code = reason or status
    return "hard" if code in HARD else "soft" if code in SOFT else None


def learn(facts: Facts, kind: Kind, reason: str, at: str) -> Facts:
    """The facts with one more."""
    if kind in ("good", "number", "sure"):
        facts = replace(facts, **{kind: max(getattr(facts, kind), at)})
    elif kind == "hard":
        known = dict(facts.hard or {})
        facts = replace(facts, hard=known | {reason: max(known.get(reason, ""), at)})
    else:
        facts = replace(facts, soft=(*facts.soft, f"{at}#{reason}"))
    since = max(facts.good, facts.sure)
    # Older ones can't matter any more: the newest are enough to reach the threshold.
    latest = sorted({one for one in facts.soft if one.partition("#")[0] > since})
    return replace(facts, soft=tuple(latest[-_threshold() :]))


def flaw(facts: Facts, channel: str, edited_at: str = "") -> Flaw | None:
    """Why the point is invalid; None if it is thought valid. `edited_at` is when staff last entered it themselves."""
    sure = max(facts.sure, edited_at)
    found = []
    for reason, at in (facts.hard or {}).items():
        proof = sure if reason in _NOT_BY_DELIVERY else max(sure, facts.good)
        if reason == "invalid_number":
            proof = max(proof, facts.number)
        # A mailbox server may bounce what it has taken; a phone that has shown a message can't have failed to.
        if at > proof or (at == proof == facts.good and channel == "email"):
            found.append(Flaw(reason, at))
    soft = [one.partition("#") for one in facts.soft if one.partition("#")[0] > max(sure, facts.good)]
    if len(soft) >= _threshold():
        found.append(Flaw(soft[-1][2], soft[-1][0], len(soft)))
    return max(found, key=lambda one: (one.at, one.reason), default=None)


def _threshold() -> int:
    return int(configuration.get().repair.soft_failures)


def concerned(customer: Item, channel: str, kind: Kind, reason: str) -> Iterable[tuple[str, Kind]]:
    """The channels that a fact on one channel is about, and what it is to each: a number may serve several."""
    yield channel, kind
    value = contact_value(customer, channel)
    for other in _NUMBERS if channel in _NUMBERS else ():
        if other == channel or contact_value(customer, other) != value:
            continue
        if kind == "sure" or reason == "wrong_person":
            yield other, kind
        elif channel in _TELEPHONE and other in _TELEPHONE:
            if kind == "good":
                yield other, "number"
            elif reason == "invalid_number":
                yield other, kind
