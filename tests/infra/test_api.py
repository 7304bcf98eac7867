"""The API's edge: who may enter, what API Gateway says of its own accord, how much it takes, what it notes down."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_apigateway as apigateway

from infra.gateway_errors import ANSWERS, DEFAULTS, as_resources
from infra.settings import ROLES
from tests.infra.synthesis import ROOT, Synthesis

OPEN = {"/health", "/openapi.json", "/l/{token}"}


def _document(synthesis: Synthesis) -> dict[str, Any]:
    document: dict[str, Any] = synthesis.one("AWS::ApiGateway::RestApi")["Body"]
    return document


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("UNAUTHORIZED", "401", "unauthorized"),
        ("EXPIRED_TOKEN", "401", "unauthorized"),
        ("ACCESS_DENIED", "403", "forbidden"),
        ("MISSING_AUTHENTICATION_TOKEN", "404", "not_found"),
        ("RESOURCE_NOT_FOUND", "404", "not_found"),
        ("REQUEST_TOO_LARGE", "413", "too_large"),
        ("THROTTLED", "429", "too_many_requests"),
        ("QUOTA_EXCEEDED", "429", "too_many_requests"),
        ("BAD_REQUEST_BODY", "400", "invalid_request"),
    ],
)
def test_the_gateways_own_errors_have_our_form(synthesis: Synthesis, kind: str, status: str, code: str) -> None:
    response = _document(synthesis)["x-amazon-apigateway-gateway-responses"][kind]
    assert response["statusCode"] == status
    body = json.loads(response["responseTemplates"]["application/json"])
    assert set(body) == {"code", "message"}
    assert body["code"] == code


def test_every_kind_of_error_is_answered_for(synthesis: Synthesis) -> None:
    responses = _document(synthesis)["x-amazon-apigateway-gateway-responses"]
    assert set(responses) == {*ANSWERS, *DEFAULTS} >= {"DEFAULT_4XX", "DEFAULT_5XX", "INTEGRATION_TIMEOUT"}


def test_a_cloud_that_reads_no_extension_gets_the_same_errors_as_resources() -> None:
    stack = Stack(App(), "Stack")
    api = apigateway.CfnRestApi(stack, "Api", name="api")
    made = {response.response_type: response for response in as_resources(stack, api.ref)}
    assert set(made) == {*ANSWERS, *DEFAULTS}
    for kind, answer in ANSWERS.items():
        assert made[kind].status_code == str(answer.status)
        assert made[kind].response_templates == {"application/json": answer.template}


def test_every_route_but_the_open_ones_wants_a_token_of_this_pool(synthesis: Synthesis) -> None:
    document = _document(synthesis)
    (scheme,) = document["securityDefinitions"].values()
    ((pool,),) = [synthesis.of_type("AWS::Cognito::UserPool")]
    authorizer = scheme["x-amazon-apigateway-authorizer"]
    assert authorizer["type"] == "cognito_user_pools"
    assert authorizer["providerARNs"] == [{"Fn::GetAtt": [pool, "Arn"]}]
    unguarded = {
        path
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method != "options" and not operation.get("security")
    }
    assert unguarded == OPEN


def test_the_deployment_waits_for_nothing_but_its_document_and_changes_with_it(synthesis: Synthesis) -> None:
    (deployment,) = synthesis.of_type("AWS::ApiGateway::Deployment")
    assert synthesis.one("AWS::ApiGateway::Stage")["DeploymentId"] == {"Ref": deployment}
    assert synthesis.one("AWS::ApiGateway::Stage")["StageName"] == "api"


def test_the_stage_is_throttled(synthesis: Synthesis) -> None:
    (settings,) = synthesis.one("AWS::ApiGateway::Stage")["MethodSettings"]
    assert (settings["ResourcePath"], settings["HttpMethod"]) == ("/*", "*")
    assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (100, 200)


def test_the_access_log_knows_routes_but_no_numbers(synthesis: Synthesis) -> None:
    form = synthesis.one("AWS::ApiGateway::Stage")["AccessLogSetting"]["Format"]
    assert "$context.resourcePath" in form
    assert not [word for word in ("$context.path", "querystring", "sourceIp", "email") if word in form]


def test_staff_are_entered_by_an_administrator_and_grouped_by_role(synthesis: Synthesis) -> None:
    pool = synthesis.one("AWS::Cognito::UserPool")
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] >= 12
    assert pool["MfaConfiguration"] == "OPTIONAL"
    assert "witel" in [attribute["Name"] for attribute in pool["Schema"]]
    groups = synthesis.of_type("AWS::Cognito::UserPoolGroup").values()
    assert {group["Properties"]["GroupName"] for group in groups} == set(ROLES)


def test_nobody_changes_his_own_witel(synthesis: Synthesis) -> None:
    client = synthesis.one("AWS::Cognito::UserPoolClient")
    assert client["WriteAttributes"] == ["email"]
    assert client["PreventUserExistenceErrors"] == "ENABLED"


def test_schedules_are_passed_their_own_role_and_no_other(synthesis: Synthesis) -> None:
    passes = [s for _, s in synthesis.statements() if "iam:PassRole" in json.dumps(s["Action"])]
    (role,) = [name for name in synthesis.of_type("AWS::IAM::Role") if name.startswith("SchedulesRole")]
    assert passes
    for passed in passes:
        assert passed["Resource"] == {"Fn::GetAtt": [role, "Arn"]}
        assert passed["Condition"] == {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}


def test_packaging_leaves_no_trace(synthesis: Synthesis) -> None:
    assert synthesis.error is None
    assert "USER_POOL_ARN" not in os.environ
    assert not (ROOT / "functions" / "api" / ".chalice" / "deployments").exists()
    assert not (ROOT / "chalice.out").exists()
    left = [path for path in sys.path if path.startswith(tempfile.gettempdir()) and path.endswith("/api")]
    assert [path for path in left if not path.startswith(str(ROOT))] == []
