"""Who answers how: the trailing two digits of the recipient decide, so every test and the demo are repeatable.

The table is plain data. `answer` is what the HTTP call sees, `receipts` what is published afterwards and in which
order, `reply` what the customer writes back. A word that a channel does not know (an SMS is never `read`) is left out
there.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal

Channel = Literal["whatsapp", "sms", "voice", "email"]
CHANNELS: Final[tuple[Channel, ...]] = ("whatsapp", "sms", "voice", "email")

Answer = Literal[
    "accept",
    "slow",  # accepted after SLOW_SECONDS
    "hang",  # taken, and the HTTP answer never comes
    "hang_lost",  # not taken, and the HTTP answer never comes
    "error",  # HTTP 500, nothing taken
    "error_taken",  # HTTP 500, and the message was taken
    "throttle_once",  # the first try of a reference is throttled, the next is accepted
    "throttle",
    "opted_out",  # refused because the provider keeps an opt-out for the number
    "drop",  # the connection is reset before anything is read
]
TAKEN: Final = frozenset({"accept", "slow", "hang", "error_taken"})

Step = Literal[
    "sent",
    "delivered",
    "read",
    "for_good",
    "for_now",
    "opted_out",
    "spam",
    "not_on_whatsapp",
    "window_closed",
    "spam_report",
]
NORMAL: Final[tuple[Step, ...]] = ("delivered", "read")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What one recipient does to one message."""

    answer: Answer = "accept"
    receipts: tuple[Step, ...] = NORMAL
    reply: str | None = None
    late: bool = False


COMMENTS: Final = {
    6: "6, lumayan tapi masih sering lambat malam hari",
    7: "7, cukup baik, semoga lebih cepat lagi",
    8: "8 pelayanannya baik",
    9: "9, teknisinya ramah",
    10: "10! cepat sekali ditangani, terima kasih",
}
COMPLAINT: Final = "Internet saya mati sejak kemarin malam, lampu LOS merah terus. Tolong segera diperbaiki"

_FAILED: Final = Behaviour(receipts=("for_good",))

ANY: Final[dict[int, Behaviour]] = {
    **{digits: Behaviour(reply="sudah bayar") for digits in range(70, 75)},
    **{digits: Behaviour(reply=COMMENTS[digits % 10 + 1]) for digits in range(75, 80)},
    80: Behaviour(reply="STOP"),
    81: Behaviour(reply="ya"),
    82: Behaviour(reply="tidak, masih gangguan"),
    83: Behaviour(reply=COMPLAINT),
    84: Behaviour(receipts=("read", "delivered")),
    85: Behaviour(receipts=("read",)),
    86: Behaviour(receipts=("delivered", "delivered", "read", "read")),
    87: Behaviour(receipts=("read", "delivered", "sent")),
    88: Behaviour("hang", late=True),
    89: Behaviour("hang", receipts=()),
    90: _FAILED,
    91: Behaviour(receipts=("for_now",)),
    92: Behaviour("throttle_once"),
    93: Behaviour("error", receipts=()),
    94: Behaviour("error_taken"),
    95: Behaviour("opted_out", receipts=()),
    96: Behaviour(receipts=("spam",)),
    97: Behaviour("slow"),
}

# Where a channel differs from ANY. WhatsApp and SES learn of an opt-out only after they took the message.
OVERRIDES: Final[dict[Channel, dict[int, Behaviour]]] = {
    "whatsapp": {95: Behaviour(receipts=("opted_out",)), 98: Behaviour(receipts=("not_on_whatsapp",)), 99: _FAILED},
    "sms": {99: _FAILED},
    "voice": {},
    "email": {95: Behaviour(receipts=("opted_out",)), 96: Behaviour(receipts=("delivered", "spam_report"))},
}

# The words each channel has. A channel without any way to write back (voice) has no replies.
KNOWN: Final[dict[Channel, frozenset[str]]] = {
    "whatsapp": frozenset(
        {"sent", "delivered", "read", "for_good", "for_now", "opted_out", "spam", "not_on_whatsapp", "window_closed"}
    ),
    "sms": frozenset({"sent", "delivered", "for_good", "for_now", "spam"}),
    "voice": frozenset({"sent", "delivered", "read", "for_good", "for_now", "spam"}),
    "email": frozenset({"sent", "delivered", "read", "for_good", "for_now", "opted_out", "spam_report"}),
}
REPLIES: Final = frozenset({"whatsapp", "sms", "email"})


def digits_of(recipient: str) -> int:
    """The trailing two digits, 0–99, of a phone number or of a mailbox's local part; 0 when there are none."""
    local = recipient.split("@", 1)[0].rstrip()
    tail = ""
    for character in reversed(local[-2:]):
        if not character.isascii() or not character.isdigit():
            break
        tail = character + tail
    return int(tail) if tail else 0


def _table(channel: Channel) -> tuple[Behaviour, ...]:
    rows = []
    for digits in range(100):
        row = OVERRIDES[channel].get(digits) or ANY.get(digits) or Behaviour()
        receipts = tuple(step for step in row.receipts if step in KNOWN[channel])
        rows.append(replace(row, receipts=receipts, reply=row.reply if channel in REPLIES else None))
    return tuple(rows)


TABLE: Final[dict[Channel, tuple[Behaviour, ...]]] = {channel: _table(channel) for channel in CHANNELS}


def behaviour(channel: Channel, recipient: str) -> Behaviour:
    """What this recipient does to a message on this channel."""
    return TABLE[channel][digits_of(recipient)]
