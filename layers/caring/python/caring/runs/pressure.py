"""Contact pressure: one cap over messages, calls, visits and group posts, per customer and rolling window.

Each customer has one item in the messages table, beside his messages, that lists his latest contacts. A sender reserves
a contact there, on the condition that the item is as it was read, before it claims the message: of two runs that meet
the same customer in the same second one is refused, reads again, and sees the other. A reservation of a message's own
cause counts as its own, so that a chunk brought back by its queue is neither refused nor counted twice.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from caring import clock, configuration, environment, tables
from caring.customers.model import Item
from caring.ids import run_of
from caring.messages import ledger
from caring.messages import status as st
from caring.runs.eligibility import Rules

Kind = Literal["message", "call", "visit", "post"]
CAUSE = "contacts"  # the item's sort key: no message has this cause
_TRIES = 8
_NO_CONTACT = (st.REJECTED, st.FAILED, st.SKIPPED)  # what has proven not to reach him


class PressureUnavailable(RuntimeError):
    """The contacts could not be written; the caller's work is done again."""


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact: when (ISO, UTC), of what kind, and for what cause (a message's, or a work item's id)."""

    at: str
    kind: str
    cause: str


@dataclass(frozen=True, slots=True)
class Contacts:
    """A customer's latest contacts, oldest first, as the item's `version` holds them; version 0 is no item yet."""

    version: int = 0
    recent: tuple[Contact, ...] = ()

    def has(self, cause: str) -> bool:
        """Whether a contact of this cause is among them."""
        return any(contact.cause == cause for contact in self.recent)


Known = Mapping[str, Contacts]  # by customer_id


def key(customer_id: str) -> Item:
    """The key of a customer's contacts in the messages table."""
    return {"customer_id": {"S": customer_id}, "cause": {"S": CAUSE}}


def of_items(ids: Iterable[str], items: Iterable[Item]) -> dict[str, Contacts]:
    """The contacts of each of `ids`, from those of their items that exist."""
    found = {item["customer_id"]["S"]: _of_item(item) for item in items}
    return {customer_id: found.get(customer_id, Contacts()) for customer_id in ids}


def _of_item(item: Item) -> Contacts:
    parts = [entry["S"].split("|", 2) for entry in item["recent"]["L"]]
    return Contacts(int(item["version"]["N"]), tuple(Contact(*part) for part in parts))


def read(ids: Iterable[str], *, consistent: bool = True) -> dict[str, Contacts]:
    """The contacts of each customer."""
    table = environment.table("messages")
    wanted = list(dict.fromkeys(ids))
    items = tables.read(table, [key(customer_id) for customer_id in wanted], consistent=consistent)
    return of_items(wanted, items)


def sentence(rules: Rules) -> str:
    """Why a customer is skipped, for staff."""
    if rules.cap is None:
        return ""
    return f"contacted as often as the program's cap allows: {rules.cap[0]} in {rules.cap[1]} days, whatever by"


def over_cap(rules: Rules, known: Known, cause: str, at: Mapping[str, datetime] | datetime) -> set[str]:
    """Those who may not be contacted for `cause` at a moment (one for all, or by customer_id).

    Contacts of every kind count, but for the message's own and, for service messages, those of its own run's earlier
    waves; and messages that have proven not to reach him, for which the ledger is asked if it matters.
    """
    if rules.cap is None:
        return set()
    most, days = rules.cap
    window = timedelta(days=days)
    counted: dict[str, list[Contact]] = {}
    for customer_id, contacts in known.items():
        if len(contacts.recent) < most:
            continue
        moment = at if isinstance(at, datetime) else at[customer_id]
        since = clock.iso(moment - window)
        counting = [one for one in contacts.recent if one.at > since and not _own(rules, one.cause, cause)]
        if len(counting) >= most:
            counted[customer_id] = counting
    if not counted:
        return set()
    failed = _failed((i, one) for i, counting in counted.items() for one in counting)
    return {i for i, counting in counted.items() if sum((i, one.cause) not in failed for one in counting) >= most}


def _failed(contacts: Iterable[tuple[str, Contact]]) -> set[tuple[str, str]]:
    """Those of the contacts (by customer_id and cause) that were messages and have proven not to reach him."""
    of_messages = [(customer_id, one.cause) for customer_id, one in contacts if one.kind == "message"]
    messages = ledger.read(of_messages, ("status",)) if of_messages else {}
    return {pair for pair, item in messages.items() if item["status"]["S"] in _NO_CONTACT}


def moments(customer_id: str) -> list[datetime]:
    """When a customer was contacted, by whatever; without messages that have proven not to reach him."""
    recent = read([customer_id])[customer_id].recent
    failed = _failed((customer_id, one) for one in recent)
    return [clock.parse(one.at) for one in recent if (customer_id, one.cause) not in failed]


def _own(rules: Rules, theirs: str, ours: str) -> bool:
    if theirs == ours:
        return True
    run, other = run_of(ours), run_of(theirs)
    return rules.purpose == "service" and run is not None and other is not None and run[0] == other[0]


def reserve(rules: Rules, known: Known, cause: str, ids: Sequence[str], now: datetime) -> set[str]:
    """Reserve a message's contact for each of at most 25 customers; those over the program's cap are returned instead.

    `known` are their contacts as just read. Raises PressureUnavailable when others keep changing them.
    """
    left, over = list(ids), set[str]()
    for _ in range(_TRIES):
        here = {customer_id: known[customer_id] for customer_id in left if not known[customer_id].has(cause)}
        over |= (refused := over_cap(rules, here, cause, now))
        due = {customer_id: contacts for customer_id, contacts in here.items() if customer_id not in refused}
        left = _add(due, Contact(clock.iso(now), "message", cause), now)
        if not left:
            return over
        known = read(left)
    raise PressureUnavailable(f"the contacts of {len(left)} customers kept changing")


def record_contact(customer_id: str, kind: Kind, cause: str, at: datetime) -> None:
    """Record a contact that took place (a call, a visit, a group post); the same cause is recorded once.

    Raises PressureUnavailable when others keep changing the customer's contacts.
    """
    for _ in range(_TRIES):
        contacts = read([customer_id])[customer_id]
        if contacts.has(cause) or not _add({customer_id: contacts}, Contact(clock.iso(at), kind, cause), clock.now()):
            return
    raise PressureUnavailable("the contacts of a customer kept changing")


def _add(due: Known, contact: Contact, now: datetime) -> list[str]:
    """Add a contact to each customer's list, if that is as it was read; those for whom it was not."""
    if not due:
        return []
    codes = tables.write(_statements(due, contact, now))
    return [customer_id for customer_id, code in zip(due, codes, strict=True) if code]


def _statements(due: Known, contact: Contact, now: datetime) -> list[dict[str, Any]]:
    kept = timedelta(days=configuration.get().pressure.remember_days)
    since, cause = clock.iso(now - kept), {"S": CAUSE}
    expires = {"N": str(int((clock.to_wall(now) + kept).timestamp()))}
    table = environment.table("messages")
    fields = "'customer_id': ?, 'cause': ?, 'recent': ?, 'version': ?, 'expires_at': ?"
    enter = f'INSERT INTO "{table}" VALUE {{{fields}}}'
    sets, where = 'SET "recent"=? SET "version"=? SET "expires_at"=?', '"customer_id"=? AND "cause"=? AND "version"=?'
    change = f'UPDATE "{table}" {sets} WHERE {where}'
    statements = []
    for customer_id, contacts in due.items():
        recent = sorted([*(c for c in contacts.recent if c.at > since), contact], key=lambda c: c.at)
        listed = {"L": [{"S": f"{c.at}|{c.kind}|{c.cause}"} for c in recent]}
        key, version = {"S": customer_id}, {"N": str(contacts.version + 1)}
        if contacts.version == 0:
            statements.append({"Statement": enter, "Parameters": [key, cause, listed, version, expires]})
        else:
            as_read = {"N": str(contacts.version)}
            values = [listed, version, expires, key, cause, as_read]
            statements.append({"Statement": change, "Parameters": values})
    return statements


def without_room(rules: Rules, cause: str, moments: Mapping[str, datetime]) -> Collection[str]:
    """Whom a plan would find over the cap: moments by customer_id say when each could be reached."""
    return over_cap(rules, read(moments, consistent=False), cause, moments)
