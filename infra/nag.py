"""cdk-nag's AwsSolutions rules over both stacks, and the reasons for what we do otherwise."""

from __future__ import annotations

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks


def check(app: App) -> None:
    """Let synthesis fail on a finding that nobody acknowledged with a reason."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
