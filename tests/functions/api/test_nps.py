"""Episodes, surveys and scores through the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from caring import clock
from tests.emulator import Cloud
from tests.functions.api.conftest import CUSTOMER, Api

ID = CUSTOMER["customer_id"]


def _ended(episode: str = "activate", **over: Any) -> dict[str, Any]:
    return {"customer_id": ID, "episode": episode, "at": clock.iso(clock.now() - timedelta(hours=1))} | over


def test_an_ended_episode_is_shown_with_the_customer_and_on_his_timeline(api: Api, customer: dict[str, Any]) -> None:
    answer = api.as_("officer").post("/episodes", _ended())
    assert answer.status == 201
    assert (answer.body["customer_id"], answer.body["episode"]) == (ID, "activate")
    assert (answer.body["survey"]["asked"], answer.body["survey"]["channel"]) == (True, "whatsapp")
    assert api.get(f"/customers/{ID}").body["episode"] == "activate"
    events = api.get(f"/customers/{ID}/timeline").body["items"]
    assert [event["episode"] for event in events if event["type"] == "episode"] == ["activate"]


def test_the_same_end_told_again_is_the_same(api: Api, aws: Cloud, customer: dict[str, Any]) -> None:
    said = _ended()
    first = api.post("/episodes", said).body
    assert api.post("/episodes", said).body["episode_id"] == first["episode_id"]
    assert len([item for item in aws.items("NPS_TABLE") if item["entry"].startswith("episode#")]) == 1
    assert api.post("/episodes", said | {"subject": "t-1"}).body["episode_id"] != first["episode_id"]


def test_an_older_episode_told_late_does_not_come_before_the_latest(api: Api, customer: dict[str, Any]) -> None:
    api.post("/episodes", _ended("pay"))
    api.post("/episodes", _ended("activate", at="2026-01-02T10:00:00+07:00"))
    assert api.get(f"/customers/{ID}").body["episode"] == "pay"


@pytest.mark.parametrize(
    "wrong",
    [
        {"episode": "sleep"},
        {"at": "yesterday"},
        {"at": 5},
        {"at": "2126-01-01T00:00:00Z"},
        {"customer_id": "../x"},
        {"subject": ""},
        {"colour": "red"},
    ],
)
def test_an_episode_that_cannot_be_is_refused(api: Api, customer: dict[str, Any], wrong: dict[str, Any]) -> None:
    assert api.post("/episodes", _ended() | wrong).status == 400


def test_another_witels_customer_has_no_episodes(api: Api, customer: dict[str, Any]) -> None:
    assert api.as_("officer", "JAKARTA").post("/episodes", _ended()).status == 404
    assert api.as_("regional_approver").post("/episodes", _ended()).status == 403


def test_another_product_ends_the_episode_of_buying(api: Api, customer: dict[str, Any]) -> None:
    api.patch(f"/customers/{ID}", {"product": "IndiHome 2P 50 Mbps"})
    assert api.get(f"/customers/{ID}").body["episode"] is None, "the first product is no change of contract"
    api.patch(f"/customers/{ID}", {"product": "IndiHome 3P 100 Mbps"})
    assert api.get(f"/customers/{ID}").body["episode"] == "buy"
    api.patch(f"/customers/{ID}", {"product": "IndiHome 3P 100 Mbps"})
    events = api.get(f"/customers/{ID}/timeline").body["items"]
    assert len([event for event in events if event["type"] == "episode"]) == 1
