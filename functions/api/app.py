"""The API: Chalice's routes, each a line of one table (chalicelib/routing.py)."""

from collections.abc import Callable
from typing import Any

from chalice.app import Chalice, Response

from chalicelib.customers import customers
from chalicelib.guards import guards
from chalicelib.imports import imports
from chalicelib.incidents import incidents
from chalicelib.links import links
from chalicelib.nps import nps
from chalicelib.programs import programs
from chalicelib.records import records
from chalicelib.rights import rights
from chalicelib.routing import error_response
from chalicelib.runs import runs
from chalicelib.scripts import scripts
from chalicelib.system import system
from chalicelib.tickets import tickets
from chalicelib.visits import visits
from chalicelib.work import work

_ROOMS = (
    *(imports, customers, records, rights, scripts, programs, runs),
    *(tickets, incidents, work, visits, guards, nps, links, system),
)

app = Chalice(app_name="api")
for blueprint in _ROOMS:
    app.register_blueprint(blueprint)

_OWN_WORDS = {  # Chalice's own refusals, which come before any view of ours
    405: ("not_found", "there is no such route: see /openapi.json", 404),
    404: ("not_found", "there is no such route: see /openapi.json", 404),
}


@app.middleware("http")
def in_our_error_form(event: Any, get_response: Callable[[Any], Response]) -> Response:
    """Chalice's {"Code", "Message"} as our {"code", "message"}."""
    response = get_response(event)
    if response.status_code < 400 or not isinstance(response.body, dict) or "Code" not in response.body:
        return response
    code, message, status = _OWN_WORDS.get(
        response.status_code, ("bad_request", str(response.body.get("Message", "")), 400)
    )
    if response.status_code >= 500:
        code, message, status = "internal_error", "something went wrong here, not with you: try again later", 500
    return error_response(code, message, status)
