"""Who calls: read from the claims that the user pool's authorizer has verified."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalice.app import CognitoUserPoolAuthorizer

from caring.errors import CaringError
from chalicelib.access import ACCESS, ROLES, SEE_ALL, may

# The stack sets the variable before it loads the app, to name the pool in the template; nothing is called here.
AUTHORIZER = CognitoUserPoolAuthorizer("pool", provider_arns=[os.environ.get("USER_POOL_ARN", "unset")])

_BETWEEN_GROUPS = re.compile(r"[\[\], ]+")  # API Gateway writes a list of groups in more than one way


@dataclass(frozen=True, slots=True)
class Caller:
    """A staff member: name, roles, and the witel he belongs to (casefolded; None for none)."""

    name: str
    roles: frozenset[str]
    witel: str | None

    @property
    def sees_all(self) -> bool:
        """Whether he sees every witel."""
        return not self.roles.isdisjoint(SEE_ALL)

    def sees(self, witel: str | None) -> bool:
        """Whether a thing of this witel is his to see."""
        return self.sees_all or (self.witel is not None and witel is not None and witel.casefold() == self.witel)


def caller_of(context: Mapping[str, Any]) -> Caller:
    """The caller of a request, from its requestContext; CaringError 401 unless it is an ID token of the pool."""
    claims = (context.get("authorizer") or {}).get("claims") or {}
    if claims.get("token_use") != "id":
        raise CaringError("unauthorized", "send the user pool's ID token as `Authorization: Bearer …`", 401)
    groups = _BETWEEN_GROUPS.split(str(claims.get("cognito:groups") or ""))
    witel = str(claims.get("custom:witel") or "").strip().casefold()
    name = claims.get("cognito:username") or claims.get("sub") or "unknown"
    return Caller(str(name), frozenset(groups) & frozenset(ROLES), witel or None)


def check_may(caller: Caller, route: str) -> None:
    """CaringError 403 unless one of the caller's roles has the right."""
    if not may(caller.roles, route):
        needed = ", ".join(role for role in ROLES if role in ACCESS[route])
        raise CaringError("forbidden", f"{route} needs one of the roles {needed}: ask a person who has it", 403)
