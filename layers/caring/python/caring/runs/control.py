"""What a person may do to a run: launch, pause, resume, cancel. Each takes effect within seconds, also on queues."""

from botocore.exceptions import ClientError

from caring import aws
from caring.errors import conflict
from caring.observability import logger
from caring.runs import store
from caring.scripts import store as scripts


def gate(run: store.Run) -> str | None:
    """Why the run may not go out, as an error code; None when it may."""
    if not scripts.is_approved(run.program["script_id"], run.script_version):
        return "script_not_approved"
    budget = run.program.get("budget")
    if budget is not None and run.forecast and run.forecast["cost"] > budget:
        return "over_budget"
    return None


_GATE_MESSAGES = {
    "script_not_approved": "the script's version is not approved: have it approved, then start a new run",
    "over_budget": "the forecast costs more than the program's budget: raise the budget or narrow the audience, "
    "then start a new run",
}


def open_gate(run_id: str) -> str:
    """After the forecast: launch a run whose program launches itself, else leave it planned for a person.

    Returns "launched", "held", or "stopped" for a run that was cancelled meanwhile.
    """
    run = store.get_run(run_id)
    if run.state in store.ENDED:
        return "stopped"
    if run.program.get("launch") != "auto":
        return "held"
    code = gate(run)
    if code is None:
        store.update(run_id, states=("planning",), state="releasing", reason="launched by its program")
        return "launched"
    store.update(run_id, states=("planning",), reason=code)
    logger().error("a run could not launch itself", extra={"run_id": run_id, "reason": code})
    return "held"


def hold(run_id: str, token: str) -> None:
    """Make a run planned and keep the token that answers its state machine; one cancelled meanwhile is let go."""
    if store.update(run_id, states=("planning", "planned"), state="planned", task_token=token):
        return
    run = store.get_run(run_id)
    run.task_token = token
    _answer(run, '{"outcome":"launched"}' if run.state not in store.ENDED else '{"outcome":"cancelled"}')


def launch(run_id: str, actor: str) -> None:
    """Let a planned run go out. Raises 409 for another state, an unapproved script, or a forecast over budget."""
    run = store.get_run(run_id)
    if run.state == "releasing" and run.task_token:  # launched before, but its state machine never heard of it
        _answer(run, '{"outcome":"launched"}')
        return
    code = gate(run) if run.state == "planned" else None
    if code:
        raise conflict(code, _GATE_MESSAGES[code])
    store.move(run_id, ("planned",), "releasing", reason=f"launched by {actor}")
    _answer(run, '{"outcome":"launched"}')


def pause(run_id: str, actor: str) -> None:
    """Hold a run: senders look at its state before every claim, so queued chunks wait too."""
    run = store.get_run(run_id)
    store.move(run_id, ("releasing", "waiting"), "paused", paused_from=run.state, reason=f"paused by {actor}")


def resume(run_id: str, actor: str) -> None:
    """Let a paused run go on where it was."""
    run = store.get_run(run_id)
    store.move(run_id, ("paused",), run.paused_from or "releasing", paused_from=None, reason=f"resumed by {actor}")


def cancel(run_id: str, actor: str) -> None:
    """End a run: what has not been claimed is never sent, and stays counted as pending."""
    run = store.get_run(run_id)
    if run.state == "cancelled" and run.task_token:  # cancelled before, but its state machine never heard of it
        _answer(run, '{"outcome":"cancelled"}')
        return
    open_states = tuple(state for state in store.STATES if state not in store.ENDED)
    store.move(run_id, open_states, "cancelled", reason=f"cancelled by {actor}")
    if run.state == "planned":
        _answer(run, '{"outcome":"cancelled"}')


def halt(run_id: str, reason: str) -> None:
    """Pause a run because a person must look: its provider says to stop, its canary failed, its budget is passed."""
    if store.update(run_id, states=("releasing",), state="paused", paused_from="releasing", reason=reason):
        logger().error("a run paused itself", extra={"run_id": run_id, "reason": reason})


def _answer(run: store.Run, output: str) -> None:
    """Tell the waiting state machine, and forget its token: one that is still there says that nobody has told it.

    A token that is dead by now means that the execution has ended on its own.
    """
    if run.task_token is None:
        return
    try:
        aws.client("stepfunctions").send_task_success(taskToken=run.task_token, output=output)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("TaskTimedOut", "TaskDoesNotExist", "InvalidToken"):
            raise
        logger().warning("the run's state machine no longer waits", extra={"run_id": run.run_id})
    store.update(run.run_id, task_token=None)
