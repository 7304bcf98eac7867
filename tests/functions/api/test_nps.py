"""Episodes, surveys and scores through the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from caring import clock
from caring.nps import scores
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
        {"at": "0001-01-01T00:00:00+07:00"},
        {"at": "9999-12-31T23:59:59-07:00"},
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


def _scored(aws: Cloud, numbers: list[int], **over: Any) -> None:
    """Scores of as many customers of Bandung, given now."""
    for place, number in enumerate(numbers):
        person = CUSTOMER | {"customer_id": f"1310000003{place:02}"} | over
        aws.table("CUSTOMERS_TABLE").put_item(Item=person)
        said: dict[str, Any] = {"comment": "internet lambat", "question": None, "channel": "sms", "at": clock.now()}
        scores.record(person["customer_id"], score=number, event_id=f"e{place}", **said)


def test_figures_are_as_the_contract_has_them(api: Api, aws: Cloud) -> None:
    _scored(aws, [9] * 30 + [7] * 5 + [3] * 5)
    whole = api.as_("manager").get("/nps").body
    assert (whole["n"], whole["promoters"], whole["passives"], whole["detractors"]) == (40, 30, 5, 5)
    assert (whole["nps"], whole["margin"], whole["target"], whole["verdict"]) == (62.5, 21.6, 40, "above")
    assert whole["follow_ups"]["detractors"] == 5
    for by in ("episode", "segment", "channel", "week", "program"):
        (row,) = api.as_("manager").get(f"/nps?by={by}").body["items"]
        assert row["n"] == 40, by
    assert api.as_("manager").get("/nps?from=2026-01-01&to=2026-01-31").body["n"] == 0


def test_few_scores_or_a_wide_interval_show_no_verdict(api: Api, aws: Cloud) -> None:
    _scored(aws, [9] * 10)
    assert api.get("/nps").body["verdict"] == "not_shown"


def test_a_witel_sees_its_own_scores(api: Api, aws: Cloud) -> None:
    _scored(aws, [9, 9, 3])
    assert api.as_("manager", "JAKARTA").get("/nps").body["n"] == 0
    assert api.as_("manager", "JAKARTA").get("/nps/themes").body["comments"] == 0
    assert api.as_("manager", "JAKARTA").get("/nps?witel=bandung").status == 403
    assert api.as_("regional_approver", None).get("/nps?witel=bandung").body["n"] == 3
    assert api.as_("regional_approver", None).get("/nps?witel=jakarta").body["n"] == 0
    assert api.as_("agent").get("/nps").status == 403


def test_themes_come_with_examples(api: Api, aws: Cloud) -> None:
    _scored(aws, [9, 3])
    told = api.get("/nps/themes").body
    assert (told["comments"], told["themes"][0]["theme"], told["themes"][0]["n"]) == (2, "speed", 2)
    assert api.get("/nps/themes?by=program").body["items"][0]["key"] == "unasked"


def test_praise_stands_beside_the_themes(api: Api, aws: Cloud, customer: dict[str, Any]) -> None:
    said = {"source": "social_media", "customer_id": ID, "text": "teknisinya ramah, mantap", "category": "praise"}
    assert api.as_("agent").post("/complaints", said).status == 201
    told = api.as_("manager").get("/nps/themes").body
    assert (told["comments"], told["messages"]) == (0, 1)
    (praise,) = told["categories"]
    assert (praise["category"], praise["title"], praise["n"]) == ("praise", "pujian", 1)
    assert praise["examples"][0]["score"] is None
    (row,) = api.as_("manager").get("/nps/themes?by=episode").body["items"]
    assert row["categories"] == told["categories"]


def test_a_sample_is_planned(api: Api) -> None:
    planned = api.get("/nps/plan?margin=5&promoters=50&detractors=20&response=25").body
    assert (planned["scores"], planned["surveys"]) == (938, 3752)
    assert api.get("/nps/plan?margin=5").body["shares_from"] == "worst_case"


@pytest.mark.parametrize(
    "query",
    [
        "nps?from=2026-11-24&to=2026-11-01",
        "nps?from=2020-01-01&to=2026-01-01",
        "nps?from=yesterday",
        "nps?from=20261124",
        "nps?from=2026-02-30",
        "nps?to=9999-12-31",
        "nps?by=colour",
        "nps?colour=red",
        "nps/themes?by=week",
        "nps/plan",
        "nps/plan?margin=0",
        "nps/plan?margin=nan",
        "nps/plan?margin=5&promoters=50",
        "nps/plan?margin=5&promoters=80&detractors=30",
        "nps/plan?margin=5&response=0",
    ],
)
def test_a_question_that_makes_no_sense_is_refused(api: Api, query: str) -> None:
    assert api.get(f"/{query}").status == 400
