"""One measure: its name, value, unit, goal, and whether the goal is met; as a line of JSON, and together as a table."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Measure:
    """`goal` is the highest value that meets it (`exactly`: the only one); None where nothing is aimed at."""

    measure: str
    value: float
    unit: str
    goal: float | None = None
    exactly: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without one."""
        if self.goal is None:
            return None
        return self.value == self.goal if self.exactly else self.value <= self.goal

    def line(self) -> str:
        """The measure as JSON."""
        shown = asdict(self) | {"value": float(f"{self.value:.4g}"), "met": self.met}
        del shown["exactly"]
        return json.dumps(shown)


class Sheet:
    """Measures in the order they were taken; each is printed at once."""

    def __init__(self) -> None:
        self.measures: list[Measure] = []

    def add(self, measure: str, value: float, unit: str, goal: float | None = None, *, exactly: bool = False) -> None:
        """Keep a measure and print its line."""
        made = Measure(measure, value, unit, goal, exactly)
        self.measures.append(made)
        print(made.line(), flush=True)

    def value(self, measure: str) -> float:
        """The value of a measure taken before."""
        return next(m.value for m in self.measures if m.measure == measure)

    def show(self) -> None:
        """Print the table."""
        table = Table(title="make bench")
        for name, justify in (
            ("measure", "left"),
            ("value", "right"),
            ("unit", "left"),
            ("goal", "right"),
            ("", "left"),
        ):
            table.add_column(name, justify="right" if justify == "right" else "left")
        for measure in self.measures:
            table.add_row(*cells(measure))
        Console(width=120).print(table)


def cells(measure: Measure) -> tuple[str, str, str, str, str]:
    """A measure as five cells: name, value, unit, goal, met."""
    goal = "" if measure.goal is None else f"{'' if measure.exactly else '≤ '}{measure.goal:g}"
    met = {None: "", True: "met", False: "MISSED"}[measure.met]
    return measure.measure, f"{measure.value:,.4g}", measure.unit, goal, met


def markdown(measures: Iterable[Measure]) -> str:
    """Measures as a table in Markdown."""
    rows = [("measure", "value", "unit", "goal", ""), ("---", "---:", "---", "---:", "---"), *map(cells, measures)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"
