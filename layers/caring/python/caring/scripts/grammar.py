"""The grammar of scripts: plain text with {placeholders} out of a closed list; {{ and }} are the braces themselves.

There are no conditions, loops or expressions: what staff approve is what customers read.
"""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Placeholder:
    """What may stand in braces: what it is, an example of it, where it comes from.

    source: "customer" (a field of his), "link" or "value" (of each message: made for it, or given by who sends it),
    "constant" (the same for every customer).
    """

    name: str
    meaning: str
    example: str
    source: str = "customer"


PLACEHOLDERS = {
    p.name: p
    for p in (
        Placeholder("name", "the customer's name as he gave it", "Siti Nurhaliza"),
        Placeholder("short_name", "the name cut at a word to 20 characters at most, for SMS", "Siti Nurhaliza"),
        Placeholder("salutation", "the polite form of address in the script's language", "Bapak/Ibu", "constant"),
        Placeholder("customer_id", "the whole IndiHome number", "131545290415"),
        Placeholder("customer_id_masked", "the IndiHome number with its middle hidden", "1315****0415"),
        Placeholder("amount_due", "what is to be paid", "Rp 350.000"),
        Placeholder("due_date", "until when", "24 November 2026"),
        Placeholder("monthly_charge", "the subscription's monthly price", "Rp 350.000"),
        Placeholder("product", "the product subscribed to", "IndiHome 2P 50 Mbps"),
        Placeholder("points", "the balance of points", "1.250"),
        Placeholder("payment_link", "the page for paying", "https://www.example.com/bayar", "constant"),
        Placeholder("unsubscribe_link", "the customer's own link to end such e-mails", "https://…/l/abc", "link"),
        Placeholder("score_link", "the customer's own link to give a score", "https://…/l/abc", "link"),
        Placeholder("closure_link", "his own link to say whether the trouble is over", "https://…/l/abc", "link"),
        Placeholder("rsvp_link", "his own link to say whether he comes", "https://…/l/abc", "link"),
        Placeholder("ticket_id", "the ticket that a message is about", "t-01k9x2f7qm", "value"),
        Placeholder("call_centre", "the telephone number of the call centre", "147", "constant"),
        Placeholder("sender_name", "the unit that writes", "IndiHome Care Witel Bandung", "constant"),
        Placeholder("media_base", "where the pictures lie", "https://www.example.com/media", "constant"),
    )
}

LINKS = tuple(name for name, placeholder in PLACEHOLDERS.items() if placeholder.source == "link")
VALUES = tuple(name for name, placeholder in PLACEHOLDERS.items() if placeholder.source == "value")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a text, at which character (from 0): code unknown_placeholder or unbalanced_brace."""

    code: str
    at: int
    message: str


def parse(text: str) -> tuple[list[str | Placeholder], list[Problem]]:
    """A text as literals and placeholders in turn, and what is wrong with it.

    Text that is wrong stays in as a literal, so that a preview shows it.
    """
    parts: list[str | Placeholder] = []
    problems: list[Problem] = []
    for at, token in _tokens(text):
        if token in ("{{", "}}"):
            parts.append(token[0])
        elif token in ("{", "}"):
            problems.append(
                Problem("unbalanced_brace", at, f"a single {token} here: write {token * 2} for the sign itself")
            )
            parts.append(token)
        elif token[0] == "{":
            found = PLACEHOLDERS.get(token[1:-1])
            if found is None:
                known = ", ".join(PLACEHOLDERS)
                problems.append(Problem("unknown_placeholder", at, f"there is no {token[:40]}; there are: {known}"))
            parts.append(found or token)
        else:
            parts.append(token)
    return parts, problems


def _tokens(text: str) -> Iterator[tuple[int, str]]:
    """(position, token): a doubled brace, a {name}, a single brace, or the text up to the next brace."""
    at = 0
    while at < len(text):
        if text.startswith(("{{", "}}"), at):
            end = at + 2
        elif text[at] == "{":
            close = text.find("}", at)
            inside = text[at + 1 : close]
            end = close + 1 if close > 0 and "{" not in inside and "\n" not in inside else at + 1
        elif text[at] == "}":
            end = at + 1
        else:
            braces = [found for brace in "{}" if (found := text.find(brace, at)) >= 0]
            end = min(braces, default=len(text))
        yield at, text[at:end]
        at = end


def names(text: str) -> list[str]:
    """The placeholders of a text, each once, in order of appearance."""
    return list(dict.fromkeys(part.name for part in parse(text)[0] if isinstance(part, Placeholder)))


def escape(text: str) -> str:
    """A text in which braces mean themselves."""
    return text.replace("{", "{{").replace("}", "}}")
