"""Contact repair: what came of messages and calls becomes facts on contact points, and a person mends what is broken.

A contact point goes invalid with a reason and a time, and is valid again once something is delivered there. A customer
with none left, or over whose important matter one was lost, gets one open work item, and every other contact asks too
(caring.customers.repair_rounds). Facts are kept with the customer, written on the condition that nobody else came
between; a good receipt costs no write unless its contact point is invalid: the ledger remembers what was delivered.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from caring import aws, clock, environment, timeline
from caring.customers import facts, model, repair_rounds, store
from caring.customers.bulk import read_customers
from caring.customers.facts import Facts, Flaw
from caring.customers.model import Item
from caring.errors import CaringError, conflict
from caring.messages import ledger
from caring.typed import plain, typed

OUTCOMES = ("fixed", "unreachable")
CONTACT_FIELDS = ("phone", "whatsapp", "home_phone", "email")
_TRIES = 8
_READS = ("customer_id", "invalid")


class Heard(NamedTuple):
    """A provider's word on one message; `value` is the number or mailbox it went to, where that is told."""

    customer_id: str
    channel: str
    status: str
    reason: str | None
    at: datetime
    value: str | None = None
    important: bool = False


def hear(
    customer_id: str,
    channel: str,
    status: str,
    reason: str | None,
    at: datetime,
    *,
    value: str | None = None,
    important: bool = False,
) -> None:
    """Take what came of a message or call as a fact on its contact point; hearing it again changes nothing.

    `status` and `reason` as in receipts; a call's outcome (answered, rejected, no_answer, invalid_number, wrong_person)
    or "confirmed" may stand as the status alone. `important`: its matter is one for which a lost contact point is asked
    for at once. Nothing happens for an unknown or erased customer. CaringError 409 if others keep changing him.
    """
    kind = facts.kind_of(status, reason)
    if kind is None:
        return
    word = Heard(customer_id, channel, status, reason or status, at, value, important)
    for _ in range(_TRIES):
        customer = read_customers([customer_id]).get(customer_id)
        if customer is None or model.flag(customer, "erased") or not _is_about(customer, word):
            return
        reached = ledger.last_reached(customer_id) if kind in ("hard", "soft") else {}
        change = _change(customer, word, kind, reached)
        if change is None:
            break
        # A delivery that was recorded while a loss was written has seen no reason to speak up: look again.
        if _write(customer, change) and not (change.lost and ledger.last_reached(customer_id) != reached):
            customer = change.after
            break
    else:
        raise conflict("changed_meanwhile", "the customer is being changed by others: try again")
    if repair_rounds.is_open(customer):
        repair_rounds.enter(customer)


def hear_all(heard: Iterable[Heard]) -> None:
    """Take many receipts. Good ones are looked at only where a contact point is invalid."""
    words = [(word, facts.kind_of(word.status, word.reason)) for word in heard]
    good = {word.customer_id for word, kind in words if kind == "good"}
    flawed = {i for i, item in read_customers(sorted(good), _READS).items() if item.get("invalid", {}).get("M")}
    for word, kind in words:
        if kind in ("hard", "soft") or (kind == "good" and word.customer_id in flawed):
            hear(*word[:5], value=word.value, important=word.important)


class _Change(NamedTuple):
    """The customer after a fact: attributes to set, and channels that became invalid (a Flaw) or valid (None)."""

    sets: dict[str, Any]
    turned: dict[str, Flaw | None]
    after: Item

    @property
    def lost(self) -> bool:
        return any(self.turned.values())


def _is_about(customer: Item, word: Heard) -> bool:
    """Whether a word is about the number or mailbox that the customer has now."""
    now = model.contact_value(customer, word.channel)
    if now is None:
        return False
    # Providers write a mailbox's domain in ASCII, so another way of writing is no other mailbox.
    return word.value is None or word.value.casefold() == now.casefold() or not now.isascii()


def _change(customer: Item, word: Heard, kind: facts.Kind, reached: Mapping[str, str]) -> _Change | None:
    """What a fact changes; None if it was known."""
    reason, at = word.reason or "", clock.iso(word.at)
    kept = dict(plain(customer["contact_facts"])) if "contact_facts" in customer else {}
    invalid = dict(plain(customer["invalid"])) if "invalid" in customer else {}
    edited = dict(plain(customer["edited"])) if "edited" in customer else {}
    before = dict(kept), dict(invalid)
    turned: dict[str, Flaw | None] = {}
    for channel, meaning in facts.concerned(customer, word.channel, kind, reason):
        value = model.contact_value(customer, channel) or ""
        known = _with_ledger(Facts.of(kept.get(channel), value), channel, reached)
        learned = facts.learn(known, meaning, reason, at)
        kept[channel] = learned.kept()
        flaw = facts.flaw(learned, channel, edited.get(model.CONTACT_FIELD[channel], ""))
        if (flaw is None) != (channel not in invalid):
            turned[channel] = flaw
        if flaw is None:
            invalid.pop(channel, None)
        else:
            invalid[channel] = {"reason": flaw.reason, "at": flaw.at, "soft": flaw.soft}
    if (kept, invalid) == before:
        return None
    sets: dict[str, Any] = {"contact_facts": kept, "invalid": invalid}
    after = customer | {name: typed(value) for name, value in sets.items()}
    lost = next((flaw for flaw in turned.values() if flaw), None)
    if lost and (repair := repair_rounds.opened(after, lost, important=word.important)):
        sets["repair"] = repair
        after["repair"] = typed(repair)
    return _Change(sets, turned, after)


def _with_ledger(known: Facts, channel: str, reached: Mapping[str, str]) -> Facts:
    if at := reached.get(channel):
        known = facts.learn(known, "good", "", at)
    if other := reached.get({"sms": "voice", "voice": "sms"}.get(channel, "")):
        known = facts.learn(known, "number", "", other)
    return known


def _write(customer: Item, change: _Change) -> bool:
    """Write the change and its events, all or none, if the customer is as he was read; False if he is not."""
    version = model.number(customer, "version")
    names = {f"#s{place}": name for place, name in enumerate(change.sets)}
    values = {f":s{place}": typed(value) for place, value in enumerate(change.sets.values())} | {":one": {"N": "1"}}
    update = {
        "TableName": environment.table("customers"),
        "Key": {"customer_id": customer["customer_id"]},
        "UpdateExpression": "SET " + ", ".join(f"#s{p} = :s{p}" for p in range(len(names))) + " ADD #version :one",
        "ConditionExpression": "attribute_exists(customer_id) AND "
        + ("attribute_not_exists(#version)" if version is None else "#version = :version"),
        "ExpressionAttributeNames": names | {"#version": "version"},
        "ExpressionAttributeValues": values | ({} if version is None else {":version": {"N": str(version)}}),
    }
    table = environment.table("timeline")
    puts = [{"Put": {"TableName": table, "Item": event}} for event in _events(customer["customer_id"]["S"], change)]
    try:
        aws.client("dynamodb").transact_write_items(TransactItems=[{"Update": update}, *puts])
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("TransactionCanceledException", "TransactionConflictException"):
            raise
        return False
    return True


def _events(customer_id: str, change: _Change) -> Iterator[Item]:
    """What turned invalid or valid, as events of the timeline, under the time at which it did."""
    for channel, flaw in change.turned.items():
        known = change.sets["contact_facts"][channel]
        at = flaw.at if flaw else max(known.get(name, "") for name in ("good", "sure", "number"))
        details = {"channel": channel, "valid": flaw is None, "reason": flaw.reason if flaw else None}
        name = f"contact-{channel}-{'invalid' if flaw else 'valid'}"
        yield timeline.event_item(customer_id, "contact_point", clock.parse(at), details, name)


def completed(item: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    """Take the answer to a repair item: {outcome: "fixed", values: {phone|whatsapp|home_phone|email}, by, at?} or
    {outcome: "unreachable", …}. Doing it again changes nothing; call it before the item is noted as done.

    Values are checked as PATCH /customers checks them, and their contact points are valid again. CaringError 400 for a
    bad outcome or value.
    """
    outcome, values = answer.get("outcome"), answer.get("values") or {}
    if outcome not in OUTCOMES:
        raise CaringError("bad_outcome", f"outcome must be one of: {', '.join(OUTCOMES)}")
    unknown = sorted(set(values) - set(CONTACT_FIELDS))
    if unknown or (outcome == "fixed" and not any(values.values())):
        raise CaringError("bad_value", f"values: give what was fixed, of {', '.join(CONTACT_FIELDS)}")
    customer_id, actor = str(item["customer_id"]), str(answer.get("by") or item.get("claimed_by") or "unknown")
    at = clock.parse(answer["at"]) if answer.get("at") else clock.now()
    if outcome == "fixed":
        store.patch(customer_id, values, actor=actor)
        for channel, field in model.CONTACT_FIELD.items():
            if values.get(field):
                hear(customer_id, channel, "confirmed", None, at)
    if repair_rounds.close(customer_id, int(item["round"])):
        timeline.append(
            customer_id,
            "contact_repair",
            at=at,
            event_id=str(item["work_id"]),
            outcome=outcome,
            fields=sorted(values),
            by=actor,
        )
    return {"outcome": outcome, "fields": sorted(values)}
