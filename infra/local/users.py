"""Users of every role in the laptop cloud's user pool, and their ID tokens."""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Mapping
from typing import Any

from infra.local.emulator import client
from infra.local.state import LocalError, State, read_json, write_json

WITEL_ROLES = ("agent", "officer", "unit_member", "manager", "general_manager")
WIDE_ROLES = ("regional_approver", "head_office_approver", "ops")  # see every witel
DEFAULT_WITEL = "BANDUNG"
_WITEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .'-]{0,63}")


def seed_users(state: State, outputs: Mapping[str, Any]) -> int:
    """Make one user of each role; the answer is how many there are now."""
    for role in WITEL_ROLES + WIDE_ROLES:
        _user(state, outputs, role, DEFAULT_WITEL)
    return len(read_json(state.users_file))


def token(state: State, outputs: Mapping[str, Any], role: str, witel: str | None = None) -> str:
    """An ID token of a user with that role in that witel (made when there is none yet). Raises LocalError."""
    name, password = _user(state, outputs, role, witel or DEFAULT_WITEL)
    cognito = client(outputs, "cognito-idp")
    answer = cognito.admin_initiate_auth(
        UserPoolId=outputs["user_pool_id"],
        ClientId=outputs["user_pool_client_id"],
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": password},
    )
    identity: str = answer["AuthenticationResult"]["IdToken"]
    return identity


def _user(state: State, outputs: Mapping[str, Any], role: str, witel: str) -> tuple[str, str]:
    """Name and password; passwords are generated here and kept in the state folder only."""
    role = role.strip().lower().replace("-", "_")
    if role not in WITEL_ROLES + WIDE_ROLES:
        raise LocalError(f"there is no role {role!r}: use one of {', '.join(WITEL_ROLES + WIDE_ROLES)}")
    witel = witel.strip().upper() if role in WITEL_ROLES else ""
    if witel and not _WITEL.fullmatch(witel):
        raise LocalError(f"{witel!r} is no name of a witel")
    name = f"{role}.{re.sub(r'[^a-z0-9]+', '-', witel.casefold())}" if witel else role
    users = read_json(state.users_file)
    pool = outputs["user_pool_id"]
    if users.get(name, {}).get("pool") != pool:
        password = secrets.token_urlsafe(18) + "aA1!"
        _create(outputs, name, password, role, witel)
        users[name] = {"password": password, "role": role, "witel": witel, "pool": pool}
        write_json(state.users_file, users)
    return name, users[name]["password"]


def _create(outputs: Mapping[str, Any], name: str, password: str, role: str, witel: str) -> None:
    cognito = client(outputs, "cognito-idp")
    user = {"UserPoolId": outputs["user_pool_id"], "Username": name}
    attributes = {"email": f"{name}@caring.example.com", "email_verified": "true"}
    if witel:
        attributes["custom:witel"] = witel
    # A user left by an attempt that was broken off gets the new password below.
    with contextlib.suppress(cognito.exceptions.UsernameExistsException):
        cognito.admin_create_user(
            **user,
            UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()],
            MessageAction="SUPPRESS",
        )
    cognito.admin_set_user_password(**user, Password=password, Permanent=True)
    cognito.admin_add_user_to_group(**user, GroupName=role)
