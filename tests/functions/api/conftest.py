"""The API as API Gateway calls it: proxy events with the authorizer's claims, against the emulator's empty stores."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from caring import aws as clients
from caring import clock, links
from caring.scripts.seed import seed_scripts
from tests.emulator import Cloud, lambda_context

FUNCTION = Path(__file__).parents[3] / "functions" / "api"
MACHINE = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})


@dataclass
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: dict[str, str]
    text: str


def check_form(route: str, status: int, parsed: Any) -> None:
    """Every answer is what OpenAPI says it is."""
    from chalicelib.openapi import answer_model  # noqa: PLC0415 (reads USER_POOL_ARN when it is imported)
    from chalicelib.routing import ROUTES  # noqa: PLC0415

    entry = ROUTES.get(route)
    if status >= 400 and status not in (410, 503):
        answer_model("Error").model_validate(parsed)
    elif entry and entry.answer:
        answer_model(entry.answer).model_validate(parsed)


@dataclass
class Api:
    """The application, called by one staff member unless a call says otherwise."""

    app: Any
    role: str = "ops"
    witel: str | None = None

    def as_(self, role: str, witel: str | None = "BANDUNG") -> Api:
        """The same application, called by another."""
        return Api(self.app, role, witel)

    def claims(self) -> dict[str, str]:
        """What the authorizer hands on of an ID token."""
        claims = {
            "sub": "0d7c",
            "token_use": "id",
            "cognito:username": f"{self.role}.test",
            "cognito:groups": self.role,
        }
        return claims | ({"custom:witel": self.witel} if self.witel else {})

    def event(self, method: str, target: str, body: Any = None, **over: Any) -> dict[str, Any]:
        """The proxy event of a request; `over` replaces headers, claims or the whole raw body."""
        path, _, query = target.partition("?")
        resource, ids = self._resource(path)
        values: dict[str, list[str]] = {}
        for name, value in parse_qsl(query, keep_blank_values=True):
            values.setdefault(name, []).append(value)
        raw = over["raw"] if "raw" in over else None if body is None else json.dumps(body)
        context = {"resourcePath": resource, "httpMethod": method, "path": path, "requestId": "r-1"}
        claims = over.get("claims", self.claims())
        return {
            "resource": resource,
            "path": path,
            "httpMethod": method,
            "headers": {"Content-Type": "application/json"} | over.get("headers", {}),
            "multiValueHeaders": {},
            "queryStringParameters": {name: found[-1] for name, found in values.items()} or None,
            "multiValueQueryStringParameters": values or None,
            "pathParameters": ids or None,
            "stageVariables": None,
            "requestContext": context | ({"authorizer": {"claims": claims}} if claims else {}),
            "body": raw,
            "isBase64Encoded": over.get("base64", False),
        }

    def _resource(self, path: str) -> tuple[str, dict[str, str]]:
        for route in sorted(self.app.routes, key=lambda found: found.count("{")):
            match = re.fullmatch(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", route).replace(".", r"\."), path)
            if match:
                return route, match.groupdict()
        raise LookupError(f"no route {path}")

    def __call__(self, method: str, target: str, body: Any = None, **over: Any) -> Answer:
        event = self.event(method, target, body, **over)
        answer = self.app(event, lambda_context())
        kind = answer["headers"].get("Content-Type", "application/json")
        parsed = json.loads(answer["body"]) if kind.startswith("application/json") else None
        check_form(f"{method} {event['resource']}", answer["statusCode"], parsed)
        return Answer(answer["statusCode"], parsed, answer["headers"], answer["body"])

    def get(self, target: str, **over: Any) -> Answer:
        """GET."""
        return self("GET", target, **over)

    def post(self, target: str, body: Any = None, **over: Any) -> Answer:
        """POST."""
        return self("POST", target, body, **over)

    def delete(self, target: str, **over: Any) -> Answer:
        """DELETE."""
        return self("DELETE", target, **over)

    def patch(self, target: str, body: Any = None, **over: Any) -> Answer:
        """PATCH."""
        return self("PATCH", target, body, **over)


@pytest.fixture
def api(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """The application over empty stores with the seeded scripts."""
    states = aws.client("stepfunctions")
    role = "arn:aws:iam::000000000000:role/states"
    machine = states.create_state_machine(name=f"{aws.prefix}-run", definition=MACHINE, roleArn=role)
    group = f"{aws.prefix}-schedules"
    aws.client("scheduler").create_schedule_group(Name=group)
    for name, value in {
        "CARING_RUN_ARN": machine["stateMachineArn"],
        "COMPLAINT_ARN": machine["stateMachineArn"],
        "SCHEDULE_GROUP": group,
        "SCHEDULE_ROLE_ARN": "arn:aws:iam::000000000000:role/scheduler",
        "SCHEDULE_STATE": "ENABLED",
        "EXPORT_RUN_FUNCTION": "export-run",
        "FULFIL_REQUESTS_FUNCTION": "fulfil-requests",
        "USER_POOL_ARN": "arn:aws:cognito-idp:ap-southeast-1:000000000000:userpool/test",
    }.items():
        monkeypatch.setenv(name, value)
    clients.reset()
    clock.reset()
    links.reset()
    seed_scripts()
    from app import app  # noqa: PLC0415 (reads USER_POOL_ARN when it is imported)

    yield Api(app)
    clients.reset()


CUSTOMER: dict[str, Any] = {
    "customer_id": "131000000017",
    "name": "Siti Aminah",
    "segment": "REGULAR",
    "phone": "+6281234567890",
    "whatsapp": "+6281234567890",
    "email": "Siti@example.com",
    "email_key": "siti@example.com",
    "language": "id",
    "witel": "BANDUNG",
    "witel_key": "bandung",
    "amount_due": 350000,
    "due_date": "2026-11-20",
    "points": 10,
    "consent_whatsapp": True,
    "consent_sms": True,
    "consent_email": False,
    "consent_voice": False,
    "version": 1,
}


@pytest.fixture
def customer(aws: Cloud) -> dict[str, Any]:
    """A customer of Bandung who owes 350,000 rupiah and consents to WhatsApp and SMS."""
    aws.table("CUSTOMERS_TABLE").put_item(Item=CUSTOMER)
    return CUSTOMER
