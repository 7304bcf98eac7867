"""The pictures of the system in the documents, drawn from the code: `python -m infra.pictures` writes them anew.

docs/system.md holds who calls whom, from the synthesized template; docs/<machine>.md one picture per state machine,
from its definition. A test draws them again and compares.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aws_cdk import App
from aws_cdk.assertions import Template

from infra.settings import ROOT, STATE_MACHINES

DOCS = ROOT / "docs"
WRITTEN = "<!-- Drawn by `python -m infra.pictures`; do not edit. -->"
Resources = Mapping[str, Mapping[str, Any]]


def machine_picture(definition: Mapping[str, Any]) -> str:
    """A state machine as a Mermaid state diagram, with each state's comment as its note."""
    states = definition["States"]
    lines = ["stateDiagram-v2", f"    [*] --> {definition['StartAt']}"]
    for name, state in states.items():
        for target, label in _transitions(state):
            lines.append(f"    {name} --> {target}" + (f": {label}" if label else ""))
        if state.get("End") or state["Type"] in ("Succeed", "Fail"):
            lines.append(f"    {name} --> [*]")
    return "\n".join(lines)


def _transitions(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "Next" in state:
        yield state["Next"], ""
    for choice in state.get("Choices", ()):
        yield choice["Next"], str(choice.get("StringEquals", "")) or "if so"
    if "Default" in state:
        yield state["Default"], "else"
    for catch in state.get("Catch", ()):
        errors = ", ".join(error.removeprefix("States.") for error in catch["ErrorEquals"])
        yield catch["Next"], f"on {errors}"


def machine_document(name: str, definition: Mapping[str, Any]) -> str:
    """The document of one state machine: its picture, and what each state is for."""
    rows = [f"| {state} | {body['Type']} | {body.get('Comment', '')} |" for state, body in definition["States"].items()]
    return "\n".join(
        [
            f"# {name}",
            "",
            WRITTEN,
            "",
            f"{definition['Comment']}.",
            "",
            f"Its definition: [statemachines/{name}.asl.json](../statemachines/{name}.asl.json).",
            "",
            "```mermaid",
            machine_picture(definition),
            "```",
            "",
            "| state | type | what it is for |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def system_picture(template: Mapping[str, Any], stage: str) -> str:
    """Topics, queues, functions and the state machines as a Mermaid flow chart: who brings work to whom."""
    resources: Resources = template["Resources"]
    edges = sorted({*_from_topics(resources), *_from_queues(resources), *_from_machine(resources)})
    named = {logical: _name(body, stage) for logical, body in resources.items()}
    shapes = {"topic": '{0}(["{1}"])', "queue": '{0}[["{1}"]]', "function": '{0}["{1}"]', "machine": '{0}{{{{"{1}"}}}}'}
    nodes: dict[str, str] = {}
    lines = []
    for kind, source, other, target in edges:
        for sort, logical in ((kind, source), (other, target)):
            label = named[logical]
            key = f"{sort}_{re.sub(r'[^a-z0-9]', '_', label)}"
            nodes[key] = shapes[sort].format(key, label)
        ends = [
            f"{sort}_{re.sub(r'[^a-z0-9]', '_', named[logical])}" for sort, logical in ((kind, source), (other, target))
        ]
        lines.append(f"    {ends[0]} --> {ends[1]}")
    return "\n".join(["flowchart LR", *(f"    {shape}" for _, shape in sorted(nodes.items())), *sorted(set(lines))])


Edge = tuple[str, str, str, str]


def _from_topics(resources: Resources) -> Iterator[Edge]:
    for body in resources.values():
        if body["Type"] == "AWS::SNS::Subscription" and body["Properties"]["Protocol"] == "sqs":
            yield "topic", _ref(body["Properties"]["TopicArn"]), "queue", _ref(body["Properties"]["Endpoint"])


def _from_queues(resources: Resources) -> Iterator[Edge]:
    for body in resources.values():
        if body["Type"] == "AWS::Lambda::EventSourceMapping":
            properties = body["Properties"]
            yield "queue", _ref(properties["EventSourceArn"]), "function", _ref(properties["FunctionName"])


def _from_machine(resources: Resources) -> Iterator[Edge]:
    for logical, body in resources.items():
        if body["Type"] == "AWS::StepFunctions::StateMachine":
            for function in body["Properties"].get("DefinitionSubstitutions", {}).values():
                if isinstance(function, Mapping) and _ref(function) in resources:
                    yield "machine", logical, "function", _ref(function)


def _ref(value: Any) -> str:
    return str(value["Ref"] if "Ref" in value else value["Fn::GetAtt"][0])


def _name(body: Mapping[str, Any], stage: str) -> str:
    properties = body.get("Properties", {})
    name = next(
        (
            properties[key]
            for key in ("FunctionName", "QueueName", "TopicName", "StateMachineName")
            if key in properties
        ),
        "",
    )
    return str(name).removeprefix(f"caring-{stage}-") if isinstance(name, str) else ""


def system_document(template: Mapping[str, Any], stage: str) -> str:
    """The document of the whole: what brings work to what."""
    return "\n".join(
        [
            "# What brings work to what",
            "",
            WRITTEN,
            "",
            "Rounded: topics that providers publish to. Double: queues. Plain: functions. Hexagon: the state machines.",
            "Who may call which route of the API: [access.md](access.md).",
            "",
            "```mermaid",
            system_picture(template, stage),
            "```",
            "",
        ]
    )


def documents(template: Mapping[str, Any], stage: str) -> dict[Path, str]:
    """Every drawn document by its path, from the template of the first stack."""
    drawn = {DOCS / "system.md": system_document(template, stage)}
    for path in sorted(STATE_MACHINES.glob("*.asl.json")):
        name = path.name.removesuffix(".asl.json")
        drawn[DOCS / f"{name}.md"] = machine_document(name, json.loads(path.read_text("utf-8")))
    return drawn


def main() -> None:
    """Write them all."""
    from infra.app import build  # noqa: PLC0415  (the app imports every construct)

    context = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
    stack, _ = build(App(context=context))
    for path, text in documents(Template.from_stack(stack).to_json(), context["caring:stage"]).items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
