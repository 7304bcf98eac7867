"""The control routes: what was sent, figures, rates, faults, topics, and customers who write by themselves."""

from collections.abc import Callable
from typing import Any, Final

import orjson

from caring import clock
from infra.local.simulator import faults
from infra.local.simulator.behaviours import CHANNELS
from infra.local.simulator.core import Simulator
from infra.local.simulator.messages import Message
from infra.local.simulator.publishing import Topics
from infra.local.simulator.server import Request, Response

MAX_PAGE: Final = 10_000


class Control:
    """Answers the control routes; a wrong request gets 400 with what to mend."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._routes: dict[tuple[str, str], Callable[[Request], object]] = {
            ("GET", "/health"): self._health,
            ("GET", "/sent"): self._sent,
            ("DELETE", "/sent"): self._forget,
            ("GET", "/stats"): self._stats,
            ("GET", "/rates"): lambda _: self._simulator.settings.rates,
            ("PUT", "/rates"): self._set_rates,
            ("GET", "/faults"): lambda _: {"items": [fault.as_json() for fault in self._simulator.faults]},
            ("POST", "/faults"): self._add_fault,
            ("DELETE", "/faults"): self._clear_faults,
            ("GET", "/topics"): lambda _: self._simulator.outbox.topics.as_json(),
            ("PUT", "/topics"): self._set_topics,
            ("POST", "/say"): self._say,
        }

    def answer(self, request: Request) -> Response:
        """The answer to one control request."""
        route = self._routes.get((request.method, request.path))
        if route is None:
            shown = ", ".join(f"{method} {path}" for method, path in self._routes)
            return Response(404, {"code": "not_found", "message": f"the simulator has {shown}"})
        try:
            return Response(200, route(request))
        except ValueError as wrong:
            return Response(400, {"code": "bad_request", "message": str(wrong)})

    def _health(self, _: Request) -> object:
        known = self._simulator.outbox.topics.arns
        return {"status": "ok", "at": clock.iso(clock.now()), "topics": sorted(known)}

    def _sent(self, request: Request) -> object:
        """All of it, or with `limit` a page and where the next starts; the list only grows, so pages never shift."""
        query = request.query
        channel, recipient = query.get("channel"), query.get("recipient")
        since = faults.parse_time(query.get("since"))
        if channel is not None and channel not in CHANNELS:
            raise ValueError(f"channel is one of {', '.join(CHANNELS)}")
        position = int(query.get("next", "0"))
        limit = min(int(query["limit"]), MAX_PAGE) if "limit" in query else None
        if position < 0 or (limit is not None and limit < 1):
            raise ValueError("limit is at least 1 and next is what the page before said")
        wanted = _plain(recipient) if recipient is not None else None
        sent = self._simulator.sent
        items: list[dict[str, Any]] = []
        following: str | None = None
        for n in range(position, len(sent)):
            message = sent[n]
            if _matches(message, channel, wanted) and (since is None or message.at >= since):
                if limit is not None and len(items) == limit:
                    following = str(n)
                    break
                items.append(message.as_json())
        return {"items": items, "next": following}

    def _forget(self, _: Request) -> object:
        self._simulator.forget()
        return {}

    def _stats(self, _: Request) -> object:
        outbox = self._simulator.outbox
        figures: dict[str, object] = {channel: counts.as_json() for channel, counts in self._simulator.counts.items()}
        return figures | {
            "publishing": {"published": outbox.published, "waiting": outbox.waiting(), "lost": outbox.lost}
        }

    def _set_rates(self, request: Request) -> object:
        self._simulator.settings.set_rates(_object(request))
        return self._simulator.settings.rates

    def _add_fault(self, request: Request) -> object:
        fault = faults.parse(_object(request))
        self._simulator.faults.append(fault)
        return fault.as_json()

    def _clear_faults(self, _: Request) -> object:
        self._simulator.faults.clear()
        return {}

    def _set_topics(self, request: Request) -> object:
        outbox = self._simulator.outbox
        outbox.topics = outbox.topics.merged(Topics.from_json(_object(request)))
        return outbox.topics.as_json()

    def _say(self, request: Request) -> object:
        body = _object(request)
        channel, sender, text = body.get("channel"), body.get("from"), body.get("text")
        if channel not in CHANNELS:
            raise ValueError("channel is whatsapp, sms or email")
        if not isinstance(sender, str) or not isinstance(text, str) or ("@" in sender) is not (channel == "email"):
            raise ValueError("from is a phone number or an e-mail address, as the channel has them, and text is a text")
        message_id = self._simulator.say(channel, sender, text, body.get("quotes"), body.get("subject"))
        return {"provider_message_id": message_id}


def _object(request: Request) -> dict[str, Any]:
    body = orjson.loads(request.body or b"{}")
    if not isinstance(body, dict):
        raise ValueError("the body is a JSON object")  # noqa: TRY004 — the client's mistake, answered with 400
    return body


def _plain(recipient: str) -> str:
    """A recipient as one compares it: the mailbox in lower case, or the number without plus, spaces and 0 for 62."""
    if "@" in recipient:
        return recipient.strip().lower()
    digits = "".join(c for c in recipient if c.isdigit())
    return f"62{digits[1:]}" if digits.startswith("0") else digits


def _matches(message: Message, channel: str | None, wanted: str | None) -> bool:
    return (channel is None or message.channel == channel) and (wanted is None or _plain(message.recipient) == wanted)
