"""The API about itself: whether what it depends on lives, what it offers, and what could not be matched."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from chalice.app import Blueprint

from caring import aws, environment, parked
from caring.observability import logger, safe
from chalicelib.paging import page
from chalicelib.routing import Call, json_response, route

if TYPE_CHECKING:
    from chalicelib import models

system = Blueprint(__name__)

_FRESH_SECONDS = 5.0  # anyone may ask, so what was found is shown again for a while
_last: tuple[float, dict[str, Any]] | None = None


def _checks() -> dict[str, Callable[[], Any]]:
    return {
        "dynamodb": lambda: aws.client("dynamodb").get_item(
            TableName=environment.table("programs"), Key={"program_id": {"S": "health"}}
        ),
        "s3": lambda: aws.client("s3").head_bucket(Bucket=environment.get("DATA_BUCKET")),
        "sqs": lambda: aws.client("sqs").get_queue_attributes(
            QueueUrl=environment.queue_url("whatsapp"), AttributeNames=["QueueArn"]
        ),
        "stepfunctions": lambda: aws.client("stepfunctions").describe_state_machine(
            stateMachineArn=environment.get("CARING_RUN_ARN")
        ),
        "secretsmanager": lambda: aws.client("secretsmanager").describe_secret(
            SecretId=environment.get("LINK_SECRET_ARN")
        ),
    }


def _state(name: str, check: Callable[[], Any]) -> str:
    try:
        check()
    except (BotoCoreError, ClientError, environment.MissingSetting) as error:
        logger().error("a dependency does not answer", dependency=name, error=safe(error))
        return "down"
    return "ok"


@route(system, "GET /health", "whether each dependency answers; 503 if one does not", answer="Health")
def health(_call: Call) -> Any:
    """{status: ok|degraded, dependencies: {name: ok|down}}."""
    global _last  # noqa: PLW0603 — one small cache per process
    if _last is None or time.monotonic() - _last[0] > _FRESH_SECONDS:
        found = {name: _state(name, check) for name, check in _checks().items()}
        status = "ok" if set(found.values()) == {"ok"} else "degraded"
        _last = time.monotonic(), {"status": status, "dependencies": found}
    return json_response(_last[1], 200 if _last[1]["status"] == "ok" else 503)


@route(system, "GET /openapi.json", "this description")
def describe(_call: Call) -> dict[str, Any]:
    """OpenAPI 3.1, made from the models that validate."""
    from chalicelib.openapi import document  # noqa: PLC0415 — needed by this route only

    return document()


@route(
    system,
    "GET /parked",
    "receipts and replies that could not be matched, newest first",
    query="ParkedQuery",
    answer="ParkedThings",
)
def list_parked(call: Call) -> dict[str, Any]:
    """The body as it came is personal data of a customer nobody knows the witel of: only ops see it."""
    asked: models.ParkedQuery = call.query
    found = parked.read(asked.kind, asked.size + 1, asked.start)
    shown = found[: asked.size]
    following = shown[-1]["at_id"] if len(found) > asked.size else None
    if "ops" not in call.caller.roles:
        shown = [{name: value for name, value in thing.items() if name != "body"} for thing in shown]
    return page(shown, following)
