"""A route: its models, its right and its view, in one place from which Chalice, the checks and OpenAPI are made.

Every request goes the same way: who calls (401, 403), the path's ids, the query, the body (400, 413), one view, the
answer. Whatever is refused on the way becomes {"code", "message"}; only what nobody foresaw becomes a 500, and the log
then holds the error without anybody's data.
"""

import functools
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import orjson
from chalice.app import Blueprint, Request, Response

from caring import configuration
from caring.errors import CaringError
from caring.ids import ID
from caring.observability import logger, safe
from chalicelib.access import ACCESS
from chalicelib.caller import AUTHORIZER, Caller, caller_of, check_may
from chalicelib.refusals import refusal_of

if TYPE_CHECKING:
    from pydantic import BaseModel

_PLACEHOLDER = re.compile(r"{(\w+)}")
_HEADERS: dict[str, str | list[str]] = {
    "Content-Type": "application/json; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
_SAID = ("models", "run_models", "nps_models", "rights_models", "ticket_models", "incident_models", "visit_models")


@dataclass(frozen=True, slots=True)
class Call:
    """A checked request: its route, who calls, the path's ids, query and body as their models, and the raw request."""

    route: str
    caller: Caller
    ids: Mapping[str, str]
    query: Any
    body: Any
    request: Request

    def header(self, name: str) -> str | None:
        """A header's value, or None."""
        return self.request.headers.get(name)


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the API. Models are named, not held: they load with the first request that needs one."""

    method: str
    path: str
    summary: str
    tag: str
    query: str | None
    body: str | None
    answer: str | None
    status: int
    headers: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The route as the access table names it."""
        return f"{self.method} {self.path}"

    @property
    def public(self) -> bool:
        """Whether it needs no login."""
        return not ACCESS[self.key]


View = Callable[[Call], Any]
ROUTES: dict[str, Route] = {}
_NOBODY = Caller("anyone", frozenset(), None)


def route(
    blueprint: Blueprint,
    key: str,
    summary: str,
    *,
    query: str | None = None,
    body: str | None = None,
    answer: str | None = None,
    status: int = 200,
    headers: tuple[str, ...] = (),
) -> Callable[[View], View]:
    """Register a view for `key` ("METHOD /path"); it takes the Call and returns what the answer model describes.

    `query` and `body` name models of chalicelib/models.py or one of its siblings, `answer` one of their …answers.py;
    `headers` are those that the view reads.
    """
    method, path = key.split(" ")
    entry = Route(method, path, summary, path.split("/")[1].split(".")[0], query, body, answer, status, headers)
    ROUTES[key] = entry

    def register(view: View) -> View:
        @functools.wraps(view)
        def chalice_view(**ids: str) -> Response:
            return _answer(entry, view, blueprint.current_request, ids)

        login = None if entry.public else AUTHORIZER
        # content_types is empty, for Chalice would answer 415; the body's type is checked below, in our own form.
        registered = blueprint.route(path, methods=[method], authorizer=login, content_types=[], name=view.__name__)
        registered(chalice_view)
        return view

    return register


def _answer(entry: Route, view: View, request: Request, ids: dict[str, str]) -> Response:
    started = time.perf_counter()
    try:
        result = view(_call(entry, request, ids))
        response = result if isinstance(result, Response) else json_response(result, entry.status)
    except CaringError as refusal:
        response = error_response(refusal.code, refusal.message, refusal.status)
    except Exception as error:  # noqa: BLE001 — the last line of defence: the caller gets an answer, the log the cause
        logger().error("unexpected error", route=entry.key, error=safe(error), at=_where(error))
        response = error_response("internal_error", "something went wrong here, not with you: try again later", 500)
    logger().info(
        "request", route=entry.key, status=response.status_code, ms=round((time.perf_counter() - started) * 1000)
    )
    return response


def _call(entry: Route, request: Request, ids: dict[str, str]) -> Call:
    caller = _NOBODY
    if not entry.public:
        caller = caller_of(request.context)
        check_may(caller, entry.key)
        for name, value in ids.items():
            if not ID.match(value):
                raise CaringError("bad_id", f"{name} may hold A–Z a–z 0–9 . _ ~ - and 80 characters at most")
    query = None
    if entry.query or not entry.public:  # mail programs and proxies add parameters of their own to a link
        query = read_query(entry.query, request)
    return Call(entry.key, caller, ids, query, read_body(entry.body, request), request)


def read_query(name: str | None, request: Request) -> "BaseModel | None":
    """The query string as its model; a parameter given twice, or unknown, is refused."""
    given: dict[str, str] = {}
    for parameter in request.query_params or ():
        values = request.query_params.getlist(parameter)  # type: ignore[union-attr]
        if len(values) > 1:
            said = f"{parameter[:80]} is given {len(values)} times in the query: give it once"
            raise CaringError("repeated_field", said)
        given[parameter] = str(values[0])
    if name is None:
        if given:
            raise CaringError("unknown_field", f"query.{next(iter(given))[:80]}: this route takes no parameters")
        return None
    return _validated(lambda: said_model(name).model_validate(given), "query")


def read_body(name: str | None, request: Request) -> "BaseModel | None":
    """The body as its model; None for a route that takes none (whatever was sent is not looked at)."""
    if name is None:
        return None
    raw = raw_body(request)
    kind = str(request.headers.get("content-type") or "application/json").split(";")[0].strip().lower()
    if kind != "application/json":
        raise CaringError("unsupported_content_type", "send the body as Content-Type: application/json")
    return _validated(lambda: said_model(name).model_validate_json(raw or b"{}"), "body")


def said_model(name: str) -> "type[BaseModel]":
    """The model of a query or body, from the first of the modules that knows it: each loads when it is needed."""
    for module in _SAID:
        found: type[BaseModel] | None = getattr(import_module(f"chalicelib.{module}"), name, None)
        if found is not None:
            return found
    raise LookupError(f"no model of what is said is called {name}")


def _validated(validate: "Callable[[], BaseModel]", part: str) -> "BaseModel":
    from pydantic import ValidationError  # noqa: PLC0415 (loaded with the model)

    try:
        return validate()
    except ValidationError as wrong:
        raise refusal_of(wrong, part) from None


def raw_body(request: Request) -> bytes:
    """The body's bytes; CaringError 413 above the configured size."""
    try:
        raw = request.raw_body
    except ValueError:
        raise CaringError("malformed_body", "the body is not what its encoding says: send it as UTF-8 text") from None
    data = raw.encode() if isinstance(raw, str) else raw
    most = configuration.get().api.max_body_bytes
    if len(data) > most:
        raise CaringError("body_too_large", f"the body has {len(data)} bytes; at most {most} are taken", 413)
    return data


def json_response(value: Any, status: int = 200) -> Response:
    """A plain value as a JSON answer."""
    return Response(orjson.dumps(value).decode(), headers=dict(_HEADERS), status_code=status)


def error_response(code: str, message: str, status: int) -> Response:
    """The one form of every error."""
    return json_response({"code": code, "message": message}, status)


def _where(error: BaseException) -> str:
    """The file and line of the error: enough to find it, and no values."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""


def placeholders(path: str) -> list[str]:
    """The names of a path's ids."""
    return _PLACEHOLDER.findall(path)
