"""Customers' values as they stand in a script: money, days and names in the customer's language.

Everything is read straight from the customer's item, because a send does this for each message.
"""

from collections.abc import Callable
from functools import lru_cache

from caring.customers.model import Item
from caring.errors import CaringError

LANGUAGES = ("id", "su", "en")

_MONTHS = {
    "id": [
        "Januari",
        "Februari",
        "Maret",
        "April",
        "Mei",
        "Juni",
        "Juli",
        "Agustus",
        "September",
        "Oktober",
        "November",
        "Desember",
    ],
    "su": [
        "Januari",
        "Pébruari",
        "Maret",
        "April",
        "Méi",
        "Juni",
        "Juli",
        "Agustus",
        "Séptémber",
        "Oktober",
        "Nopémber",
        "Désémber",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}
SALUTATIONS = {"id": "Bapak/Ibu", "su": "Bapa/Ibu", "en": "Mr/Ms"}


class MissingValue(CaringError):
    """A customer lacks a value that the script speaks of: code missing_value, `placeholder` says which."""

    def __init__(self, placeholder: str) -> None:
        super().__init__("missing_value", f"the customer has no {placeholder}, of which the script speaks", 409)
        self.placeholder = placeholder


def clean(text: str) -> str:
    """A value on one line: line breaks and control characters become blanks, invisible marks go.

    A name must not begin a line of its own, hide what follows by turning the writing direction, or break WhatsApp's
    rule that a parameter has no line breaks, tabs or more than four blanks in a row.
    """
    if text.isprintable() and "  " not in text:
        return text
    kept = (c if c.isprintable() else "" if _invisible(c) else " " for c in text)
    return " ".join("".join(kept).split())


def _invisible(character: str) -> bool:
    return character in "\u00ad\u061c\ufeff" or "\u200b" <= character <= "\u200f" or "\u202a" <= character <= "\u2069"


def rupiah(amount: int, language: str) -> str:
    """Whole rupiah: Rp 350.000, in English IDR 350,000."""
    return f"IDR {amount:,}" if language == "en" else f"Rp {amount:,}".replace(",", ".")


@lru_cache(maxsize=512)
def day(date: str, language: str) -> str:
    """An ISO date in words: 24 November 2026. Raises ValueError for a text that is none."""
    year, month, number = date.split("-")
    return f"{int(number)} {_MONTHS[language][int(month) - 1]} {year}"


def short(name: str, limit: int = 20) -> str:
    """A name cut at a word to `limit` characters; a single longer word is cut within."""
    if len(name) <= limit:
        return name
    head = name[: limit + 1].rpartition(" ")[0] or name[:limit]
    return head.rstrip(" ,.-") or name[:limit]


def masked(number: str) -> str:
    """A number with its middle hidden: 1315****0415."""
    return f"{number[:4]}{'*' * max(len(number) - 8, 0)}{number[-4:]}" if len(number) > 8 else number


Reader = Callable[[Item], str]


def reader(placeholder: str, language: str) -> Reader:
    """A function that reads one placeholder's value from a customer's item, in a language.

    It raises MissingValue where the customer has none.
    """

    def text(field: str) -> Reader:
        def read(item: Item) -> str:
            try:
                value = item[field]["S"]
            except KeyError:
                raise MissingValue(field) from None
            return clean(value) or _missing(field)

        return read

    def number(field: str, write: Callable[[int], str]) -> Reader:
        def read(item: Item) -> str:
            try:
                return write(int(item[field]["N"]))
            except KeyError:
                raise MissingValue(field) from None

        return read

    name, customer_id, due = text("name"), text("customer_id"), text("due_date")
    return {
        "name": name,
        "short_name": lambda item: short(name(item)),
        "customer_id": customer_id,
        "customer_id_masked": lambda item: masked(customer_id(item)),
        "amount_due": number("amount_due", lambda n: rupiah(n, language)),
        "monthly_charge": number("monthly_charge", lambda n: rupiah(n, language)),
        "points": number("points", lambda n: rupiah(n, language).partition(" ")[2]),
        "due_date": lambda item: _due(due(item), language),
        "product": text("product"),
    }[placeholder]


def _missing(field: str) -> str:
    raise MissingValue(field)


def _due(date: str, language: str) -> str:
    try:
        return day(date, language)
    except (ValueError, IndexError):
        raise MissingValue("due_date") from None
