"""What receipts say of the contact points that messages went to, and whether their matter can wait."""

from collections.abc import Iterable, Iterator

from caring import configuration
from caring.channels.types import Receipt
from caring.customers import facts
from caring.customers.repair import Heard
from caring.errors import CaringError
from caring.ids import run_of, split_reference
from caring.runs import store

_OF_TICKETS = "closure-"  # causes of what is said about a ticket


def of_receipts(receipts: Iterable[Receipt]) -> Iterator[Heard]:
    """The receipts of our own messages, each as a word on its customer's contact point."""
    kinds: dict[str, str] = {}
    for receipt in receipts:
        key = split_reference(receipt.reference)
        if key is None:
            continue
        cause, customer_id = key
        failed = facts.kind_of(receipt.status, receipt.reason) in ("hard", "soft")
        important = failed and _is_important(cause, kinds)
        value, reason = receipt.recipient, receipt.reason
        yield Heard(customer_id, receipt.channel, receipt.status, reason, receipt.at, value, important)


def _is_important(cause: str, kinds: dict[str, str]) -> bool:
    """Whether a contact point lost over this cause is asked for at once: a ticket's, or a run of an important kind."""
    run = run_of(cause)
    if run is None:
        return cause.startswith(_OF_TICKETS)
    run_id = run[0]
    if run_id not in kinds:
        kinds[run_id] = _kind_of_run(run_id)
    return kinds[run_id] in configuration.get().repair.important_kinds


def _kind_of_run(run_id: str) -> str:
    try:
        return str(store.get_run(run_id).program["kind"])
    except CaringError:
        return ""  # a reference of our form that no run of ours made
