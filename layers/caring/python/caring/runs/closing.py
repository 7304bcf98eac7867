"""After the last wave: work items for those whom no message reached, to call or to visit.

A run of several waves ends in the locker of its witel: a call for each customer who may be called, a visit for one of
high value. Items have ids of their own run and customer, so making them twice makes them once.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from caring.customers import areas
from caring.customers.bulk import read_customers
from caring.customers.model import Item, consent, contact_value, invalid_reason, text
from caring.messages import status as st
from caring.runs import store, waves
from caring.runs.eligibility import Rules, decide
from caring.runs.waves import Sent
from caring.work import items

_NEEDS_NOBODY = (st.SKIPPED, st.PENDING, st.SENDING)
_READS = ("last_reply_at", "segment", "consent_voice", *areas.FIELDS)


def close_shard(run: store.Run, rules: Rules, base: int) -> Counter[str]:
    """Make the work items of one base shard. Returns how many of each kind are wanted."""
    made = list(_wanted(run, rules, base))
    items.enter(made)
    return Counter(item["kind"] for item in made)


def _wanted(run: store.Run, rules: Rules, base: int) -> Iterator[dict[str, Any]]:
    last_wave = waves.count(run.program)
    goal = waves.until(run.program, last_wave)
    tried = {
        customer_id: sent
        for customer_id, sent in waves.history(run, base, run.wave).items()
        if sent[-1].status not in _NEEDS_NOBODY
    }
    customers = read_customers(list(tried), tuple(dict.fromkeys((*rules.reads, *_READS))))
    for customer_id, sent in tried.items():
        customer, last = customers.get(customer_id), sent[-1]
        if customer is None or waves.reached(last, customer, goal) or decide(rules, customer).reason in _RULED_OUT:
            continue
        if waves.opted_out(sent, customer, rules.purpose):
            continue
        kind = "visit" if text(customer, "segment") == "HVC" else "call"
        if kind == "call" and not _callable(customer, rules.purpose):
            continue
        yield _item(run, customer, kind, last)


_RULED_OUT = ("erased", "paid", "payment_check", "open_ticket", "fresh_detractor", "incident", "opted_out")


def _callable(customer: Item, purpose: str) -> bool:
    return bool(
        contact_value(customer, "voice")
        and not invalid_reason(customer, "voice")
        and consent(customer, "voice", purpose)
    )


def _item(run: store.Run, customer: Item, kind: str, last: Sent) -> dict[str, Any]:
    reason = f"{last.channel} {last.status}" + (f" ({last.reason})" if last.reason else "")
    work_id = f"{kind}-{run.run_id}-{customer['customer_id']['S']}"
    place = {name: text(customer, name) for name in ("village", "district")} if kind == "visit" else {}
    return (
        items.about(customer, kind, work_id, unit="crm", reason=reason)
        | place
        | {
            "run_id": run.run_id,
            "program_id": run.program_id,
            "script": f"{run.program['script_id']}#{run.script_version}",
        }
    )
