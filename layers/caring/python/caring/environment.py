"""The environment of the functions, read when asked for and never at import."""

import os
from functools import lru_cache

import orjson


class MissingSetting(RuntimeError):
    """An environment variable that the deployment must set is not there."""


def get(name: str, default: str | None = None) -> str:
    """The variable's value; `default` if unset; MissingSetting if neither is there."""
    value = os.environ.get(name, default)
    if value is None:
        raise MissingSetting(f"the environment variable {name} is not set: deploy the function with it")
    return value


def table(name: str) -> str:
    """The name of a DynamoDB table: table("customers") is CUSTOMERS_TABLE."""
    return get(f"{name.upper()}_TABLE")


@lru_cache(maxsize=4)
def _queues(raw: str) -> dict[str, dict[str, str]]:
    parsed: dict[str, dict[str, str]] = orjson.loads(raw)
    return parsed


def queue_url(channel: str, lane: str = "blast") -> str:
    """The URL of a channel's queue; lane is "blast" or "conversation"."""
    return _queues(get("QUEUE_URLS"))[channel][lane]
