"""A state machine of ours: its definition from statemachines/, its steps' functions filled in, logged and traced."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.functions import CaringFunction, House, retention
from infra.nag import accept


def placeholders(definition: str) -> set[str]:
    """The names in ${…} of a definition."""
    return set(re.findall(r"\$\{(\w+)\}", definition))


def substitutions(scope: Construct, steps: Mapping[str, CaringFunction]) -> dict[str, str]:
    """What the placeholders of a definition stand for: ${OpenRunArn} is the function open_run."""
    return {
        "Partition": Stack.of(scope).partition,
        **{
            "".join(word.title() for word in folder.split("_")) + "Arn": step.function.function_arn
            for folder, step in steps.items()
        },
    }


def machine_role(scope: Construct, steps: Mapping[str, CaringFunction]) -> iam.Role:
    """The role of a machine: it may invoke its steps."""
    role = iam.Role(scope, "MachineRole", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
    invoked = [step.function.function_arn for step in steps.values()]
    role.add_to_policy(iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=invoked))
    accept(role, "Log delivery and X-Ray know no resources", "IAM5[Resource::*]")
    return role


def state_machine(
    scope: Construct,
    id_: str,
    house: House,
    *,
    name: str,
    definition: Path,
    role: iam.Role,
    steps: Mapping[str, CaringFunction],
) -> stepfunctions.StateMachine:
    """The machine that a file defines, its `steps` by function folder; what passes through it is not logged."""
    return stepfunctions.StateMachine(
        scope,
        id_,
        state_machine_name=name,
        role=role,
        definition_body=stepfunctions.DefinitionBody.from_file(str(definition)),
        definition_substitutions=substitutions(scope, steps),
        tracing_enabled=True,
        logs=stepfunctions.LogOptions(
            destination=logs.LogGroup(
                scope,
                "MachineLogs",
                log_group_name=f"/aws/vendedlogs/states/{name}",
                retention=retention(house.settings),
                removal_policy=RemovalPolicy.DESTROY,
            ),
            level=stepfunctions.LogLevel.ALL,
            include_execution_data=False,
        ),
    )
