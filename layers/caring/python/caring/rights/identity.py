"""What tells who a customer is, and how to take it out of an item while everything that counts stays."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from caring.customers import model

# Free words, and what points to a person, by the names under which stores keep them. Blanked at whatever depth.
PERSONAL = frozenset(
    {
        *(
            "text",
            "note",
            "notes",
            "comment",
            "comments",
            "request",
            "said",
            "body",
            "detail",
            "values",
            "checklist_note",
            "complaint",
        ),
        *("name", "phone", "whatsapp", "home_phone", "email", "email_key", "address", "village", "sender", "user_id"),
        *("raw", "quotes", "provider_message_id", "answered_with", "idempotency_key"),
    }
)
_BLANK: dict[type, Any] = {str: "", dict: {}, list: []}
_ERASED_ID = "erased"  # instead of a provider's id, which may hold the number; a late receipt then leaves it alone


@dataclass(frozen=True, slots=True)
class Identity:
    """A customer's id, his numbers in E.164 and his mailboxes in lower case."""

    customer_id: str
    numbers: frozenset[str]
    mailboxes: frozenset[str]

    @classmethod
    def of(cls, customer: model.Item) -> "Identity":
        """Of a customer as the table holds him."""
        numbers = {model.text(customer, name) for name in ("phone", "whatsapp", "home_phone")}
        mailbox = model.text(customer, "email")
        return cls(
            customer["customer_id"]["S"],
            frozenset(number for number in numbers if number),
            frozenset([mailbox.casefold()] if mailbox else []),
        )

    def needles(self) -> Iterator[str]:
        """Every text that gives him away in a file: his id, his numbers as people write them, his mailboxes."""
        yield self.customer_id
        yield from self._contacts()

    def _contacts(self) -> Iterator[str]:
        for number in self.numbers:
            digits = number.removeprefix("+")
            yield digits
            if digits.startswith("62"):
                yield "0" + digits.removeprefix("62")
        yield from self.mailboxes

    def is_named_in(self, text: str) -> bool:
        """Whether a text gives him away."""
        folded = text.casefold()
        return any(needle in folded for needle in self.needles())

    def without(self, item: Mapping[str, Any], free: frozenset[str] = frozenset()) -> dict[str, Any]:
        """The attributes of a plain item that change when everything personal in it is blanked.

        `free` names what holds free words in this kind of item, and a code that counts in others.
        """
        words = PERSONAL | free
        blanked = {name: self._blank(name, value, words) for name, value in item.items()}
        return {name: value for name, value in blanked.items() if value != item[name]}

    def _blank(self, name: str, value: Any, words: frozenset[str]) -> Any:
        if name == "provider_message_id":
            return _ERASED_ID if value else value
        if name in words and value is not None:
            return _BLANK.get(type(value), value)
        if isinstance(value, dict):
            return {inner: self._blank(inner, one, words) for inner, one in value.items()}
        if isinstance(value, list):
            return [self._blank("", one, words) for one in value]
        if isinstance(value, str) and any(needle in value.casefold() for needle in self._contacts()):
            return ""
        return value
