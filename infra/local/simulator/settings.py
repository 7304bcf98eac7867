"""What can be set: rates, delays and the business's own numbers, all in one place."""

from dataclasses import dataclass, field
from typing import Final

from infra.local.simulator.behaviours import CHANNELS, Channel

# Messages a second that each provider takes before it throttles. WhatsApp: Meta's default throughput of a number.
RATES: Final[dict[Channel, float]] = {"whatsapp": 80, "sms": 20, "voice": 10, "email": 50}

FIRST_RECEIPT_SECONDS: Final = 0.2  # delivered
NEXT_RECEIPT_SECONDS: Final = 0.2  # read, so 0.4 s after the send
REPLY_SECONDS: Final = 0.8
LATE_SECONDS: Final = 3.0  # added where the HTTP answer never came: the receipt is what resolves the message
SLOW_SECONDS: Final = 3.0
HOLD_SECONDS: Final = 120.0  # longest time a socket is held when the answer never comes


@dataclass(slots=True)
class Settings:
    """One simulator's settings; times in real seconds, before `delay_scale`."""

    rates: dict[Channel, float] = field(default_factory=lambda: dict(RATES))
    delay_scale: float = 1.0
    slow_seconds: float = SLOW_SECONDS
    hold_seconds: float = HOLD_SECONDS
    early_receipts: bool = False  # publish `sent` too, before every delivered, as the providers do when asked to
    account_id: str = "000000000000"
    region: str = "ap-southeast-3"
    whatsapp_number: str = "6281100001470"  # display number of the WhatsApp sender
    sms_reply_number: str = "+6281100000147"  # where replies go when the sender is a name and cannot receive

    def set_rates(self, rates: dict[str, float]) -> None:
        """Change the rates of some channels, in messages a second. Raises ValueError for a channel it does not know."""
        for channel, rate in rates.items():
            if channel not in CHANNELS or isinstance(rate, bool) or not isinstance(rate, int | float) or rate < 0:
                raise ValueError(f"a rate is a number ≥ 0 for one of {', '.join(CHANNELS)}")
        self.rates.update({c: float(rates[c]) for c in CHANNELS if c in rates})
