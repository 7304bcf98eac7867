"""The application synthesized once for all tests of this room, and short ways to read its templates."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from aws_cdk import App

from infra.app import build
from infra.nag import check

ROOT = Path(__file__).resolve().parent.parent.parent
MAIN, AWS_ONLY = "Caring-dev", "Caring-dev-AwsOnly"
Resources = dict[str, dict[str, Any]]


def context(**changes: object) -> dict[str, object]:
    """The context of cdk.json, with changes to its "caring:" keys."""
    stated: dict[str, object] = json.loads((ROOT / "cdk.json").read_text())["context"]
    return {**stated, **{f"caring:{key}": value for key, value in changes.items()}}


def empty_layers(folder: Path) -> dict[str, object]:
    """Stand-ins for the built layers: what is in them is no matter of templates."""
    for name in ("caring", "dependencies"):
        python = folder / name / "python"
        python.mkdir(parents=True)
        (python / "empty.py").write_text("")
    return {"caring_layer_dir": str(folder / "caring"), "dependencies_dir": str(folder / "dependencies")}


@dataclass(frozen=True)
class Synthesis:
    """What `cdk synth` wrote to `folder`, and the error that it ended with, if any."""

    folder: Path
    error: str | None
    templates: dict[str, dict[str, Any]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for name in (MAIN, AWS_ONLY):
            self.templates[name] = json.loads((self.folder / f"{name}.template.json").read_text())

    @cached_property
    def resources(self) -> Resources:
        """The resources of the first stack by logical id."""
        found: Resources = self.templates[MAIN]["Resources"]
        return found

    def of_type(self, kind: str) -> Resources:
        """The resources of the first stack of one type."""
        return {name: resource for name, resource in self.resources.items() if resource["Type"] == kind}

    def one(self, kind: str) -> dict[str, Any]:
        """The properties of the only resource of a type."""
        (resource,) = self.of_type(kind).values()
        properties: dict[str, Any] = resource["Properties"]
        return properties

    @cached_property
    def functions(self) -> dict[str, dict[str, Any]]:
        """Properties of every Lambda function by its name without the stage."""
        made = {**self.of_type("AWS::Lambda::Function"), **self.of_type("AWS::Serverless::Function")}
        return {r["Properties"]["FunctionName"].removeprefix("caring-dev-"): r["Properties"] for r in made.values()}

    def asset(self, function: str) -> Path:
        """The folder of a function's code."""
        key = str(self.functions[function]["Code"]["S3Key"])
        return self.folder / f"asset.{key.removesuffix('.zip')}"

    def statements(self) -> list[tuple[str, dict[str, Any]]]:
        """Each statement of each policy of a role, with the logical id of its policy."""
        return [
            (name, statement)
            for name, policy in self.of_type("AWS::IAM::Policy").items()
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        ]

    def rights(self, function: str) -> dict[str, list[str]]:
        """The actions that a function's role allows, by the resource as text; what is too long for one policy too."""
        role = self.functions[function]["Role"]["Fn::GetAtt"][0]
        found: dict[str, list[str]] = {}
        policies = self.of_type("AWS::IAM::Policy") | self.of_type("AWS::IAM::ManagedPolicy")
        for policy in policies.values():
            if {"Ref": role} in policy["Properties"]["Roles"]:
                for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
                    for resource in listed(statement["Resource"]):
                        found.setdefault(json.dumps(resource), []).extend(listed(statement["Action"]))
        return found


def listed(value: Any) -> list[Any]:
    """A value of a policy as a list: AWS lets a single one stand alone."""
    return value if isinstance(value, list) else [value]


def synthesize(folder: Path, **changes: object) -> Synthesis:
    """Synthesize both stacks into a folder, cdk-nag included; the clock, keys and network are of no use to it."""
    app = App(
        context=context(**empty_layers(folder / "layers"), **changes),
        outdir=str(folder / "cdk.out"),
        analytics_reporting=False,
    )
    build(app)
    check(app)
    error = None
    try:
        app.synth()
    except Exception as raised:  # noqa: BLE001 - jsii raises all sorts; the tests tell what it was
        error = str(raised)
    return Synthesis(folder / "cdk.out", error)
