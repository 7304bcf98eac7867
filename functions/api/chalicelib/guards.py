"""The guards over all runs: the switch that stops all sending at once, and the channels' breakers."""

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from caring.runs import guards as rules
from chalicelib.routing import Call, route

if TYPE_CHECKING:
    from chalicelib import models

guards = Blueprint(__name__)


@route(guards, "GET /kill-switch", "whether all sending is stopped, and which channels wait", answer="KillSwitch")
def read_switch(_call: Call) -> dict[str, Any]:
    """The switch as it was last turned, and each channel's breaker."""
    return rules.shown()


@route(
    guards,
    "POST /kill-switch",
    "stop all sending within seconds, or let it go on",
    body="KillSwitchTurn",
    answer="KillSwitch",
)
def turn_switch(call: Call) -> dict[str, Any]:
    """What is queued waits; nothing is lost."""
    said: models.KillSwitchTurn = call.body
    rules.switch(said.on, said.reason, call.caller.name)
    return rules.shown()
