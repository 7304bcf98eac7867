"""Who may do what: the one table of role × route, which the code obeys and docs/access.md shows.

`python -m chalicelib.access > docs/access.md` writes the page anew.
"""

import sys

ROLES = (
    "agent",
    "officer",
    "unit_member",
    "manager",
    "general_manager",
    "regional_approver",
    "head_office_approver",
    "ops",
)
MEMBER_UNITS = ("billing", "field", "network", "sales")  # whose items a unit_member works on
SEE_ALL = frozenset({"regional_approver", "head_office_approver", "ops"})  # the others see their own witel only

_EVERYONE = frozenset(ROLES)
_LEADS = frozenset({"manager", "general_manager", "ops"})
_CARE = _LEADS | {"agent", "officer"}
_BILLING = _CARE | {"unit_member"}
_WORK = _LEADS | {"officer", "unit_member"}
_RESULTS = _EVERYONE - {"agent", "unit_member"}

PUBLIC: frozenset[str] = frozenset()  # no login: liveness, the description, and links that carry their own signature

ACCESS: dict[str, frozenset[str]] = {
    "GET /health": PUBLIC,
    "GET /openapi.json": PUBLIC,
    "GET /l/{token}": PUBLIC,
    "POST /l/{token}": PUBLIC,
    "POST /imports": _LEADS,
    "GET /imports/{import_id}": _LEADS,
    "GET /imports/{import_id}/rows": _LEADS,
    "GET /customers": _EVERYONE,
    "GET /customers/{customer_id}": _EVERYONE,
    "PATCH /customers/{customer_id}": _CARE,
    "GET /customers/{customer_id}/timeline": _EVERYONE,
    "GET /customers/{customer_id}/export": _LEADS | {"officer"},
    "DELETE /customers/{customer_id}": _LEADS,
    "GET /customers/{customer_id}/requests": _CARE,
    "POST /customers/{customer_id}/requests": _CARE,
    "GET /requests": _LEADS,
    "GET /contactability": _RESULTS,
    "POST /customers/{customer_id}/preferred-channel": _CARE,
    "POST /consents": _CARE,
    "GET /customers/{customer_id}/consents": _CARE,
    "POST /payments": _BILLING,
    "POST /episodes": _BILLING,
    "GET /scripts": _EVERYONE,
    "GET /scripts/{script_id}": _EVERYONE,
    "POST /programs": _LEADS,
    "GET /programs": _EVERYONE,
    "GET /programs/{program_id}": _EVERYONE,
    "PATCH /programs/{program_id}": _LEADS,
    "POST /programs/{program_id}/runs": _LEADS,
    "GET /programs/{program_id}/runs": _EVERYONE,
    "GET /runs/{run_id}": _EVERYONE,
    "POST /runs/{run_id}/launch": _LEADS,
    "POST /runs/{run_id}/pause": _LEADS,
    "POST /runs/{run_id}/resume": _LEADS,
    "POST /runs/{run_id}/cancel": _LEADS,
    "POST /runs/{run_id}/reconcile": _LEADS,
    "GET /runs/{run_id}/messages": _RESULTS,
    "GET /runs/{run_id}/messages.csv": _RESULTS,
    "GET /runs/{run_id}/effect": _RESULTS,
    "GET /nps": _RESULTS,
    "GET /nps/themes": _RESULTS,
    "GET /nps/plan": _RESULTS,
    "POST /complaints": _CARE,
    "GET /tickets": _EVERYONE,
    "GET /tickets/{ticket_id}": _EVERYONE,
    "GET /incidents": _EVERYONE,
    "GET /incidents/{incident_id}": _EVERYONE,
    "POST /incidents": _LEADS | {"officer"},
    "POST /incidents/{incident_id}/confirm": _LEADS | {"officer"},
    "POST /incidents/{incident_id}/dismiss": _LEADS | {"officer"},
    "POST /incidents/{incident_id}/mend": _LEADS | {"officer"},
    "GET /work-items": _EVERYONE - {"agent"},
    "POST /work-items": _WORK,
    "GET /work-items/{work_id}": _EVERYONE - {"agent"},
    "POST /work-items/{work_id}/claim": _WORK,
    "POST /work-items/{work_id}/dial": _WORK,
    "POST /work-items/{work_id}/release": _WORK,
    "POST /work-items/{work_id}/complete": _WORK,
    "POST /visits/rounds": _LEADS | {"officer"},
    "GET /visits/rounds": _EVERYONE - {"agent"},
    "GET /why": _EVERYONE - {"unit_member"},
    "GET /parked": _LEADS | {"officer"},
    "GET /kill-switch": _LEADS,
    "POST /kill-switch": frozenset({"general_manager", "ops"}),
}


def may(roles: frozenset[str], route: str) -> bool:
    """Whether any of the roles may use the route ("METHOD /path")."""
    return not roles.isdisjoint(ACCESS[route])


def may_work(roles: frozenset[str], unit: str, kind: str) -> bool:
    """Whether any of the roles works on a unit's items of a kind: escalations are for those who lead alone."""
    if roles & _LEADS:
        return True
    return kind != "escalation" and ("officer" in roles or unit in MEMBER_UNITS)


def as_markdown() -> str:
    """The table as the page docs/access.md."""
    lines = [
        "# Who may do what",
        "",
        "Written by `python -m chalicelib.access` (in functions/api) from the table that the API obeys; change that.",
        "",
        "`✓` may · `–` may not (403) · *anyone* needs no login. With several roles a person has the rights of all.",
        f"{', '.join(sorted(SEE_ALL))} see every witel, others their own: another witel's thing is a 404.",
        f"A unit_member works on items of {', '.join(MEMBER_UNITS)}; an escalation is for managers and ops.",
        "",
        f"| route | {' | '.join(ROLES)} |",
        f"|---|{'---|' * len(ROLES)}",
    ]
    for route, roles in ACCESS.items():
        cells = ["✓" if role in roles else "–" for role in ROLES] if roles else ["*anyone*"] * len(ROLES)
        lines.append(f"| {route} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(as_markdown())
