"""python -m infra.local: the laptop cloud's commands. Progress and errors go to stderr, answers to stdout."""

from __future__ import annotations

import json
from typing import Annotated, Any

import boto3
import typer
from rich.table import Table

from infra.local import cloud, driver, processes, steps, users
from infra.local import redrive as redriving
from infra.local import restart as restarting
from infra.local.clockwork import JAKARTA, LocalClock
from infra.local.deployment import STAGE
from infra.local.emulator import Ports, client, client_environment
from infra.local.state import LocalError, State

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)


@app.command()
def up(
    now: Annotated[str | None, typer.Option(help="where the local clock starts, e.g. 2026-11-24T10:00+07:00")] = None,
    hour_seconds: Annotated[
        float | None, typer.Option(help="real seconds that an hour on it takes (1 to 3600)")
    ] = None,
    overrides: Annotated[str, typer.Option(help="configuration in place of the default one, as JSON")] = "{}",
) -> None:
    """Start the laptop cloud and deploy to it; a running one is brought up to date."""
    state = State.of()
    already = cloud.running(state)
    outputs = cloud.up(state, cloud.Wish(now, hour_seconds, _json(overrides)))
    steps.console.print("[bold]The laptop cloud is up.[/]" + (" (It was already.)" if already else ""))
    _show(outputs)


@app.command()
def down() -> None:
    """Stop it and leave nothing running."""
    with steps.step("Stopping the laptop cloud"):
        cloud.down(State.of())


@app.command()
def status() -> None:
    """Show what runs and where; exits with 1 when it is not up."""
    state = State.of()
    for process in processes.remembered(state):
        mark = "[green]runs[/]" if processes.alive(process) else "[red]ended[/]"
        steps.console.print(f"{process.name:10} {mark:8} pid {process.pid}  {process.log}")
    _show(cloud.require_running(state))


@app.command()
def token(
    role: Annotated[str, typer.Option(help=", ".join(users.WITEL_ROLES + users.WIDE_ROLES))],
    witel: Annotated[str | None, typer.Option(help="the witel of a role that has one; BANDUNG by default")] = None,
) -> None:
    """Print an ID token, and nothing else."""
    state = State.of()
    typer.echo(users.token(state, cloud.require_running(state), role, witel))


@app.command()
def demo() -> None:
    """Tell the whole story on a sample file; brings the laptop cloud up if it is not."""
    from infra.local import demo as story  # noqa: PLC0415 (no other command needs it)

    raise typer.Exit(story.run())


@app.command()
def redrive(
    queue: Annotated[
        str | None, typer.Argument(help="a dead-letter queue's or its source's name; all without it")
    ] = None,
    aws: Annotated[bool, typer.Option("--aws", help="in the AWS account that the environment names")] = False,
    prefix: Annotated[str, typer.Option(help="what the stage's queue names begin with")] = f"caring-{STAGE}",
) -> None:
    """Move what dead-letter queues hold back to the queues it came from."""
    sqs: Any = boto3.client("sqs") if aws else client(cloud.require_running(State.of()), "sqs")
    try:
        moved = redriving.redrive(sqs, prefix, queue)
    except ValueError as error:
        raise LocalError(str(error)) from error
    for move in moved:
        typer.echo(f"{move.messages:6}  {move.dead_letters} → {move.source}")


@app.command()
def restart(
    ticket: Annotated[list[str] | None, typer.Argument(help="tickets' ids; without, all that do not go on")] = None,
    aws: Annotated[bool, typer.Option("--aws", help="in the AWS account that the environment names")] = False,
    prefix: Annotated[str, typer.Option(help="what the stage's names begin with")] = f"caring-{STAGE}",
) -> None:
    """Start complaints again where they stand, whose state machine failed."""
    lambda_: Any = boto3.client("lambda") if aws else client(cloud.require_running(State.of()), "lambda")
    try:
        became = restarting.restart(lambda_, prefix, ticket or [])
    except ValueError as error:
        raise LocalError(str(error)) from error
    for ticket_id, what in became.items():
        typer.echo(f"{what:10} {ticket_id}")


@app.command()
def fire(schedule: Annotated[str | None, typer.Argument(help="its name; lists them without it")] = None) -> None:
    """Fire a recurring schedule now, due or not."""
    outputs = cloud.require_running(State.of())
    scheduler = driver.Aws(lambda service: client(outputs, service))
    known = list(scheduler.recurring(outputs["schedule_group"]))
    chosen = [one for one in known if one.name == schedule]
    if schedule and not chosen:
        raise LocalError(f"there is no recurring schedule {schedule}: {', '.join(one.name for one in known)}")
    for one in chosen:
        scheduler.fire(one, LocalClock.of(outputs["clock"]).at())
        typer.echo(f"fired {one.name}")
    if not schedule:
        for one in known:
            typer.echo(f"{one.name}  {one.expression}  {one.zone}")


@app.command()
def environment() -> None:
    """Print the environment in which any AWS tool talks to the laptop cloud: eval "$(…)"."""
    outputs = cloud.require_running(State.of())
    clock = LocalClock.of(outputs["clock"])
    for name, value in client_environment(Ports(**outputs["ports"]), clock).items():
        typer.echo(f"export {name}='{value}'")


def _json(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise LocalError(f"overrides are no JSON: {error}") from error
    if not isinstance(data, dict):
        raise LocalError("overrides are a JSON object")
    return data


def _show(outputs: dict[str, Any]) -> None:
    table = Table(show_header=False, box=None)
    clock = LocalClock.of(outputs["clock"])
    speed = "" if clock.factor == 1 else f", an hour takes {3600 / clock.factor:g} s"
    for name in ("site_url", "api_url", "aws_endpoint_url", "providers_url", "logs"):
        table.add_row(name, str(outputs[name]))
    table.add_row("local clock", f"{clock.at().astimezone(JAKARTA):%A %Y-%m-%d %H:%M} in Jakarta{speed}")
    table.add_row("a token", "make token ROLE=manager")
    steps.console.print(table)


def main() -> None:
    """Run a command; a failure says what failed and where its log is."""
    try:
        app(prog_name="python -m infra.local")
    except LocalError as error:
        steps.fail(error)


if __name__ == "__main__":
    main()
