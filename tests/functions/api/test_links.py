"""Signed links, which customers open without a login."""

from __future__ import annotations

import time
from typing import Any

import pytest

from caring import links
from tests.functions.api.conftest import CUSTOMER, Api

ID = CUSTOMER["customer_id"]


def _token(**over: Any) -> str:
    said: dict[str, Any] = {"customer_id": ID, "purpose": "service", "channel": "whatsapp", "cause": "run-1-w1"}
    return links.make_token("unsubscribe", **(said | over))


def _contactable(api: Api) -> dict[str, Any]:
    return dict(api.get(f"/customers/{ID}").body["contactability"])


def test_opening_a_link_changes_nothing(api: Api, customer: dict[str, Any]) -> None:
    answer = api.get(f"/l/{_token()}?utm_source=mail", claims=None)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert '<form method="post">' in answer.text
    assert "WhatsApp" in answer.text
    assert _contactable(api)["service"] == ["whatsapp", "sms"]


def test_one_click_unsubscribes_at_once_and_once(api: Api, customer: dict[str, Any]) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for _ in range(2):
        answer = api.post(f"/l/{_token()}", raw="List-Unsubscribe=One-Click", headers=form, claims=None)
        assert answer.status == 200
    assert _contactable(api)["service"] == ["sms"]
    assert _contactable(api)["offers"] == ["whatsapp", "sms"]
    (event,) = api.get(f"/customers/{ID}/timeline").body["items"]
    assert (event["source"], event["cause"], event["granted"], event["by"]) == ("link", "run-1-w1", False, "customer")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_wrong_signature_is_404(api: Api, customer: dict[str, Any], method: str) -> None:
    token = _token()
    forged = token.replace(ID, "131000000018")
    longer = token.replace("~", "~1", 1)
    for wrong in (token[:-1] + ("A" if token[-1] != "A" else "B"), forged, longer, "x", token[:-20], "a" * 390):
        assert api(method, f"/l/{wrong}", claims=None).status == 404
    assert _contactable(api)["service"] == ["whatsapp", "sms"]


def test_a_link_expires(api: Api, customer: dict[str, Any]) -> None:
    old = _token(expires=int(time.time()) - 1)
    for method in ("GET", "POST"):
        answer = api(method, f"/l/{old}", claims=None)
        assert answer.status == 410
        assert "kedaluwarsa" in answer.text
    assert _contactable(api)["service"] == ["whatsapp", "sms"]


def test_a_link_of_an_erased_customer_says_so(api: Api) -> None:
    answer = api.post(f"/l/{_token()}", claims=None)
    assert answer.status == 200
    assert "tidak ditemukan" in answer.text
