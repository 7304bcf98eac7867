"""What the API says of itself, and who may use it."""

from __future__ import annotations

import ast
import inspect
import json
from pathlib import Path
from typing import Any

import pytest

from caring import parked
from tests.functions.api.conftest import Api

DOCS = Path(__file__).parents[3] / "docs" / "access.md"
PATHS = {
    "customer_id": "131000000017",
    "program_id": "p-1",
    "run_id": "r-1",
    "import_id": "i-1",
    "script_id": "s-1",
    "ticket_id": "t-1",
    "work_id": "call-1",
    "incident_id": "i-1",
    "token": "t",
}


def test_every_route_is_in_chalice_the_access_table_and_openapi(api: Api) -> None:
    from chalicelib.access import ACCESS  # noqa: PLC0415
    from chalicelib.routing import ROUTES  # noqa: PLC0415

    in_chalice = {f"{method} {path}" for path, methods in api.app.routes.items() for method in methods}
    described = api.get("/openapi.json", claims=None).body
    in_openapi = {f"{method.upper()} {path}" for path, methods in described["paths"].items() for method in methods}
    assert in_chalice == set(ACCESS) == set(ROUTES) == in_openapi


def test_only_public_routes_have_no_authorizer(api: Api) -> None:
    from chalicelib.access import ACCESS  # noqa: PLC0415

    for path, methods in api.app.routes.items():
        for method, entry in methods.items():
            assert (entry.authorizer is None) == (not ACCESS[f"{method} {path}"])


def test_openapi_names_every_reason_to_skip_that_the_rules_give(api: Api) -> None:
    from caring.runs import deliver, eligibility, plan  # noqa: PLC0415

    given = {
        str(node.value.value)
        for module in (deliver, eligibility, plan)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.keyword) and node.arg == "reason" and isinstance(node.value, ast.Constant)
    } - {"outside_window"}
    assert {"not_found", "fresh_detractor", "payment_check", "asked_recently", "cap_reached"} <= given
    schemas = api.get("/openapi.json", claims=None).body["components"]["schemas"]
    for schema, field in (("Why", "reason"), ("Message", "reason"), ("Counted", "by_reason")):
        said = schemas[schema]["properties"][field]["description"]
        assert not {reason for reason in given if reason + ": " not in said}


def test_openapi_refers_to_nothing_that_is_not_there(api: Api) -> None:
    described = api.get("/openapi.json", claims=None).body
    text = json.dumps(described)
    for part in text.split('"$ref": "#/components/schemas/')[1:]:
        assert part.split('"')[0] in described["components"]["schemas"]
    assert described["openapi"].startswith("3.")
    body = described["paths"]["/programs"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/NewProgram"}
    assert described["components"]["schemas"]["NewProgram"]["additionalProperties"] is False
    parameters = described["paths"]["/payments"]["post"]["parameters"]
    assert [parameter["name"] for parameter in parameters] == ["Idempotency-Key"]
    for methods in described["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert "400" in operation["responses"]


def test_the_page_of_rights_is_the_table_that_the_api_obeys(api: Api) -> None:
    from chalicelib.access import as_markdown  # noqa: PLC0415

    assert DOCS.read_text("utf-8") == as_markdown()


def test_each_role_may_use_its_routes_and_no_others(api: Api) -> None:
    from chalicelib.access import ACCESS, ROLES  # noqa: PLC0415

    for route, allowed in ACCESS.items():
        method, path = route.split(" ")
        target = path.format(**PATHS)
        for role in ROLES if allowed else ():
            answer = api.as_(role)(method, target, {} if method != "GET" else None)
            assert (answer.status == 403) == (role not in allowed), (route, role, answer.body)
            if answer.status == 403:
                assert answer.body["code"] == "forbidden"
                assert sorted(allowed)[0] in answer.body["message"]


@pytest.mark.parametrize(
    "claims",
    [
        None,
        {},
        {"token_use": "access", "cognito:groups": "ops"},
        {"cognito:groups": "ops"},
    ],
)
def test_a_token_that_is_no_id_token_is_401(api: Api, claims: dict[str, str] | None) -> None:
    answer = api.get("/programs", claims=claims)
    assert (answer.status, answer.body["code"]) == (401, "unauthorized")


@pytest.mark.parametrize("groups", ["ops", "[ops]", "[agent ops]", "agent,ops", "[agent, ops]"])
def test_groups_are_read_however_the_gateway_writes_them(api: Api, groups: str) -> None:
    claims = {"token_use": "id", "cognito:groups": groups}
    assert api.get("/parked?kind=receipt", claims=claims).status == 200


@pytest.mark.parametrize("groups", ["", "visitor", "OPS", "[]"])
def test_a_person_without_a_role_may_nothing(api: Api, groups: str) -> None:
    assert api.get("/programs", claims={"token_use": "id", "cognito:groups": groups}).status == 403


def test_health_names_each_dependency(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib import system  # noqa: PLC0415

    monkeypatch.setattr(system, "_last", None)
    answer = api.get("/health", claims=None)
    assert (answer.status, answer.body["status"]) == (200, "ok")
    assert set(answer.body["dependencies"]) >= {"dynamodb", "s3", "stepfunctions"}
    monkeypatch.setattr(system, "_last", None)
    monkeypatch.setenv("DATA_BUCKET", "there-is-no-such-bucket")
    answer = api.get("/health", claims=None)
    assert (answer.status, answer.body["status"], answer.body["dependencies"]["s3"]) == (503, "degraded", "down")
    monkeypatch.setattr(system, "_last", None)


def test_staff_see_what_could_not_be_matched_and_only_ops_its_body(api: Api) -> None:
    for place in range(3):
        parked.park("receipt", "not_our_reference", f"body {place}", detail="sms delivered")
    first = api.get("/parked?kind=receipt&limit=2").body
    assert [thing["body"] for thing in first["items"]] == ["body 2", "body 1"]
    rest = api.get(f"/parked?kind=receipt&limit=2&next={first['next']}").body
    assert [thing["body"] for thing in rest["items"]] == ["body 0"]
    assert rest["next"] is None
    shown: list[dict[str, Any]] = api.as_("manager").get("/parked?kind=receipt").body["items"]
    assert all("body" not in thing and thing["reason"] == "not_our_reference" for thing in shown)
    assert api.get("/parked?kind=nothing").status == 400


def test_scripts_are_listed_and_read(api: Api) -> None:
    listed = api.get("/scripts").body["items"]
    assert "billing-reminder" in [script["script_id"] for script in listed]
    script = api.get("/scripts/billing-reminder").body
    assert script["state"] == "approved"
    assert {variant["channel"] for variant in script["variants"]} >= {"whatsapp", "sms", "email"}
    assert api.get("/scripts/nothing").status == 404
