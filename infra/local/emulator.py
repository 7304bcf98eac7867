"""How to reach the laptop cloud: its ports, the environment of a program that talks to it, and a client."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3

from infra.local import processes
from infra.local.clockwork import LocalClock

REGION = "ap-southeast-1"
ACCOUNT = "000000000000"
KEY = "caring-local"  # a key of its own: the CDK command line remembers which account a key belongs to
PROVIDER_SERVICES = ("PINPOINT_SMS_VOICE_V2", "SOCIALMESSAGING", "SESV2")


@dataclass(frozen=True, slots=True)
class Ports:
    """Loopback ports of one laptop cloud."""

    emulator: int
    providers: int
    site: int

    @classmethod
    def free(cls) -> Ports:
        """Three ports that nobody listens on now."""
        return cls(processes.free_port(), processes.free_port(), processes.free_port())

    @property
    def aws_endpoint_url(self) -> str:
        """The emulator."""
        return f"http://127.0.0.1:{self.emulator}"

    @property
    def providers_url(self) -> str:
        """The provider simulator."""
        return f"http://127.0.0.1:{self.providers}"

    @property
    def site_url(self) -> str:
        """The one origin of page, API and signed links."""
        return f"http://127.0.0.1:{self.site}"


def bare_environment() -> dict[str, str]:
    """This process's environment without anything that could lead to a real account or another setting of ours."""
    foreign = ("AWS_", "CARING_", "CDK_", "PYTEST_")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


def client_environment(ports: Ports, clock: LocalClock) -> dict[str, str]:
    """What a program needs that talks to the laptop cloud: endpoints, dummy keys, region and the clock."""
    return {
        **{f"AWS_ENDPOINT_URL_{service}": ports.providers_url for service in PROVIDER_SERVICES},
        "AWS_ENDPOINT_URL": ports.aws_endpoint_url,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CARING_CLOCK": clock.variable,
    }


def client(outputs: Mapping[str, Any], service: str) -> Any:
    """A boto3 client that talks to the laptop cloud of these outputs."""
    return boto3.client(
        service,
        endpoint_url=str(outputs["aws_endpoint_url"]),
        aws_access_key_id=KEY,
        aws_secret_access_key=KEY,
        region_name=REGION,
    )
