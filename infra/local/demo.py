"""The whole story on the sample customers: import, preview, launch, receipts, payments, who was reached and why not.

Everything goes through the real API; only the provider simulator's own record is read beside it, to compare.
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from infra.local import cloud
from infra.local.api import Api
from infra.local.state import ROOT, LocalError, State
from infra.local.steps import console

SAMPLE = ROOT / "samples" / "customers.csv"
SAMPLE_DAY = "2026-11-24T10:00+07:00"  # the day on which the sample's bills are due
PROGRAM = "billing-reminder"
SAYS_PAID = range(70, 75)  # the simulated customers who answer that they have paid (trailing digits)
SECONDS = 300.0


def run() -> int:
    """Tell the story; 0 if the ledger balances and agrees with what the providers took."""
    state = State.of()
    outputs = state.outputs() if cloud.running(state) else cloud.up(state, cloud.Wish(SAMPLE_DAY))
    api = Api(state, outputs, "ops")
    _import(api)
    run_id = _preview(api)
    _send(api, run_id)
    paid = _pay(api, run_id)
    return _show(api, run_id, paid)


def _providers(api: Api, path: str) -> Any:
    """The provider simulator's own record."""
    with urllib.request.urlopen(api.outputs["providers_url"] + path, timeout=60) as answer:  # noqa: S310 (loopback)
        return json.loads(answer.read())


def _watch(title: str, total: int, look: Callable[[], tuple[int, bool]]) -> None:
    """A progress bar until `look` says (how many are done, whether it is over)."""
    columns = (TextColumn("{task.description:34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    deadline = time.monotonic() + SECONDS
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task(title, total=total)
        while True:
            done, over = look()
            progress.update(bar, completed=total if over else min(done, total))
            if over:
                return
            if time.monotonic() > deadline:
                raise LocalError(f"{title}: not done after {SECONDS:.0f} s; see the logs in .local/logs")
            time.sleep(1)


def _import(api: Api) -> None:
    body = SAMPLE.read_bytes()
    started = api.post("/imports", {"filename": SAMPLE.name, "kind": "customers"})
    api.upload(started["upload"], body)
    rows = body.count(b"\n") - 1

    def look() -> tuple[int, bool]:
        seen = api.get(f"/imports/{started['import_id']}")
        if seen["refused"]:
            raise LocalError(f"the sample file was refused: {seen['refused']}")
        return seen["accepted"] + seen["rejected"], seen["status"] == "done"

    _watch("Importing customers", rows, look)


def _preview(api: Api) -> str:
    run_id = str(api.post(f"/programs/{PROGRAM}/runs")["run_id"])

    def look() -> tuple[int, bool]:
        return 0, api.get(f"/runs/{run_id}")["state"] != "planning"

    _watch("Planning whom to remind", 1, look)
    seen = api.get(f"/runs/{run_id}")
    if seen["state"] != "planned":
        raise LocalError(f"the run is {seen['state']}: {seen.get('reason')}")
    forecast = seen["forecast"]
    if not forecast["targeted"]:
        raise LocalError(f"nobody's bill is due on the local clock's day: make down, then make up NOW={SAMPLE_DAY}")
    console.print(
        f"Forecast: {forecast['targeted']} targeted, {forecast['skipped']['total']} skipped, by channel "
        f"{forecast['by_channel']}, Rp {forecast['cost']:,}, done by {forecast['finishes_at']} ({forecast['limit']})"
    )
    return run_id


def _send(api: Api, run_id: str) -> None:
    api.post(f"/runs/{run_id}/launch")
    total = api.get(f"/runs/{run_id}")["ledger"]["targeted"]

    def look() -> tuple[int, bool]:
        seen = api.get(f"/runs/{run_id}")
        if seen["state"] in ("failed", "cancelled", "paused"):
            raise LocalError(f"the run is {seen['state']}: {seen.get('reason')}")
        ledger = seen["ledger"]
        return total - ledger["pending"] - ledger["sending"], seen["state"] == "finished"

    _watch("Sending", total, look)

    def receipts() -> tuple[int, bool]:
        ledger = api.get(f"/runs/{run_id}")["ledger"]
        waiting = ledger["accepted"]
        published = _providers(api, "/stats")["publishing"]
        still = seen.get("waiting") == waiting and not published["waiting"]
        seen["waiting"], seen["calm"] = waiting, seen.get("calm", 0) + 1 if still else 0
        return total - waiting, seen["calm"] >= 5

    seen: dict[str, int] = {}
    _watch("Receipts", total, receipts)


def _pay(api: Api, run_id: str) -> int:
    """The customers who answered that they have paid did pay: the bank tells us by POST /payments."""
    payers = [
        item["reference"].rpartition("_")[2]
        for item in _providers(api, "/sent")["items"]
        if item["reference"].startswith(f"run-{run_id}-") and _digits(item["recipient"]) in SAYS_PAID
    ]
    done = iter(range(1, len(payers) + 1))

    def look() -> tuple[int, bool]:
        for customer_id in payers:
            owed = api.get(f"/customers/{customer_id}")["amount_due"]
            if owed:
                body = {"customer_id": customer_id, "amount": owed, "paid_on": SAMPLE_DAY[:10]}
                api.post("/payments", body)
            next(done)
        return len(payers), True

    _watch("Bills paid", max(1, len(payers)), look)
    return len(payers)


def _digits(recipient: str) -> int:
    local = recipient.partition("@")[0]
    tail = local[-2:]
    return int(tail) if tail.isdigit() else 0


def _show(api: Api, run_id: str, paid: int) -> int:
    reconciled = api.post(f"/runs/{run_id}/reconcile")
    rows = list(api.each(f"/runs/{run_id}/messages", limit=1000))
    by_channel: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        by_channel[row["channel"] or "–"][row["status"]] += 1
    statuses = [s for s in reconciled["ledger"] if any(counted[s] for counted in by_channel.values())]
    table = Table(title=f"Who was reached (run {run_id})")
    table.add_column("channel")
    for status in (*statuses, "all"):
        table.add_column(status, justify="right")
    for channel, counted in sorted(by_channel.items()):
        table.add_row(channel, *(str(counted[status] or "") for status in statuses), str(counted.total()))
    table.add_section()
    totals = sum(by_channel.values(), Counter[str]())
    table.add_row("targeted", *(str(totals[status]) for status in statuses), str(totals.total()))
    console.print(table)
    for status in ("skipped", "rejected", "failed"):
        if reconciled["ledger"][status]["total"]:
            console.print(f"{status} by reason: {reconciled['ledger'][status]['by_reason']}")
    console.print(f"bills paid after: {paid} · unknown: {totals['unknown']} (never sent again; a person may call)")
    failures = [*_compare(api, run_id, rows)]
    if not reconciled["balanced"]:
        failures.append(f"the ledger does not balance: {reconciled}")
    for failure in failures:
        console.print(f"[red]✗ {failure}[/]")
    if not failures:
        console.print("[green]✓ the ledger balances, and the providers took each message once at most[/]")
    console.print(f"\nLook further: {api.outputs['api_url']}/runs/{run_id} with `make token ROLE=ops`;")
    console.print(
        f"a picture of the API: {api.outputs['api_url']}/openapi.json; logs in .local/logs; `make down` ends it."
    )
    return 1 if failures else 0


def _compare(api: Api, run_id: str, rows: list[dict[str, Any]]) -> Iterator[str]:
    """What the ledger says against what the providers say they took."""
    sent = Counter(
        item["reference"]
        for item in _providers(api, "/sent")["items"]
        if item["reference"].startswith(f"run-{run_id}-")
    )
    twice = [reference for reference, n in sent.items() if n > 1]
    if twice:
        yield f"{len(twice)} messages were taken twice by a provider"
    reached = {
        row["reference"] for row in rows if row["status"] in ("accepted", "delivered", "read", "failed", "unknown")
    }
    for reference in sorted(set(sent) - reached)[:5]:
        yield f"a provider took {reference}, which the ledger does not call sent"
    rates = _providers(api, "/rates")
    for channel, stats in _providers(api, "/stats").items():
        if channel in rates and stats["highest_per_second"] > rates[channel]:
            yield f"{channel}: {stats['highest_per_second']} in one second, above its rate of {rates[channel]}"
