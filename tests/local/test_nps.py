"""Surveys on the laptop cloud: an episode ends, the customer answers, and the figures and the people hear of it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from caring import clock
from infra.local.api import Api
from infra.local.clockwork import LocalClock
from tests.local import steps

WITEL = "CIMAHI"  # a witel of its own, so that figures hold nobody else
BY_LINK = {"139100000000": 9, "139100000001": 3}
# trailing digits of who types, and his score
TYPED = {"75": 6, "76": 7, "77": 8, "78": 9, "79": 10}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _row(customer_id: str, phone: str, channel: str) -> dict[str, str]:
    consents = {f"consent_{one}": "yes" if one == channel else "no" for one in (*steps.CHANNELS, "voice")}
    return {"customer_id": customer_id, "name": "Ani Survei", "phone": phone, "witel": WITEL, **consents}


def _typist(digits: str) -> str:
    return f"1392000000{digits}"


@pytest.fixture(scope="module")
def ops(laptop_cloud: Api) -> Api:
    """Somebody who sees every witel, after customers were imported and an episode of each has ended."""
    api = laptop_cloud.as_("ops")
    rows = [_row(customer_id, f"08129110{place:02}00", "sms") for place, customer_id in enumerate(BY_LINK)]
    rows += [_row(_typist(digits), f"0812922000{digits}", "whatsapp") for digits in TYPED]
    assert steps.import_file(api, rows)["accepted"] == len(rows)
    at = clock.iso(LocalClock.of(api.outputs["clock"]).at() - timedelta(hours=1))
    for row in rows:
        said = {"customer_id": row["customer_id"], "episode": "activate", "at": at}
        told = [api.post("/episodes", said) for _ in range(2)]
        assert told[0]["survey"]["asked"], told[0]
        assert told[0] == told[1]
    return api


def _events(api: Api, customer_id: str, kind: str) -> list[dict[str, Any]]:
    items = api.get(f"/customers/{customer_id}/timeline")["items"]
    return [event for event in items if event["type"] == kind]


def _surveys(api: Api, channel: str) -> dict[str, list[dict[str, Any]]]:
    """The surveys that a provider took, by customer."""
    found: dict[str, list[dict[str, Any]]] = {}
    for item in steps.providers(api, f"/sent?channel={channel}")["items"]:
        if item["reference"].startswith("survey-activate-"):
            found.setdefault(item["reference"].rpartition("_")[2], []).append(item)
    return found


@pytest.fixture(scope="module")
def by_link(ops: Api) -> Api:
    """The same, after those who were asked by SMS have pressed a number on the page, twice."""
    sent = steps.wait(lambda: _surveys(ops, "sms"), lambda seen: set(BY_LINK) <= set(seen), 60)
    for customer_id, score in BY_LINK.items():
        (survey,) = sent[customer_id]
        token = re.search(r"/l/([A-Za-z0-9._~-]+)", survey["body"])
        assert token, survey["body"]
        nobody = ops.as_(None)
        page = nobody.call("GET", f"/l/{token[1]}")
        assert (page.status, page.body.count(b'name="score"')) == (200, 11)
        for _ in range(2):
            said = f"score={score}&comment=internet+sering+putus".encode()
            answer = nobody.call("POST", f"/l/{token[1]}", said, headers=FORM)
            assert (answer.status, "Terima kasih" in answer.body.decode()) == (200, True)
        forged = token[1][:-3] + ("AAA" if token[1][-3:] != "AAA" else "BBB")
        assert nobody.call("POST", f"/l/{forged}", b"score=10", headers=FORM).status == 404
    return ops


def test_a_score_by_link_is_kept_once_and_a_detractor_is_to_be_called(by_link: Api) -> None:
    for customer_id, score in BY_LINK.items():
        (event,) = _events(by_link, customer_id, "score")
        assert (event["score"], event["episode"], event["channel"]) == (score, "activate", "sms")
        assert by_link.get(f"/customers/{customer_id}")["episode"] == "activate"
    listed = by_link.get("/work-items", kind="detractor_follow_up", witel=WITEL)["items"]
    assert [item["score"] for item in listed if item["customer_id"] in BY_LINK] == [3]


def test_themes_tell_what_the_comments_speak_of(by_link: Api) -> None:
    (row,) = by_link.get("/nps/themes", by="episode", witel=WITEL)["items"]
    outage = next(theme for theme in row["themes"] if theme["theme"] == "outage")
    assert (outage["promoters"] >= 1, outage["detractors"] >= 1) == (True, True)


def test_typed_scores_come_through_the_queues_into_the_figures(by_link: Api) -> None:
    wanted = len(BY_LINK) + len(TYPED)
    seen = steps.wait(lambda: by_link.get("/nps", witel=WITEL), lambda found: found["n"] >= wanted, 120)
    scores = sorted([*BY_LINK.values(), *TYPED.values()])
    counted = [sum(low <= score <= high for score in scores) for low, high in ((9, 10), (7, 8), (0, 6))]
    assert [seen["promoters"], seen["passives"], seen["detractors"]] == counted
    assert (seen["verdict"], seen["surveys"]["asked"], seen["surveys"]["answered"]) == ("not_shown", wanted, wanted)
    channels = {row["key"]: row["n"] for row in by_link.get("/nps", by="channel", witel=WITEL)["items"]}
    assert channels == {"sms": len(BY_LINK), "whatsapp": len(TYPED)}
    for digits, score in TYPED.items():
        assert {event["score"] for event in _events(by_link, _typist(digits), "score")} == {score}


def test_nobody_is_asked_twice_and_who_answered_well_is_thanked_once(by_link: Api) -> None:
    steps.wait(lambda: by_link.get("/nps", witel=WITEL), lambda found: found["n"] >= len(BY_LINK) + len(TYPED), 120)
    assert all(len(surveys) == 1 for surveys in _surveys(by_link, "whatsapp").values())

    def thanked() -> list[str]:
        sent = steps.providers(by_link, "/sent?channel=whatsapp")["items"]
        return sorted(item["reference"].rpartition("_")[2] for item in sent if item["reference"].startswith("thanks-"))

    well = [_typist(digits) for digits, score in TYPED.items() if score > 6]
    assert steps.wait(thanked, lambda seen: len(seen) >= len(well), 60) == well
    again = by_link.post(
        "/episodes",
        {
            "customer_id": _typist("79"),
            "episode": "pay",
            "at": clock.iso(LocalClock.of(by_link.outputs["clock"]).at() - timedelta(minutes=1)),
        },
    )
    assert again["survey"]["reason"] == "asked_recently"
