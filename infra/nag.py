"""cdk-nag's AwsSolutions rules over both stacks, and the reasons for what we do otherwise."""

from __future__ import annotations

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks


def check(app: App) -> None:
    """Let synthesis fail on a finding that nobody acknowledged with a reason; `-c caring:nag=off` leaves it out."""
    if app.node.try_get_context("caring:nag") != "off":
        Validations.of(app).add_plugins(AwsSolutionsChecks(app))
