"""What the laptop cloud does not know, and refuses a whole template for: SMS events, inbound mail, firewall, budget."""

from __future__ import annotations

from aws_cdk import Environment, Stack
from constructs import Construct

from infra.settings import Settings
from infra.stack import CaringStack


class AwsOnlyStack(Stack):
    """Deployed to AWS beside CaringStack, never to the laptop."""

    def __init__(self, scope: Construct, id_: str, settings: Settings, main: CaringStack) -> None:
        super().__init__(scope, id_, env=Environment(region=settings.region))
        self.add_dependency(main)
