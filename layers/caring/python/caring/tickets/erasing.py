"""A customer's data are erased: his tickets end, nobody works on them any more, and nobody asks him anything."""

from caring.tickets import clocks, ending, machine, store
from caring.tickets.store import Ticket
from caring.work import handling, items

_TRIES = 5


def end(ticket_id: str) -> None:
    """End a ticket because its customer's data are erased, and its execution with it; again is harmless.

    One that had ended before stays as it ended. Nobody adds work to an ended ticket, so what it knows then is all.
    """
    for _ in range(_TRIES):
        ticket = store.get(ticket_id)
        if ticket["state"] in store.ENDED:
            break
        ending.end(ticket, "closed", reason=store.ERASED)
    else:
        raise RuntimeError("the ticket keeps changing: it is ended when this is done again")
    if ticket.get("closed_reason") == store.ERASED:
        clocks.disarm(ticket)
        _let_go(ticket)


def _let_go(ticket: Ticket) -> None:
    """Tell whatever waits for an answer that there is none to come; a token is forgotten once it was told."""
    for item in items.read(list(ticket["items"])):
        if token := item.get("token"):
            machine.tell(token, "ended")
            handling.forget_token(item["work_id"], token)
    if token := (ticket.get("question") or {}).get("token"):
        machine.tell(token, "ended")
    handling.withdraw(list(ticket["items"]), outcome=store.ERASED)
