"""Which of a customer's tickets a complaint belongs to: an open one that it joins, an ended one that it opens again."""

from caring.tickets import closing, listing, routing, store
from caring.tickets.store import Ticket
from caring.understanding import answers

_MOST = 20  # of a customer's latest tickets


def open_one(going_on: list[Ticket], said: routing.Sorted, source: str) -> Ticket | None:
    """The open ticket that a complaint belongs to, the newest of them; None if it is another matter."""
    candidates = _alike(going_on, said) or (going_on if source == "reply" else [])
    return candidates[0] if candidates else None


def _alike(tickets: list[Ticket], said: routing.Sorted) -> list[Ticket]:
    """The tickets of the same category or matter, else those of which nobody can say that they are not."""
    alike = [t for t in tickets if t["category"] == said.category or (said.matter and t.get("matter") == said.matter)]
    return alike or [t for t in tickets if said.category in routing.VAGUE or t["category"] in routing.VAGUE]


def is_his_no(ticket: Ticket, said: routing.Sorted, event_id: str) -> bool:
    """Whether a complaint is the wording of the no that opens its ticket again, and so no further complaint."""
    heard = any(
        entry["event"] in ("answered", "reopened") and entry.get("by_event") == event_id
        for entry in ticket["history"].values()
    )
    return heard and bool(_alike([ticket], said))


def ended_one(customer_id: str, text: str, said: routing.Sorted) -> Ticket | None:
    """The ended ticket that a reply opens again, the newest of them; None if it is another matter.

    That is one of the same category or matter, if the reply reads as a no to whether that is over, or names its very
    matter; a vague reply that reads as a no is about the newest.
    """
    answer = answers.yes_no(text, "closure")
    refuses = answer is not None and answer.value == "no"
    ended, _ = listing.of_customer(customer_id, store.ENDED, None, _MOST)
    for ticket in filter(closing.may_open_again, ended):
        same_matter = said.matter is not None and ticket.get("matter") == said.matter
        alike = same_matter or ticket["category"] == said.category or said.category in routing.VAGUE
        if same_matter or (alike and refuses):
            return ticket
    return None
