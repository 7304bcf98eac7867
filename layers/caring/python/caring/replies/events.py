"""One body of a provider, taken whole: receipts to the ledger, messages to the reply queue, the rest parked."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from caring import configuration, parked
from caring.channels import receive
from caring.channels.types import STOP_RUN_REASONS, Receipt
from caring.customers import consents, presence, repair
from caring.customers.model import CHANNELS
from caring.errors import CaringError
from caring.ids import run_of, split_reference
from caring.messages import receipts, refusals
from caring.replies import handing, outcomes
from caring.runs import control, counters, guards

_SENT = ("unknown", "accepted", "delivered", "read", "failed")
_REACHED = ("delivered", "read")
_STOPPED = "opted_out_at_provider"
EARLY_TRIES = 4  # how often the queue brings a receipt back whose message is not recorded yet, before it is parked


_HEALTH: Mapping[str, guards.Health] = {channel: guards.Health() for channel in CHANNELS}  # what this worker saw


class TooEarly(RuntimeError):
    """A receipt came before its message was recorded: the queue will bring it again."""


@dataclass(slots=True)
class Tally:
    """What a batch of bodies changed in the counters, and says of providers and contact points: written after it."""

    deltas: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    receipts: list[Receipt] = field(default_factory=list)
    refusals: list[Receipt] = field(default_factory=list)

    def close(self) -> None:
        """Count, look whether a channel or a run should be held, and keep what contact points have proven to be.

        A crash before the counting is mended by reconciling; one in here has the queue bring the whole batch again.
        """
        counters.add_by_cause(self.deltas)
        guards.hear(self.receipts, _HEALTH)
        _halt_runs(self.receipts)
        repair.hear_all(outcomes.of_receipts([*self.receipts, *self.refusals]))
        presence.learn(_users(self.receipts))


def _users(found: Iterable[Receipt]) -> dict[str, str]:
    """WhatsApp's id of each customer to whom a conversation's message was delivered: those may answer.

    Of a run's many messages none is looked at, so that their receipts cost no more.
    """
    said = [(receipt.user_id, split_reference(receipt.reference)) for receipt in found if receipt.status in _REACHED]
    return {key[1]: user for user, key in said if user and key and run_of(key[0]) is None}


def take_event(body: str, tally: Tally | None = None, tries: int = 1) -> dict[str, int]:
    """Take one body; `tries` is how often it has been received. Returns counts for the log.

    Taking a body again is harmless. Raises TooEarly, or what the stores raise, to have the queue bring it back.
    """
    refused = refusals.read(body)
    if refused is not None:
        return {"refusals": take_refusals(refused, tally)}
    received = receive.parse(body)
    early = take_receipts(received.receipts, tally)
    for message in received.inbound:
        handing.hand_on(message)
    for odd in received.parked:
        parked.park("reply" if odd.reason.startswith("reply") else "receipt", odd.reason, body, detail=odd.detail)
    if early and tries < EARLY_TRIES:
        raise TooEarly(f"{len(early)} receipts without their message")
    for receipt in early:
        parked.park("receipt", "message_not_recorded", body, reference=receipt.reference)
    return {"receipts": len(received.receipts), "inbound": len(received.inbound), "parked": len(received.parked)}


def take_receipts(found: Iterable[Receipt], tally: Tally | None = None) -> list[Receipt]:
    """Move messages forward; returns the receipts whose message is not recorded.

    What changed goes to the tally of the batch; without one it is counted at once.
    """
    if tally is None:
        alone = Tally()
        early = take_receipts(found, alone)
        alone.close()
        return early
    found = list(found)
    recorded = receipts.record(found)
    for cause, changes in recorded.deltas.items():
        tally.deltas[cause].update(changes)
    tally.receipts += found
    _hear_opt_outs(found)
    for receipt in recorded.foreign:
        detail = f"{receipt.channel} {receipt.status}"
        parked.park("receipt", "not_our_reference", detail, detail=receipt.provider_message_id or "")
    for customer_id, receipt in recorded.spam_reports:
        _hear_spam_report(customer_id, receipt)
    return recorded.early


def take_refusals(found: list[Receipt], tally: Tally | None = None) -> int:
    """Take what providers refused at once, which the ledger has counted already; how many there were."""
    if tally is None:
        alone = Tally()
        taken = take_refusals(found, alone)
        alone.close()
        return taken
    tally.refusals += found
    _hear_opt_outs(found)
    return len(found)


def _hear_opt_outs(found: Iterable[Receipt]) -> None:
    """Who has stopped a channel at its provider has withdrawn his consent: WhatsApp's stop is of offers, others of all.

    A customer who is not there any more has nothing to withdraw.
    """
    for receipt in found:
        key = split_reference(receipt.reference)
        if key is None or receipt.reason != _STOPPED:
            continue
        try:
            consents.record(
                key[1],
                consents.expand(receipt.channel, "offers" if receipt.channel == "whatsapp" else "all"),
                granted=False,
                source="provider",
                actor="customer",
                at=receipt.at,
                event_id=f"stopped-{receipt.reference}",
                reference=receipt.reference,
            )
        except CaringError as error:
            if error.status != 404:
                raise


def _hear_spam_report(customer_id: str, receipt: Receipt) -> None:
    """A spam report is a withdrawal: nothing more by e-mail, for any purpose."""
    consents.record(
        customer_id,
        consents.expand(receipt.channel, "all"),
        granted=False,
        source="spam_report",
        actor="customer",
        at=receipt.at,
        event_id=f"spam-{receipt.reference}",
        reference=receipt.reference,
    )


def _halt_runs(found: Iterable[Receipt]) -> None:
    """A provider that answers later says here that a template or account is stopped: the next would fare alike.

    One such receipt may be about its customer alone, so a run is paused when they are many among what it sent.
    """
    suspect = {
        run: receipt.reason
        for receipt in found
        if receipt.status == "failed" and receipt.reason in STOP_RUN_REASONS
        for run in [run_of((split_reference(receipt.reference) or ("", ""))[0])]
        if run
    }
    for (run_id, wave), reason in suspect.items():
        counted = counters.read(run_id, wave)
        failed = counted[f"failed:{reason}"]
        sent = sum(n for name, n in counted.items() if name.split(":")[0] in _SENT)
        limits = configuration.get().guards
        if failed >= limits.stop_least and failed >= limits.stop_share * sent:
            control.halt(run_id, str(reason))


def replay(limit: int = 200) -> dict[str, int]:
    """Try again the parked receipts whose message was not recorded: {landed, still_parked}."""
    landed = still = 0
    tally = Tally()
    for entry in parked.read("receipt", limit, newest_first=False):
        if entry["reason"] != "message_not_recorded":
            continue
        again = [r for r in receive.parse(entry["body"]).receipts if r.reference == entry.get("reference")]
        if take_receipts(again, tally):
            still += 1
        else:
            parked.remove("receipt", entry["at_id"])
            landed += 1
    tally.close()
    return {"landed": landed, "still_parked": still}
