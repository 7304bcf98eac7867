"""The run's state machine, walked through as AWS would: its own definition decides what is called and counted.

Only the parts of the Amazon States Language that the definition uses are understood; another one is an error, so that
no state is passed over in silence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

Data = Any
Invoke = Callable[[str, Data], Data]  # function folder, payload → answer

ENDLESS = 50_000  # transitions: a run of 300,000 takes a few thousand
DEFINITION = Path(__file__).resolve().parents[2] / "statemachines" / "caring_run.asl.json"


class NotUnderstood(ValueError):
    """The definition uses something that this walk does not know yet."""


class Machine:
    """One execution. `transitions` counts every state entered, those of the Map's child executions too."""

    def __init__(self, invoke: Invoke, wait: Callable[[str], None], execution: str) -> None:
        self._invoke, self._wait = invoke, wait
        self._context: dict[str, Any] = {"Execution": {"Name": execution}, "Task": {"Token": "token"}}
        self.transitions = 0
        self.visits: dict[str, int] = {}

    def run(self, given: Data, definition: Path = DEFINITION) -> str:
        """Walk from the start to an end; the name of the last state."""
        return self._walk(json.loads(definition.read_text("utf-8")), given)[0]

    def _walk(self, machine: dict[str, Any], data: Data) -> tuple[str, Data]:
        name = machine["StartAt"]
        while True:
            state = machine["States"][name]
            self.transitions += 1
            if self.transitions > ENDLESS:
                raise RuntimeError(f"the run does not end: it goes round over {name}")
            self.visits[name] = self.visits.get(name, 0) + 1
            kind = state["Type"]
            if kind in ("Succeed", "Fail"):
                return name, data
            following, data = getattr(self, f"_do_{kind.lower()}")(state, data)
            following = following or state.get("Next")
            if following is None:
                if not state.get("End"):
                    raise NotUnderstood(f"{name} leads nowhere")
                return name, data
            name = following

    def _do_task(self, state: dict[str, Any], data: Data) -> tuple[None, Data]:
        if "lambda:invoke" not in state["Resource"]:
            raise NotUnderstood(state["Resource"])
        parameters = self._fill(state["Parameters"], data)
        answer = {"Payload": self._invoke(_folder(parameters["FunctionName"]), parameters["Payload"])}
        return None, self._result(state, data, answer)

    def _do_pass(self, state: dict[str, Any], data: Data) -> tuple[None, Data]:
        made = state["Result"] if "Result" in state else self._fill(state.get("Parameters", {}), data)
        return None, self._result(state, data, made)

    def _do_wait(self, state: dict[str, Any], data: Data) -> tuple[None, Data]:
        if "TimestampPath" not in state:
            raise NotUnderstood("a Wait without TimestampPath")
        self._wait(self._path(state["TimestampPath"], data))
        return None, data

    def _do_choice(self, state: dict[str, Any], data: Data) -> tuple[str, Data]:
        for rule in state["Choices"]:
            if self._holds(rule, data):
                return str(rule["Next"]), data
        return str(state["Default"]), data

    def _holds(self, rule: dict[str, Any], data: Data) -> bool:
        if "And" in rule:
            return all(self._holds(part, data) for part in rule["And"])
        if "Or" in rule:
            return any(self._holds(part, data) for part in rule["Or"])
        if "Not" in rule:
            return not self._holds(rule["Not"], data)
        try:
            value = self._path(rule["Variable"], data)
        except KeyError:
            value = None
        for operator, test in _TESTS.items():
            if operator in rule:
                return test(value, rule[operator])
        raise NotUnderstood(f"the choice {rule}")

    def _do_map(self, state: dict[str, Any], data: Data) -> tuple[None, Data]:
        results = []
        for index, item in enumerate(self._path(state.get("ItemsPath", "$"), data)):
            self._context["Map"] = {"Item": {"Value": item, "Index": index}}
            given = self._fill(state["ItemSelector"], data) if "ItemSelector" in state else item
            results.append(self._walk(state["ItemProcessor"], given)[1])
        return None, self._result(state, data, results)

    def _result(self, state: dict[str, Any], data: Data, answer: Data) -> Data:
        if "ResultSelector" in state:
            answer = self._fill(state["ResultSelector"], answer)
        path = state.get("ResultPath", "$")
        if path is None:
            return data
        if path == "$":
            return answer
        names = path.removeprefix("$.").split(".")
        made = place = dict(data)
        for part in names[:-1]:
            place[part] = dict(place.get(part, {}))
            place = place[part]
        place[names[-1]] = answer
        return made

    def _fill(self, template: Any, data: Data) -> Any:
        if isinstance(template, list):
            return [self._fill(entry, data) for entry in template]
        if not isinstance(template, dict):
            return template
        return {
            name.removesuffix(".$"): self._path(value, data) if name.endswith(".$") else self._fill(value, data)
            for name, value in template.items()
        }

    def _path(self, path: str, data: Data) -> Any:
        if path.startswith("States."):
            return self._intrinsic(path, data)
        found = self._context if path.startswith("$$") else data
        for part in re.findall(r"[^.$\[\]]+", path):
            found = found[int(part)] if isinstance(found, list) else found[part]
        return found

    def _intrinsic(self, text: str, data: Data) -> Any:
        found = re.fullmatch(r"States\.(\w+)\((.*)\)", text)
        arguments = [part.strip() for part in found[2].split(",")] if found else []
        values = [self._path(a, data) if a.startswith("$") else json.loads(a.replace("'", '"')) for a in arguments]
        if found and found[1] == "MathAdd":
            return values[0] + values[1]
        if found and found[1] == "Array":
            return values
        if found and found[1] == "ArrayLength":
            return len(values[0])
        raise NotUnderstood(text)


_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "StringEquals": lambda value, wanted: value == wanted,
    "BooleanEquals": lambda value, wanted: value is wanted,
    "NumericEquals": lambda value, wanted: value == wanted,
    "NumericGreaterThan": lambda value, wanted: value is not None and value > wanted,
    "NumericGreaterThanEquals": lambda value, wanted: value is not None and value >= wanted,
    "NumericLessThan": lambda value, wanted: value is not None and value < wanted,
    "NumericLessThanEquals": lambda value, wanted: value is not None and value <= wanted,
    "IsPresent": lambda value, wanted: (value is not None) is wanted,
    "IsNull": lambda value, wanted: (value is None) is wanted,
}


def _folder(name: str) -> str:
    """ "${OpenRunArn}" → open_run."""
    words = re.findall(r"[A-Z][a-z0-9]*", name.strip("${}").removesuffix("Arn"))
    return "_".join(word.lower() for word in words)
