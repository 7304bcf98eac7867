"""What tests do with a laptop cloud through its real API: wait for something, import people, ask the providers."""

from __future__ import annotations

import csv
import io
import json
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from infra.local.api import Api

CHANNELS = ("whatsapp", "sms", "email")


def wait(look: Callable[[], Any], until: Callable[[Any], bool], seconds: float = 240) -> Any:
    """What `look` sees once `until` holds of it, or when the seconds are over."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if until(seen) or time.monotonic() > deadline:
            return seen
        time.sleep(1)


def providers(api: Api, path: str) -> Any:
    """GET a path of the provider simulator."""
    with urllib.request.urlopen(api.outputs["providers_url"] + path, timeout=30) as answer:  # noqa: S310 (loopback)
        return json.loads(answer.read())


def import_file(api: Api, rows: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Import a file of these rows and wait for its end."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    started = api.post("/imports", {"filename": "customers.csv", "kind": "customers"})
    api.upload(started["upload"], text.getvalue().encode())
    import_id = started["import_id"]
    done: dict[str, Any] = wait(
        lambda: api.get(f"/imports/{import_id}"), lambda seen: seen["status"] in ("done", "refused")
    )
    return done


def say(api: Api, channel: str, sender: str, text: str) -> None:
    """Let a customer write by himself."""
    body = json.dumps({"channel": channel, "from": sender, "text": text}).encode()
    request = urllib.request.Request(api.outputs["providers_url"] + "/say", method="POST", data=body)  # noqa: S310
    request.add_header("Content-Type", "application/json")
    urllib.request.urlopen(request, timeout=30).close()  # noqa: S310 (loopback)
