"""Imports of customer files: the file goes straight to the store, by the link that is answered here."""

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from caring.customers.importing import store
from caring.errors import CaringError
from chalicelib.paging import page
from chalicelib.routing import Call, route

if TYPE_CHECKING:
    from chalicelib import models

imports = Blueprint(__name__)


@route(
    imports,
    "POST /imports",
    "begin an import: PUT the file to the answered link",
    body="NewImport",
    answer="ImportBegun",
    status=201,
)
def begin_import(call: Call) -> dict[str, Any]:
    """{import_id, upload: {url, headers}}. The file of a caller who belongs to one witel is bound to it."""
    witel = None if call.caller.sees_all else call.caller.witel
    if witel is None and not call.caller.sees_all:
        raise CaringError("forbidden", "you belong to no witel: ask ops to set it", 403)
    import_id, key = store.create_import(call.body.filename, call.body.kind, call.caller.name, witel)
    return {"import_id": import_id, "upload": store.upload_target(key)}


@route(imports, "GET /imports/{import_id}", "how far an import is, and its totals", answer="Import")
def read_import(call: Call) -> dict[str, Any]:
    """Refused files say why."""
    return store.get_import(call.ids["import_id"], call.caller.sees)


@route(
    imports,
    "GET /imports/{import_id}/rows",
    "what became of each row",
    query="RowsQuery",
    answer="Rows",
)
def list_rows(call: Call) -> dict[str, Any]:
    """In the file's order."""
    asked: models.RowsQuery = call.query
    found = store.list_rows(call.ids["import_id"], asked.outcome, asked.size, asked.start, call.caller.sees)
    return page(found["items"], found["next"])
