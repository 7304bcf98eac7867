"""The API as a person with a role uses it: for the demo and for tests, over HTTP and nothing else."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from infra.local import users
from infra.local.state import State

_NO_REDIRECTS = urllib.request.build_opener(
    type("Keep", (urllib.request.HTTPRedirectHandler,), {"redirect_request": lambda *_: None})
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers and the body as it was sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON. Raises ValueError when it is none."""
        return json.loads(self.body)


@dataclass(slots=True)
class Api:
    """Calls as one role (of one witel); the token is fetched once."""

    state: State
    outputs: Mapping[str, Any]
    role: str | None = "manager"
    witel: str | None = None
    _token: str | None = field(default=None, repr=False)

    def as_(self, role: str | None, witel: str | None = None) -> Api:
        """The same API for somebody else; without a role, for somebody who did not log in."""
        return Api(self.state, self.outputs, role, witel)

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 60,
    ) -> Answer:
        """One request; `body` is sent as JSON, bytes as they are. Any status is an answer, none raises."""
        url = f"{self.outputs['api_url']}{path}" if path.startswith("/") else path
        if query:
            url += "?" + urlencode({key: value for key, value in query.items() if value is not None})
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **self._authorization(url), **(headers or {})}
        request = urllib.request.Request(url, raw, sent, method=method)  # noqa: S310 (the laptop cloud's own URLs)
        try:
            with _NO_REDIRECTS.open(request, timeout=timeout) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, dict(error.headers), error.read())

    def get(self, path: str, **query: object) -> Any:
        """The JSON that a GET answers. Raises RuntimeError on an error."""
        return self._good("GET", path, None, query)

    def post(self, path: str, body: object = None, **query: object) -> Any:
        """The JSON that a POST answers. Raises RuntimeError on an error."""
        return self._good("POST", path, {} if body is None else body, query)

    def each(self, path: str, **query: object) -> Iterator[dict[str, Any]]:
        """The items of a list, page by page."""
        page = self.get(path, **query)
        yield from page["items"]
        while page["next"]:
            page = self.get(path, **{**query, "next": page["next"]})
            yield from page["items"]

    def upload(self, upload: Mapping[str, Any], content: bytes, timeout: float = 120) -> None:
        """Put a file where the API said. Raises RuntimeError on an error."""
        answer = self.call("PUT", upload["url"], content, headers=upload.get("headers", {}), timeout=timeout)
        if answer.status >= 300:
            raise RuntimeError(f"the upload answered {answer.status}: {answer.body[:300]!r}")

    def _good(self, method: str, path: str, body: object, query: Mapping[str, object]) -> Any:
        answer = self.call(method, path, body, query=query)
        if answer.status >= 300:
            raise RuntimeError(
                f"{method} {path} answered {answer.status}: {answer.body[:500].decode(errors='replace')}"
            )
        return answer.json if answer.body else None

    def _authorization(self, url: str) -> dict[str, str]:
        """Only our own API gets the token: a presigned URL carries its own right, and would refuse two."""
        if self.role is None or not url.startswith((self.outputs["api_url"], f"{self.outputs['site_url']}/api/")):
            return {}
        if self._token is None:
            self._token = users.token(self.state, self.outputs, self.role, self.witel)
        return {"Authorization": f"Bearer {self._token}"}
