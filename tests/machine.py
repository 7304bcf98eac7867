"""A state machine walked through as AWS would: its own definition decides what is called, awaited and counted.

Only the parts of the Amazon States Language that our definitions use are understood; another one is an error, so that
no state is passed over in silence. A walk stands still where it waits for a token; it may wait for several at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

Data = Any
Context = dict[str, Any]
Invoke = Callable[[str, Data], Data]  # function folder, payload → answer
# What a walk stands at: it yields the tokens that it waits for, and is sent one of them with its answer.
Walking = Generator[frozenset[str], tuple[str, Data], Any]

ENDLESS = 50_000  # transitions: a run of 300,000 takes a few thousand
FOLDER = Path(__file__).resolve().parents[1] / "statemachines"


def definition(name: str) -> dict[str, Any]:
    """A state machine's definition."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.asl.json").read_text("utf-8"))
    return found


class NotUnderstood(ValueError):
    """The definition uses something that this walk does not know yet."""


class Failed(RuntimeError):
    """A task has failed as often as its Retry says, and nothing catches that."""


class Machine:
    """One execution. `transitions` counts every state entered, those of the Map's child executions too.

    `whole` is the definition, by default the run's. With `retries` a function that fails is called again as its state
    says; without, its error is the walk's own.
    """

    def __init__(
        self,
        invoke: Invoke,
        wait: Callable[[str], None],
        execution: str,
        whole: dict[str, Any] | None = None,
        *,
        retries: bool = False,
    ) -> None:
        self._invoke, self._wait, self._retries = invoke, wait, retries
        self._execution, self._tokens = execution, 0
        self._definition = whole or definition("caring_run")
        self._walking: Walking | None = None
        self.transitions = 0
        self.visits: dict[str, int] = {}
        self.ways: list[tuple[str, str]] = []  # from which state to which, in their order
        self.waiting: frozenset[str] = frozenset()
        self.end: str | None = None  # the last state, once it is over
        self.failed = False

    def run(self, given: Data) -> str:
        """Walk from the start to an end, asking `answer` for each token; the name of the last state."""
        self.start(given)
        while self.waiting:
            token = min(self.waiting)
            self.tell(token, self.answer(token))
        return str(self.end)

    def answer(self, token: str) -> Data:
        """What somebody outside says to a token, for a walk that is run in one go."""
        raise NotUnderstood(f"nobody answers {token}")

    def start(self, given: Data) -> None:
        """Walk until there is something to wait for, or to the end."""
        self._walking = self._walk(self._definition, given, {"Execution": {"Name": self._execution}})
        self._go_on(next)

    def tell(self, token: str, answer: Data) -> None:
        """Answer a token that is waited for, and walk on."""
        if token not in self.waiting:
            raise KeyError(token)
        self._go_on(lambda walking: walking.send((token, answer)))

    def _go_on(self, how: Callable[[Walking], frozenset[str]]) -> None:
        assert self._walking is not None
        self.waiting = frozenset()
        try:
            self.waiting = how(self._walking)
        except StopIteration as over:
            self.end = over.value[0]
            self.failed = self._definition["States"][self.end]["Type"] == "Fail"
        except Failed as failure:
            self.end, self.failed = str(failure), True

    def _walk(self, machine: dict[str, Any], data: Data, context: Context) -> Walking:
        name, before = machine["StartAt"], ""
        while True:
            state = machine["States"][name]
            self.transitions += 1
            if self.transitions > ENDLESS:
                raise RuntimeError(f"the machine does not end: it goes round over {name}")
            self.visits[name] = self.visits.get(name, 0) + 1
            self.ways.append((before, name))
            kind = state["Type"]
            if kind in ("Succeed", "Fail"):
                return name, data
            if kind == "Task":
                following, data = yield from self._do_task(name, state, data, context)
            elif kind == "Map":
                following, data = yield from self._do_map(state, data, context)
            else:
                following, data = getattr(self, f"_do_{kind.lower()}")(state, data, context)
            following = following or state.get("Next")
            if following is None:
                if not state.get("End"):
                    raise NotUnderstood(f"{name} leads nowhere")
                return name, data
            name, before = following, name

    def _do_task(self, name: str, state: dict[str, Any], data: Data, context: Context) -> Walking:
        left = sum(retry["MaxAttempts"] for retry in state.get("Retry", ()))
        while True:
            try:
                answer = yield from self._attempt(state, data, context)
            except Exception as error:
                if not self._retries:
                    raise
                if not left:
                    raise Failed(name) from error
                left -= 1
            else:
                return None, self._result(state, data, context, answer)

    def _attempt(self, state: dict[str, Any], data: Data, context: Context) -> Walking:
        """Call the function; with a token of its own each time, if somebody else is to answer."""
        if "lambda:invoke" not in state["Resource"]:
            raise NotUnderstood(state["Resource"])
        waits = state["Resource"].endswith(".waitForTaskToken")
        if waits:
            self._tokens += 1
            context = context | {"Task": {"Token": f"{self._execution}.{self._tokens}"}}
        parameters = self._fill(state["Parameters"], data, context)
        answer = {"Payload": self._invoke(_folder(parameters["FunctionName"]), parameters["Payload"])}
        if waits:
            _, answer = yield frozenset({context["Task"]["Token"]})
        return answer

    def _do_pass(self, state: dict[str, Any], data: Data, context: Context) -> tuple[None, Data]:
        made = state["Result"] if "Result" in state else self._fill(state.get("Parameters", {}), data, context)
        return None, self._result(state, data, context, made)

    def _do_wait(self, state: dict[str, Any], data: Data, context: Context) -> tuple[None, Data]:
        if "TimestampPath" not in state:
            raise NotUnderstood("a Wait without TimestampPath")
        self._wait(self._path(state["TimestampPath"], data, context))
        return None, data

    def _do_choice(self, state: dict[str, Any], data: Data, context: Context) -> tuple[str, Data]:
        for rule in state["Choices"]:
            if self._holds(rule, data, context):
                return str(rule["Next"]), data
        return str(state["Default"]), data

    def _holds(self, rule: dict[str, Any], data: Data, context: Context) -> bool:
        if "And" in rule:
            return all(self._holds(part, data, context) for part in rule["And"])
        if "Or" in rule:
            return any(self._holds(part, data, context) for part in rule["Or"])
        if "Not" in rule:
            return not self._holds(rule["Not"], data, context)
        try:
            value = self._path(rule["Variable"], data, context)
        except KeyError:
            value = None
        for operator, test in _TESTS.items():
            if operator in rule:
                return test(value, rule[operator])
        raise NotUnderstood(f"the choice {rule}")

    def _do_map(self, state: dict[str, Any], data: Data, context: Context) -> Walking:
        walks: dict[int, tuple[Walking, frozenset[str]]] = {}
        results: dict[int, Data] = {}

        def go_on(index: int, walking: Walking, how: Callable[[Walking], frozenset[str]]) -> None:
            walks.pop(index, None)
            try:
                walks[index] = walking, how(walking)
            except StopIteration as over:
                results[index] = over.value[1]

        for index, item in enumerate(self._path(state.get("ItemsPath", "$"), data, context)):
            inner = context | {"Map": {"Item": {"Value": item, "Index": index}}}
            given = self._fill(state["ItemSelector"], data, inner) if "ItemSelector" in state else item
            go_on(index, self._walk(state["ItemProcessor"], given, inner), next)
        while walks:
            told = yield frozenset().union(*(waiting for _, waiting in walks.values()))
            index, walking = next((i, walk) for i, (walk, waiting) in walks.items() if told[0] in waiting)
            go_on(index, walking, lambda walking, told=told: walking.send(told))  # type: ignore[misc]
        return None, self._result(state, data, context, [results[index] for index in sorted(results)])

    def _result(self, state: dict[str, Any], data: Data, context: Context, answer: Data) -> Data:
        if "ResultSelector" in state:
            answer = self._fill(state["ResultSelector"], answer, context)
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

    def _fill(self, template: Any, data: Data, context: Context) -> Any:
        if isinstance(template, list):
            return [self._fill(entry, data, context) for entry in template]
        if not isinstance(template, dict):
            return template
        return {
            name.removesuffix(".$"): self._path(value, data, context)
            if name.endswith(".$")
            else self._fill(value, data, context)
            for name, value in template.items()
        }

    def _path(self, path: str, data: Data, context: Context) -> Any:
        if path.startswith("States."):
            return self._intrinsic(path, data, context)
        found = context if path.startswith("$$") else data
        for part in re.findall(r"[^.$\[\]]+", path):
            found = found[int(part)] if isinstance(found, list) else found[part]
        return found

    def _intrinsic(self, text: str, data: Data, context: Context) -> Any:
        found = re.fullmatch(r"States\.(\w+)\((.*)\)", text)
        arguments = [part.strip() for part in found[2].split(",")] if found else []
        values = [
            self._path(a, data, context) if a.startswith("$") else json.loads(a.replace("'", '"')) for a in arguments
        ]
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
