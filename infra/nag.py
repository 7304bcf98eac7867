"""cdk-nag's AwsSolutions rules over both stacks; a finding is mended, or accepted with a reason where it arises."""

from __future__ import annotations

from aws_cdk import Acknowledgment, App, Stack, Validations
from cdk_nag import AwsSolutionsChecks
from constructs import IConstruct


def check(app: App) -> None:
    """Let synthesis fail on a finding that nobody accepted; `-c caring:nag=off` leaves the rules out."""
    if app.node.try_get_context("caring:nag") != "off":
        Validations.of(app).add_plugins(AwsSolutionsChecks(app))


def accept(construct: IConstruct, reason: str, *rules: str) -> None:
    """Accept findings on a construct and what is in it; a rule is "SMG4", or "IAM5[Resource::*]" with its detail."""
    Validations.of(construct).acknowledge(
        *(Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason) for rule in rules)
    )


def accept_wildcard(construct: IConstruct, reason: str, *resources: str) -> None:
    """Accept ARNs that end in a wildcard in the policies of a role."""
    shown = [resource.replace(Stack.of(construct).account, "<AWS::AccountId>") for resource in resources]
    accept(construct, reason, *(f"IAM5[Resource::{resource}]" for resource in shown))
