"""Writing accepted rows to the customers table: read what is there, write only what differs, 25 statements a request.

Every statement fails on its own: an INSERT when the customer has appeared meanwhile, an UPDATE when its version has
moved. Such a row is read and merged again, so whatever staff changed in between is respected.
"""

import random
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from caring import aws, clock, environment, tables
from caring.customers.importing import merge
from caring.customers.importing.importer import Importer
from caring.customers.importing.rows import Values
from caring.customers.model import Item

_READ = 100  # keys of one BatchGetItem
_WRITE = 25  # statements of one BatchExecuteStatement
_THREADS = 4
_ATTEMPTS = 8
_MOVED = frozenset(("DuplicateItem", "ConditionalCheckFailed", "TransactionConflict"))
_BUSY = frozenset(
    ("ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded", "InternalServerError", "Throttling")
)

Statement = dict[str, Any]


class WriteRefused(RuntimeError):
    """The table did not take a row; the message holds DynamoDB's code, not the row."""


class Written(NamedTuple):
    """Counts of "created", "updated", "unchanged" and "other_witel"; the ids of the last, which were left alone."""

    counts: Counter[str]
    others: frozenset[str]


def write_customers(rows: list[Values], importer: Importer | None = None) -> Written:
    """Bring customers up to the file's rows; each customer_id at most once in `rows`. Safe to repeat.

    An erased customer is "unchanged". An `importer` who belongs to one witel changes no customer of another. Raises
    WriteRefused when the table keeps refusing a row.
    """
    slices = [rows[start : start + _READ] for start in range(0, len(rows), _READ)]
    with ThreadPoolExecutor(min(_THREADS, len(slices) or 1)) as pool:
        done = list(pool.map(lambda piece: _write_slice(piece, importer), slices))
    counts = sum((written.counts for written in done), Counter[str]())
    return Written(counts, frozenset().union(*(written.others for written in done)))


def _write_slice(rows: list[Values], importer: Importer | None) -> Written:
    counts: Counter[str] = Counter()
    others: set[str] = set()
    waiting = {str(row["customer_id"]): row for row in rows}
    codes: set[str] = set()
    for attempt in range(_ATTEMPTS):
        known = _read(waiting)
        at = clock.iso(clock.now())
        statements: dict[str, tuple[str, Statement]] = {}
        for customer_id, values in waiting.items():
            existing = known.get(customer_id)
            if importer and existing and not importer.may_write(existing):
                others.add(customer_id)
                counts["other_witel"] += 1
                continue
            statement = _statement(existing, values, at, importer)
            if statement is None:
                counts["unchanged"] += 1
            else:
                statements[customer_id] = ("updated" if customer_id in known else "created", statement)
        codes = set()
        waiting = {
            customer_id: waiting[customer_id] for customer_id in _execute(statements, counts=counts, codes=codes)
        }
        if not waiting:
            return Written(counts, frozenset(others))
        if codes & _BUSY:
            time.sleep(min(0.1 * 2**attempt, 3.0) * random.uniform(0.5, 1.0))  # noqa: S311 - spreads retries, no secret
    raise WriteRefused(f"the customers table refused {len(waiting)} rows {_ATTEMPTS} times: {sorted(codes)}")


def _read(customer_ids: Iterable[str]) -> dict[str, Item]:
    keys = [{"customer_id": {"S": customer_id}} for customer_id in customer_ids]
    return {item["customer_id"]["S"]: item for item in tables.read(environment.table("customers"), keys)}


def _statement(existing: Item | None, values: Values, at: str, importer: Importer | None) -> Statement | None:
    table = environment.table("customers")
    if existing is None:
        item = merge.new_customer(values, at)
        item |= importer.mark(item) if importer else {}
        return tables.insert(table, item)
    change = merge.change(existing, values)
    if change is None:
        return None
    version = existing["version"]
    sets = change.sets | {"version": {"N": str(int(version["N"]) + 1)}, "updated_at": {"S": at}}
    sets |= importer.mark(change.sets) if importer else {}
    clauses = [f'SET "{name}"=?' for name in sets]
    clauses += [f'REMOVE "{name}"' for name in change.removes]
    clauses += [f'REMOVE "invalid"."{channel}"' for channel in change.mended]
    return {
        "Statement": f'UPDATE "{table}" {" ".join(clauses)} WHERE "customer_id"=? AND "version"=?',
        "Parameters": [*sets.values(), existing["customer_id"], version],
    }


def _execute(statements: dict[str, tuple[str, Statement]], *, counts: Counter[str], codes: set[str]) -> list[str]:
    """Run the statements; returns the ids to read and merge again, and adds to `counts` and `codes`."""
    again = []
    entries = list(statements.items())
    for start in range(0, len(entries), _WRITE):
        batch = entries[start : start + _WRITE]
        answer = aws.client("dynamodb").batch_execute_statement(Statements=[entry[1][1] for entry in batch])
        for (customer_id, (outcome, _)), response in zip(batch, answer["Responses"], strict=True):
            code = response.get("Error", {}).get("Code")
            if code is None:
                counts[outcome] += 1
            elif code in _MOVED or code in _BUSY:
                again.append(customer_id)
                codes.add(code)
            else:
                raise WriteRefused(f"the customers table refused a row: {code}")
    return again
