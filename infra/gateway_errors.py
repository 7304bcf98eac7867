"""API Gateway's own errors, in the form of ours: {"code": …, "message": what was wrong and how to mend it}."""

from __future__ import annotations

import json
from dataclasses import dataclass

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct


@dataclass(frozen=True, slots=True)
class Answer:
    """The status and body of one of API Gateway's errors."""

    status: int
    code: str
    message: str

    @property
    def template(self) -> str:
        """The body, ready to be sent."""
        return json.dumps({"code": self.code, "message": self.message})


_LOG_IN = Answer(
    401, "unauthorized", "The ID token is missing, expired or of another user pool: log in and send it as bearer."
)
_FORBIDDEN = Answer(403, "forbidden", "This is not allowed for you: ask an administrator for the role that it needs.")
_NOT_FOUND = Answer(404, "not_found", "There is no such route: see /openapi.json for those there are.")
_INVALID = Answer(400, "invalid_request", "The request cannot be read: see /openapi.json for what the route takes.")
_TOO_MANY = Answer(429, "too_many_requests", "Too many requests: wait a few seconds and try again.")
_OURS = Answer(500, "internal_error", "Something failed on our side: try again, and report it if it stays.")
_LATE = Answer(504, "timeout", "The answer took too long: try again, with a smaller question if you can.")

ANSWERS = {
    "UNAUTHORIZED": _LOG_IN,
    "EXPIRED_TOKEN": _LOG_IN,
    "ACCESS_DENIED": _FORBIDDEN,
    "INVALID_API_KEY": _FORBIDDEN,
    "INVALID_SIGNATURE": _FORBIDDEN,
    "WAF_FILTERED": _FORBIDDEN,
    # What API Gateway says of an unknown route or method.
    "MISSING_AUTHENTICATION_TOKEN": _NOT_FOUND,
    "RESOURCE_NOT_FOUND": _NOT_FOUND,
    "BAD_REQUEST_BODY": _INVALID,
    "BAD_REQUEST_PARAMETERS": _INVALID,
    "UNSUPPORTED_MEDIA_TYPE": Answer(415, "unsupported_media_type", "Send application/json."),
    "REQUEST_TOO_LARGE": Answer(
        413, "too_large", "The body is too large: send fewer items at once; files go to the upload address."
    ),
    "THROTTLED": _TOO_MANY,
    "QUOTA_EXCEEDED": _TOO_MANY,
    "AUTHORIZER_FAILURE": _OURS,
    "AUTHORIZER_CONFIGURATION_ERROR": _OURS,
    "API_CONFIGURATION_ERROR": _OURS,
    "INTEGRATION_FAILURE": Answer(502, "unavailable", "The service did not answer: try again in a few seconds."),
    "INTEGRATION_TIMEOUT": _LATE,
}
# The rest keep API Gateway's own status, so only the body is ours.
DEFAULTS = {"DEFAULT_4XX": _INVALID, "DEFAULT_5XX": _OURS}


def in_document() -> dict[str, object]:
    """The errors as an extension of the API's OpenAPI document, which every import and deployment takes along."""
    return {
        "x-amazon-apigateway-gateway-responses": {
            kind: {
                **({} if kind in DEFAULTS else {"statusCode": str(answer.status)}),
                "responseTemplates": {"application/json": answer.template},
            }
            for kind, answer in {**ANSWERS, **DEFAULTS}.items()
        }
    }


def as_resources(scope: Construct, rest_api_id: str) -> list[apigateway.CfnGatewayResponse]:
    """The errors as resources, for a cloud that does not read the extension.

    A deployment takes in those that are there before it. On AWS the next import of the document would drop them.
    """
    return [
        apigateway.CfnGatewayResponse(
            scope,
            f"On{''.join(word.title() for word in kind.split('_'))}",
            rest_api_id=rest_api_id,
            response_type=kind,
            status_code=None if kind in DEFAULTS else str(answer.status),
            response_templates={"application/json": answer.template},
        )
        for kind, answer in {**ANSWERS, **DEFAULTS}.items()
    ]
