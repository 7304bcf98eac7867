"""Runs: what became of one, and what a person may do to it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from caring.customers import model
from caring.messages import status
from caring.runs import control, counters, effects, explain, prepare, reconcile, results, store
from chalicelib import scoping
from chalicelib.paging import encode, page
from chalicelib.routing import Call, route

if TYPE_CHECKING:
    from chalicelib import run_models

runs = Blueprint(__name__)


def shown_run(run: store.Run) -> dict[str, Any]:
    """A run as the API shows it; the ledger counts each customer in his latest wave."""
    counted = counters.read_all(run.run_id)
    return {
        "run_id": run.run_id,
        "program_id": run.program_id,
        "witel": run.witel,
        "state": run.state,
        "reason": run.reason,
        "created_at": run.created_at,
        "created_by": run.created_by,
        "script_version": run.script_version,
        "forecast": run.forecast,
        "ledger": status.ledger(counters.whole(counted)),
        "waves": [
            status.ledger(counters.even(counted.get(counters.part(wave), {}))) for wave in range(1, run.wave + 1)
        ],
        "reconciled": run.reconciled,
    }


@route(runs, "GET /runs/{run_id}", "a run: its state, forecast and ledger", answer="Run")
def read_run(call: Call) -> dict[str, Any]:
    """One run."""
    return shown_run(scoping.run(call.caller, call.ids["run_id"]))


def _act(call: Call, action: Callable[[str, str], None]) -> dict[str, Any]:
    run = scoping.run(call.caller, call.ids["run_id"])
    action(run.run_id, call.caller.name)
    return shown_run(store.get_run(run.run_id))


@route(runs, "POST /runs/{run_id}/launch", "let a planned run go out", answer="Run")
def launch_run(call: Call) -> dict[str, Any]:
    """409 for another state, a script that is not approved, or a forecast over budget."""
    return _act(call, control.launch)


@route(runs, "POST /runs/{run_id}/pause", "hold a run within seconds, also what is queued", answer="Run")
def pause_run(call: Call) -> dict[str, Any]:
    """Until it is resumed."""
    return _act(call, control.pause)


@route(runs, "POST /runs/{run_id}/resume", "let a paused run go on", answer="Run")
def resume_run(call: Call) -> dict[str, Any]:
    """Where it was."""
    return _act(call, control.resume)


@route(runs, "POST /runs/{run_id}/cancel", "end a run; what has not left never leaves", answer="Run")
def cancel_run(call: Call) -> dict[str, Any]:
    """For good."""
    return _act(call, control.cancel)


@route(
    runs,
    "POST /runs/{run_id}/reconcile",
    "count the ledger anew from plans and messages",
    answer="Reconciled",
)
def reconcile_run(call: Call) -> dict[str, Any]:
    """Whether all adds up, and the counters as they were before they were mended."""
    return reconcile.reconcile(scoping.run(call.caller, call.ids["run_id"]).run_id)


@route(
    runs,
    "GET /runs/{run_id}/messages",
    "each targeted customer of a run, skipped ones too",
    query="MessagesQuery",
    answer="Messages",
)
def list_messages(call: Call) -> dict[str, Any]:
    """Filtered by status and channel."""
    run = scoping.run(call.caller, call.ids["run_id"])
    asked: run_models.MessagesQuery = call.query
    items, following = results.list_messages(
        run,
        status=asked.status,
        channel=asked.channel,
        limit=asked.size,
        start=results.parse_start(asked.start) if asked.start else (0, 0),
    )
    return page(items, f"{following[0]}-{following[1]}" if following else None)


@route(runs, "GET /runs/{run_id}/messages.csv", "a link to the same as a CSV file", answer="File")
def link_csv(call: Call) -> dict[str, Any]:
    """The link works for a short time."""
    return results.csv_link(scoping.run(call.caller, call.ids["run_id"]).run_id)


@route(
    runs,
    "GET /runs/{run_id}/effect",
    "what a run achieved: against its holdout, by choice of channel, and beside its forecast",
    query="EffectQuery",
    answer="Effect",
)
def read_effect(call: Call) -> dict[str, Any]:
    """Of a large run a request counts a part: ask again with its `next` until it is complete."""
    asked: run_models.EffectQuery = call.query
    found = effects.effect(scoping.run(call.caller, call.ids["run_id"]), asked.began)
    return found | {"next": encode(found["next"])}


@route(
    runs,
    "GET /why",
    "would this program reach this customer now, by which channel, or why not",
    query="WhyQuery",
    answer="Why",
)
def why(call: Call) -> dict[str, Any]:
    """From the same rules that plan and send."""
    customer: model.Item = scoping.customer(call.caller, call.query.customer_id)
    program = scoping.program(call.caller, call.query.program_id)
    ids = {"customer_id": call.query.customer_id, "program_id": call.query.program_id}
    return ids | explain.why(prepare.rules_of_program(program), customer)
