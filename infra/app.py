"""The CDK application: `cdk deploy Caring-<stage>`, and on AWS `Caring-<stage>-AwsOnly` as well."""

from __future__ import annotations

from aws_cdk import App

from infra.aws_only import AwsOnlyStack
from infra.nag import check
from infra.settings import Settings
from infra.stack import CaringStack


def build(app: App) -> tuple[CaringStack, AwsOnlyStack]:
    """Both stacks of the stage that the context names."""
    settings = Settings.of(app.node)
    main = CaringStack(app, f"Caring-{settings.stage}", settings)
    aws_only = AwsOnlyStack(app, f"Caring-{settings.stage}-AwsOnly", settings, main)
    return main, aws_only


def main() -> None:
    """Synthesize; a finding of cdk-nag that nobody acknowledged with a reason stops it."""
    app = App()
    build(app)
    check(app)
    app.synth()


if __name__ == "__main__":
    main()
