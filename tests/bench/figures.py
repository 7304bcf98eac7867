"""From the runs' raw figures to measures per message: CPU, capacity, requests, memory, money."""

from __future__ import annotations

import math
import statistics
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from caring import configuration
from caring.runs.forecast import rate
from tests.bench import deployment, receipts
from tests.bench.drive import Result
from tests.bench.measures import Sheet

CPU_GOAL = 0.44
AWS_LATENCY = 0.005  # seconds: one call to DynamoDB, SQS or S3 from a function of the same region
_MILLION = 1_000_000


@lru_cache(maxsize=1)
def prices() -> dict[str, float]:
    """Dollars per unit."""
    table = tomllib.loads(Path(__file__).with_name("prices.toml").read_text("utf-8"))
    return {price["of"]: price["dollars_per_million"] / _MILLION for price in table["price"]}


def cpu_ms(result: Result, *folders: str) -> float:
    """CPU milliseconds per message of functions together."""
    return sum(result.costs[folder].cpu for folder in folders if folder in result.costs) * 1000 / result.sent


def typical_ms(run: Result) -> float:
    """CPU milliseconds per message of a run's middle shard and chunk: a neighbour's burst moves them little."""
    send, plan = run.costs["send_messages"], run.costs["plan_audience"]
    chunk, shard = run.sent / send.calls, run.sent / plan.calls
    return (statistics.median(send.each) / chunk + statistics.median(plan.each) / shard) * 1000


def exponent(points: Sequence[tuple[int, float]]) -> float:
    """The exponent b of cost = a · n^b that fits best (least squares of the logarithms); cost is a run's whole CPU."""
    x, y = [math.log(n) for n, _ in points], [math.log(cost * n) for n, cost in points]
    mx, my = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / sum((a - mx) ** 2 for a in x)


def take(sheet: Sheet, results: Mapping[str, list[Result]]) -> None:
    """What the runs say together: growth, and what a message of the largest uses; `results` by channel, small first."""
    for channel, runs in results.items():
        points = [(run.sent, typical_ms(run)) for run in runs]
        if len({n for n, _ in points}) > 1:
            sheet.add(f"{channel} growth of CPU", exponent(points), "exponent", 1.02)
        _use(sheet, runs[-1])


def show_cpu(sheet: Sheet, run: Result) -> None:
    """The CPU that one run took, and whether its ledger adds up."""
    name = f"{run.channel} {run.sent}"
    sheet.add(f"{name} plan", cpu_ms(run, "plan_audience"), "CPU ms/message")
    sheet.add(f"{name} send", cpu_ms(run, "send_messages"), "CPU ms/message")
    sheet.add(f"{name} plan and send", cpu_ms(run, "plan_audience", "send_messages"), "CPU ms/message", CPU_GOAL)
    others = set(run.costs) - {"plan_audience", "send_messages", "record_receipt"}
    sheet.add(f"{name} all other steps of the run", cpu_ms(run, *others), "CPU ms/message")
    if run.receipts:
        sheet.add(f"{name} record", run.costs["record_receipt"].cpu * 1000 / run.receipts, "CPU ms/receipt")
    sheet.add(f"{name} out of balance", 0 if run.balanced else 1, "runs", 0, exactly=True)


def show_steadied(sheet: Sheet, run: Result, fastest: float) -> None:
    """The CPU of a run as it would be, had the machine been as fast all the time as it was at its fastest.

    Neighbours on the same processors make the same work cost up to twice as much; the fixed piece tells how much.
    """
    measured = cpu_ms(run, "plan_audience", "send_messages")
    steadied = measured * fastest / statistics.mean(run.speeds)
    sheet.add(f"{run.channel} {run.sent} plan and send, steadied", steadied, "CPU ms/message")


def per_message(run: Result) -> dict[str, float]:
    """What one message uses, from claim to last receipt, by the names of prices.toml."""
    counted, n = run.counted["dynamodb"], run.sent
    steps = len(receipts.STEPS[run.channel])
    by_receipts = {
        what: sum(v for name, v in run.by_receipts.items() if name.endswith(what)) / max(1, run.receipt_messages)
        for what in (".wru", ".rru")
    }
    within = {
        what: sum(
            v - run.by_receipts.get(name, 0)
            for name, v in counted.items()
            if name.endswith(what) and "scan" not in name
        )
        / n
        for what in (".wru", ".rru")
    }
    sqs = sum(run.counted["sqs"].values()) / n
    chunks = run.costs["send_messages"].calls / n
    logged = sum(c.log_bytes for f, c in run.costs.items() if f != "record_receipt") / n
    if run.receipts:
        logged += run.costs["record_receipt"].log_bytes / run.receipt_messages
    calls = sum(c.calls for f, c in run.costs.items() if f != "record_receipt") / n + steps / 10
    return {
        "dynamodb_write": within[".wru"] + by_receipts[".wru"],
        "dynamodb_read": within[".rru"] + by_receipts[".rru"],
        # Lambda's poller: one receive and one delete for each chunk; for receipts one of each for ten.
        "sqs_request": sqs + 2 * chunks + steps * (1 + 2 / 10),
        "sqs_request_without_receipts": sqs + 2 * chunks,
        "state_transition": run.transitions / n,
        "s3_put": run.counted["s3"].get("PUT", 0) / n,
        "s3_get": run.counted["s3"].get("GET", 0) / n,
        "lambda_request": calls,
        "lambda_gb_second": sum(lambda_gb_seconds(run).values()),
        "log_gigabyte": logged / 1e9,
        "sns_publish": float(steps),
    }


def lambda_gb_seconds(run: Result) -> dict[str, float]:
    """Billed GB-seconds per message by function.

    A sender is busy as long as its pace makes it wait: workers / rate seconds a message, whatever it computes. The
    others take their CPU time at the share of a processor that their memory buys, and wait for AWS in between.
    """
    used = {}
    for folder, cost in run.costs.items():
        memory = deployment.memory_of(folder)
        n = run.receipt_messages if folder == "record_receipt" else run.sent
        if not n:
            continue
        computing = cost.cpu / n / min(1.0, memory / deployment.FULL_CPU_MEMORY)
        seconds = computing + cost.requests / n * AWS_LATENCY
        if folder == "send_messages":
            seconds = max(computing, deployment.workers(run.channel) / rate(run.channel))
        used[folder] = seconds * memory / 1024
    return used


def dollars_per_million(use: Mapping[str, float]) -> dict[str, float]:
    """Dollars for a million messages by what is paid for."""
    return {of: use[of] * dollars * _MILLION for of, dollars in prices().items()}


def _use(sheet: Sheet, run: Result) -> None:
    use, name = per_message(run), f"{run.channel} {run.sent}"
    kept = sum(1 for _ in receipts.STEPS[run.channel]) - 1
    ledger = run.counted["dynamodb"]["messages.wru"] - run.by_receipts.get("messages.wru", 0)
    by_receipts = run.by_receipts.get("messages.wru", 0)
    refused = run.by_receipts.get("messages.refused", 0)
    of_receipts = max(1, run.receipt_messages)
    sheet.add(
        f"{name} ledger writes that are kept",
        ledger / run.sent + (by_receipts - refused) / of_receipts,
        "WRU/message",
        2 + kept,
    )
    cap = run.counted["dynamodb"].get("contacts.wru", 0) / run.sent
    sheet.add(f"{name} writes for the contact cap", cap, "WRU/message")
    sheet.add(f"{name} ledger writes that a later status refuses", refused / of_receipts, "WRU/message")
    sheet.add(f"{name} DynamoDB writes in all, counters too", use["dynamodb_write"], "WRU/message")
    sheet.add(f"{name} DynamoDB reads", use["dynamodb_read"], "RRU/message")
    sheet.add(f"{name} SQS without receipts", use["sqs_request_without_receipts"], "requests/message", 0.02)
    sheet.add(f"{name} SQS with receipts", use["sqs_request"], "requests/message")
    sheet.add(f"{name} state transitions", use["state_transition"], "transitions/message", 0.005)
    sheet.add(f"{name} S3", use["s3_put"] + use["s3_get"], "requests/message")
    for folder, gb_seconds in sorted(lambda_gb_seconds(run).items(), key=lambda pair: -pair[1])[:3]:
        sheet.add(f"{name} Lambda {folder}", gb_seconds * 1000, "GB-ms/message")
    dollars = dollars_per_million(use)
    for of, cost in sorted(dollars.items(), key=lambda pair: -pair[1])[:4]:
        sheet.add(f"{name} cost of {of}", cost, "$/million")
    sheet.add(f"{name} cost on AWS, the provider's price apart", sum(dollars.values()), "$/million")
    price = configuration.get().prices[run.channel]
    sheet.add(f"{name} the provider's price", price, "rupiah/message")
