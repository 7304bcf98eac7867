"""Scripts: the wordings that may be sent."""

from typing import Any

from chalice.app import Blueprint

from caring.scripts import store
from chalicelib.paging import page
from chalicelib.routing import Call, route

scripts = Blueprint(__name__)


@route(scripts, "GET /scripts", "scripts with their state", query="Page", answer="Scripts")
def list_scripts(call: Call) -> dict[str, Any]:
    """All of them, by id."""
    return page(*store.list_scripts(call.query.size, call.query.start))


@route(scripts, "GET /scripts/{script_id}", "a script with its variants", answer="Script")
def read_script(call: Call) -> dict[str, Any]:
    """Its newest version."""
    return store.get_script(call.ids["script_id"])
