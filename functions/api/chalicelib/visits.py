"""Rounds of home visits: planned for the days to come, and shown with their visits."""

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from caring import clock
from caring.runs import windows
from caring.work import planning
from chalicelib import scoping
from chalicelib.routing import Call, route

if TYPE_CHECKING:
    from datetime import date

    from chalicelib import visit_models

visits = Blueprint(__name__)


@route(
    visits,
    "POST /visits/rounds",
    "put a witel's open visits into rounds for the working days to come",
    body="NewRounds",
    answer="Rounds",
    status=201,
)
def plan_rounds(call: Call) -> dict[str, Any]:
    """Those that are in a round stay there: planning again plans what is new. Answers the new rounds."""
    said: visit_models.NewRounds = call.body
    witel = scoping.one_witel(call.caller, said.witel)
    return {"items": planning.plan(witel, said.first(_today(witel)), actor=call.caller.name), "next": None}


@route(
    visits,
    "GET /visits/rounds",
    "the rounds of a day, each with its visits in order",
    query="RoundsQuery",
    answer="Rounds",
)
def list_rounds(call: Call) -> dict[str, Any]:
    """Of the caller's witel; today's if no date is given."""
    asked: visit_models.RoundsQuery = call.query
    witel = scoping.one_witel(call.caller, asked.witel)
    return {"items": planning.of_day(witel, asked.date or _today(witel)), "next": None}


def _today(witel: str) -> "date":
    return clock.local_date(clock.now(), windows.zone_of(witel.casefold()))
