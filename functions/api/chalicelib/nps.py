"""NPS: the figures, what customers speak of, and how many scores it takes to be sure."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from caring import clock, configuration
from caring.errors import CaringError
from caring.nps import planning, reports, spoken
from chalicelib import scoping
from chalicelib.paging import page
from chalicelib.routing import Call, route

if TYPE_CHECKING:
    from chalicelib import nps_models

nps = Blueprint(__name__)


def _span(asked: "nps_models.Span") -> tuple[date, date]:
    """The days that are meant; CaringError 400 for a span that ends before it begins, or is too long."""
    settings = configuration.get()
    last = asked.to or clock.local_date(clock.now(), settings.zones.default)
    first = asked.from_ or last - timedelta(days=settings.nps.figures_days - 1)
    if first > last:
        raise CaringError("bad_value", "query.from: must not be after query.to")
    if (last - first).days >= settings.nps.longest_days:
        raise CaringError("bad_value", f"query.from: at most {settings.nps.longest_days} days at once: ask for fewer")
    return first, last


@route(
    nps,
    "GET /nps",
    "net promoter score with its margin and verdict; without `by` one figure, with it a list",
    query="NpsQuery",
    answer="NpsAnswer",
)
def read_nps(call: Call) -> dict[str, Any]:
    """Of the caller's witel; who sees all gets all, or the witel that he names."""
    asked: nps_models.NpsQuery = call.query
    first, last = _span(asked)
    witel = scoping.witel(call.caller, asked.witel)
    return page(reports.split(first, last, witel, asked.by), None) if asked.by else reports.whole(first, last, witel)


@route(
    nps,
    "GET /nps/themes",
    "what customers speak of: themes, praise and complaints by category; without `by` over all, with it a list",
    query="ThemesQuery",
    answer="ThemesAnswer",
)
def read_themes(call: Call) -> dict[str, Any]:
    """Of the same scores as the figures."""
    asked: nps_models.ThemesQuery = call.query
    first, last = _span(asked)
    witel = scoping.witel(call.caller, asked.witel)
    return page(spoken.split(first, last, witel, asked.by), None) if asked.by else spoken.whole(first, last, witel)


@route(nps, "GET /nps/plan", "how many scores and surveys a margin takes", query="PlanQuery", answer="SamplePlan")
def plan_sample(call: Call) -> dict[str, Any]:
    """With the shares that were given, else with those of the latest scores."""
    asked: nps_models.PlanQuery = call.query
    return planning.plan(
        asked.margin,
        promoters=asked.promoters,
        detractors=asked.detractors,
        response=asked.response,
        witel=scoping.witel(call.caller, asked.witel),
    )
