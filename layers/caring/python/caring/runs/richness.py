"""The channel of a message by media richness (Daft & Lengel): rich enough for its matter, then cheap.

A channel's richness is the sum of four factors (cues, immediacy of feedback, language variety, personal focus; 0–3
each); a program's kind states how equivocal its matter is, and so the least richness. Both stand in configuration
[richness]. It is a prior, not a law: GET /runs/{run_id}/effect tells what came of each choice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from caring import configuration
from caring.customers.model import Item, text
from caring.programs.kinds import KINDS

FACTORS = ("cues", "immediacy", "language", "focus")


@dataclass(frozen=True, slots=True)
class Choice:
    """A channel and the sentence that says why; few sentences for many customers, for plans group by them."""

    channel: str
    why: str


def richness_of(channel: str) -> int:
    """The sum of a channel's four factors, 0 to 12."""
    factors: Mapping[str, int] = configuration.get().richness.channels[channel]
    return sum(factors[name] for name in FACTORS)


def least_for(kind: str) -> int:
    """The richness that a kind of program needs at least."""
    return int(configuration.get().richness.least[KINDS[kind].equivocal])


@dataclass(frozen=True, slots=True)
class Router:
    """The choice for one program's matter. What it has decided once it remembers, by what it was decided from."""

    least: int
    rich: Mapping[str, int]
    prices: Mapping[str, float]
    known: dict[tuple[object, ...], Choice] = field(default_factory=dict, compare=False)

    def choose(self, usable: Sequence[str], customer: Item) -> Choice:
        """The channel to take of those that may be used (at least one).

        Of those rich enough the cheapest, then the one on which the customer has answered before (`answers_on`); if
        none is, the richest. What staff have chosen for him (`preferred`) goes before.
        """
        preferred = preferred_channel(customer) if "preferred" in customer else None
        answers_on = text(customer, "answers_on")
        key = (*usable, preferred, answers_on)
        choice = self.known.get(key)
        if choice is None:
            choice = self.known[key] = self._choose(usable, preferred, answers_on)
        return choice

    def reason_for(self, channel: str, usable: Sequence[str], customer: Item) -> str:
        """Why a channel that was planned is the one: the first choice, or the next after those that come before it.

        Those were tried by an earlier wave, could not be used, or were not what staff had chosen, when it was planned.
        """
        left = list(usable)
        before: list[str] = []
        while channel in left:
            choice = self.choose(left, customer)
            if choice.channel == channel:
                return f"{choice.why}, after {' and '.join(before)} when this was planned" if before else choice.why
            left.remove(choice.channel)
            before.append(choice.channel)
        return ""

    def _choose(self, usable: Sequence[str], preferred: str | None, answers_on: str | None) -> Choice:
        if preferred in usable:
            assert preferred is not None  # noqa: S101  (it is in the list; for the type checker)
            return Choice(preferred, f"{preferred}: chosen for this customer by staff, for a reason kept with him")
        enough = [channel for channel in usable if self.rich[channel] >= self.least]
        if not enough:
            best = min(usable, key=lambda channel: (-self.rich[channel], self.prices[channel], channel))
            return Choice(
                best,
                f"{best}: the richest channel that may be used, though its matter needs more "
                f"(richness {self.rich[best]} of {self.least})",
            )
        best = min(enough, key=lambda channel: (self.prices[channel], channel != answers_on, channel))
        by_price = sorted(enough, key=lambda channel: (self.prices[channel], channel))
        listed = ", ".join(f"{channel} {self.prices[channel]:g}" for channel in by_price)
        why = f"{best}: cheapest of the valid and consented channels"
        if self.least:
            why += f" that are rich enough (at least {self.least})"
        if best == answers_on and any(self.prices[c] == self.prices[best] for c in enough if c != best):
            why += ", and the one he has answered on"
        return Choice(best, f"{why} (rupiah each: {listed})")


def router_for(kind: str) -> Router:
    """The router of a kind of program."""
    table = configuration.get()
    return Router(least_for(kind), {channel: richness_of(channel) for channel in table.richness.channels}, table.prices)


def preferred_channel(customer: Item) -> str | None:
    """The channel that staff have chosen for a customer, or None."""
    entry = customer.get("preferred")
    return str(entry["M"]["channel"]["S"]) if entry and "M" in entry else None
