"""The provider itself: what it takes, what it refuses, and what its customers do with it afterwards."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from caring import clock
from infra.local.simulator import email_events, email_send, sms_voice, whatsapp
from infra.local.simulator.behaviours import CHANNELS, TAKEN, Answer, Behaviour, Channel, Step, behaviour
from infra.local.simulator.faults import Fault
from infra.local.simulator.messages import Message, e164
from infra.local.simulator.publishing import Item, Outbox
from infra.local.simulator.rates import SlidingSecond
from infra.local.simulator.settings import (
    FIRST_RECEIPT_SECONDS,
    LATE_SECONDS,
    NEXT_RECEIPT_SECONDS,
    REPLY_SECONDS,
    Settings,
)

WINDOW: Final = timedelta(hours=24)  # WhatsApp's customer service window, on the local clock
NEW_ID: Final = {
    "whatsapp": whatsapp.new_id,
    "sms": sms_voice.new_id,
    "voice": sms_voice.new_id,
    "email": email_send.new_id,
}


@dataclass(slots=True)
class Counts:
    """One channel's figures."""

    taken: int = 0
    refused: int = 0
    throttled: int = 0
    takes: SlidingSecond = field(default_factory=SlidingSecond)
    asks: SlidingSecond = field(default_factory=SlidingSecond)

    def as_json(self) -> dict[str, int]:
        """As GET /stats shows them; both highest figures are over any sliding second of real time."""
        return {
            "taken": self.taken,
            "highest_per_second": self.takes.highest,
            "refused": self.refused,
            "throttled": self.throttled,
            "highest_asked_per_second": self.asks.highest,
        }


class Simulator:
    """All state, in memory; used from the event loop only."""

    def __init__(self, settings: Settings, outbox: Outbox) -> None:
        self.settings = settings
        self.outbox = outbox
        self.sent: list[Message] = []
        self.faults: list[Fault] = []
        self.counts: dict[Channel, Counts] = {channel: Counts() for channel in CHANNELS}
        self._tries: dict[str, int] = {}
        self._wrote: dict[str, datetime] = {}  # phone → the customer's last WhatsApp message

    def forget(self) -> None:
        """Forget what was sent, the tries and the figures. Receipts under way still come; open windows stay open."""
        self.sent.clear()
        self._tries.clear()
        self.counts = {channel: Counts() for channel in CHANNELS}

    def submit(self, message: Message) -> Answer:
        """Take the message or not, count it, plan its receipts; the answer says what the HTTP call shall see."""
        counts, now = self.counts[message.channel], time.monotonic()
        counts.asks.add(now)
        key = f"{message.channel}:{message.reference or message.recipient}"
        tries = self._tries[key] = self._tries.get(key, 0) + 1
        row = behaviour(message.channel, message.recipient)
        answer = self._answer(message.channel, row, f"{key}:{tries}", tries)
        if answer in TAKEN and not counts.takes.has_room(self.settings.rates[message.channel], now):
            answer = "throttle"
        if answer in TAKEN:
            counts.taken += 1
            counts.takes.add(now)
            self._take(message, row, late=answer == "hang")
        elif answer == "throttle":
            counts.throttled += 1
        else:
            counts.refused += 1
        return answer

    def _answer(self, channel: Channel, row: Behaviour, key: str, tries: int) -> Answer:
        for fault in self.faults:
            if fault.hits(channel, key):
                return fault.answer
        if row.answer == "throttle_once":
            return "throttle" if tries == 1 else "accept"
        return row.answer

    def _take(self, message: Message, row: Behaviour, *, late: bool) -> None:
        message.provider_message_id, message.at = NEW_ID[message.channel](), clock.now()
        self.sent.append(message)
        receipts, reply = row.receipts, row.reply
        if message.free_text and not self.window_is_open(message.recipient):
            receipts, reply = ("window_closed",), None
        if self.settings.early_receipts and receipts and "sent" not in receipts:
            receipts = ("sent", *receipts)
        start = LATE_SECONDS if late else 0.0
        for n, step in enumerate(receipts):
            wait = start + FIRST_RECEIPT_SECONDS + n * NEXT_RECEIPT_SECONDS
            self.outbox.after(wait * self.settings.delay_scale, partial(self._receipt, message, step))
        if reply is not None:
            make = partial(self._write, message.channel, message.recipient, reply, message)
            self.outbox.after((start + REPLY_SECONDS) * self.settings.delay_scale, make)

    def window_is_open(self, phone: str) -> bool:
        """Has this customer written on WhatsApp within the last 24 h of the local clock?"""
        wrote = self._wrote.get(phone)
        return wrote is not None and clock.now() < wrote + WINDOW

    def say(
        self, channel: Channel, sender: str, text: str, quotes: str | None = None, subject: str | None = None
    ) -> str:
        """A customer writes by himself: the message's id. Raises ValueError for a channel that cannot be written on."""
        if channel == "voice":
            raise ValueError("a customer writes on whatsapp, sms or email")
        sender = sender.strip() if channel == "email" else e164(sender)
        message_id, item = self._inbound(channel, sender, text, quotes, subject)
        self.outbox.after(0, lambda: [item])
        return message_id

    def _receipt(self, message: Message, step: Step) -> Iterable[Item]:
        if message.channel == "whatsapp":
            return [Item(whatsapp.TOPIC, whatsapp.status(message, step, self.settings))]
        if message.channel == "email":
            return [Item(email_events.EVENTS_TOPIC, email_events.event(message, step, self.settings))]
        return [Item(sms_voice.EVENTS_TOPIC, sms_voice.event(message, step))]

    def _write(self, channel: Channel, sender: str, text: str, quotes: Message) -> Iterable[Item]:
        return [self._inbound(channel, sender, text, quotes, None)[1]]

    def _inbound(
        self, channel: Channel, sender: str, text: str, quotes: Message | str | None, subject: str | None
    ) -> tuple[str, Item]:
        payload: dict[str, Any]
        if channel == "email":
            message_id, payload, raw = email_events.inbound(sender, text, quotes, self.settings, subject)
            return message_id, Item(email_events.REPLIES_TOPIC, payload, raw)
        if channel == "sms":
            message_id, payload = sms_voice.inbound(sender, text, quotes, self.settings)
            return message_id, Item(sms_voice.REPLIES_TOPIC, payload)
        self._wrote[sender] = clock.now()
        message_id, payload = whatsapp.inbound(sender, text, quotes, self.settings)
        return message_id, Item(whatsapp.TOPIC, payload)
