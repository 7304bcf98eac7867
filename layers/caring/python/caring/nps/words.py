"""What customers say unasked, praise and complaints of every category: counted beside the comments of their scores."""

from datetime import datetime

from caring import once
from caring.customers import store as customers
from caring.messages import ledger
from caring.nps import origin, store
from caring.understanding import themes


def record(
    customer_id: str,
    *,
    text: str,
    category: str,
    source: str,
    channel: str | None,
    at: datetime,
    event_id: str,
    quotes: str | None = None,
) -> None:
    """Count what a customer said, once per `event_id`; `category` is the contract's name.

    It belongs to the program whose message he quotes (by its provider's id), else to none, and to that program's
    episode, else to his latest. CaringError 404 for an unknown customer.
    """
    customer = customers.get(customer_id)
    moment = once.first_time(f"said#{customer_id}#{event_id}", at)
    about = origin.of_message(ledger.cause_of(customer_id, quotes) if quotes else None, customer)
    details = {
        "category": category,
        "comment": text,
        "themes": themes.of(text) or None,
        "source": source,
        "channel": channel,
        "episode": about.episode,
        "program_id": about.program_id,
    }
    store.put(store.entry("said", customer, moment, event_id, details))
