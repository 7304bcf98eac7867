"""Programs and the runs that they start."""

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from caring.errors import CaringError
from caring.programs import store
from caring.runs import opening
from caring.runs import store as runs
from chalicelib import scoping
from chalicelib.paging import cut, page
from chalicelib.routing import Call, route
from chalicelib.runs import shown_run

if TYPE_CHECKING:
    from chalicelib import models, run_models

programs = Blueprint(__name__)


@route(programs, "POST /programs", "make a program", body="NewProgram", answer="Program", status=201)
def create_program(call: Call) -> dict[str, Any]:
    """Of the caller's witel; those who see every witel may name one, or make it for all."""
    given = call.body.model_dump(mode="json", by_alias=True, exclude_unset=True)
    asked = given.pop("witel", None)
    witel = asked if call.caller.sees_all else call.caller.witel
    if not call.caller.sees_all and (witel is None or (asked and not call.caller.sees(asked))):
        raise CaringError("forbidden", "you may make programs for your own witel: leave witel out, or ask ops", 403)
    return store.create_program(given, witel=witel.casefold() if witel else None, actor=call.caller.name)


@route(programs, "GET /programs", "programs that you may see", query="Page", answer="Programs")
def list_programs(call: Call) -> dict[str, Any]:
    """Those of the caller's witel and of every witel."""
    seen = [p for p in store.list_programs() if p["witel"] is None or call.caller.sees(p["witel"])]
    return cut(seen, "program_id", call.query)


@route(programs, "GET /programs/{program_id}", "a program", answer="Program")
def read_program(call: Call) -> dict[str, Any]:
    """One program."""
    return scoping.program(call.caller, call.ids["program_id"])


@route(
    programs,
    "PATCH /programs/{program_id}",
    "change a program; null puts a field back to its preset",
    body="ProgramPatch",
    answer="Program",
)
def change_program(call: Call) -> dict[str, Any]:
    """Runs that began keep what they began with."""
    scoping.program(call.caller, call.ids["program_id"], to_change=True)
    changes = call.body.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return store.patch_program(call.ids["program_id"], changes)


@route(
    programs,
    "POST /programs/{program_id}/runs",
    "start a run: it plans, forecasts and then waits for its launch",
    body="NewRun",
    answer="RunStarted",
    status=201,
)
def start_run(call: Call) -> dict[str, Any]:
    """A caller who sees one witel starts it for that witel; with `from_run`, for those whom that run left so."""
    program = scoping.program(call.caller, call.ids["program_id"])
    if not call.caller.sees_all:
        program = program | {"witel": call.caller.witel}
        if call.caller.witel is None:
            raise CaringError("forbidden", "you belong to no witel: ask ops to set it", 403)
    asked: run_models.NewRun = call.body
    if asked.from_run is not None:
        earlier = scoping.run(call.caller, asked.from_run)
        program = opening.for_those_of(program, earlier, asked.statuses, asked.reasons)
    return {"run_id": opening.create_run(program, call.caller.name)}


@route(
    programs,
    "GET /programs/{program_id}/runs",
    "a program's runs, newest first",
    query="Page",
    answer="Runs",
)
def list_runs(call: Call) -> dict[str, Any]:
    """Those that the caller may see."""
    scoping.program(call.caller, call.ids["program_id"])
    asked: models.Page = call.query
    found = runs.runs_of(call.ids["program_id"], asked.size + 1, asked.start)
    shown = found[: asked.size]
    seen = [shown_run(run) for run in shown if call.caller.sees(run.witel)]
    return page(seen, shown[-1].created_at if len(found) > asked.size else None)
