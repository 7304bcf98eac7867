"""Scores: taken once, corrected within a day, and handed to a person when they are low."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from caring import timeline
from caring.customers import store as customers
from caring.errors import CaringError
from caring.nps import store
from caring.typed import plain
from caring.work import handling
from tests.caring.nps.conftest import ID, NOON, add_customer, score, survey
from tests.emulator import Cloud


def _last(customer_id: str = ID) -> Any:
    return plain(customers.get(customer_id)["last_score"])


def _open_items(aws: Cloud) -> list[dict[str, Any]]:
    return [item for item in aws.items("WORK_ITEMS_TABLE") if item["state"] == "open"]


def test_a_score_is_kept_with_what_it_is_about(siti: Cloud) -> None:
    told = score(9, "e1", comment="teknisinya ramah, internet cepat")
    assert (told["group"], told["episode"], told["themes"]) == ("promoter", "pay", ["speed", "technician", "staff"])
    (kept,) = store.of_customer(ID)
    assert (kept["score"], kept["channel"], kept["segment"], kept["witel"]) == (9, "whatsapp", "HVC", "bandung")
    assert store.day_of(kept) == NOON.date()
    (event,) = timeline.read(ID, 10)[0]
    assert (event["type"], event["score"], event["channel"], event["episode"]) == ("score", 9, "whatsapp", "pay")
    assert _last()["score"] == 9


def test_the_same_event_ten_times_is_one_score_whatever_time_it_is_told_with(siti: Cloud) -> None:
    for times in range(10):
        score(3, "e1", minutes=times)
    assert len(siti.items("NPS_TABLE")) == 1
    assert len(_open_items(siti)) == 1
    assert len(timeline.read(ID, 10)[0]) == 1


def test_a_detractor_is_called_within_a_day(siti: Cloud) -> None:
    score(6, "e1")
    (item,) = _open_items(siti)
    assert (item["kind"], item["unit"], item["score"], item["customer_id"]) == ("detractor_follow_up", "crm", 6, ID)
    assert (item["created_at"][:16], item["due_at"][:16]) == ("2026-11-24T05:00", "2026-11-25T05:00")
    assert str(item["work_id"]).startswith("detractor_follow_up-")


@pytest.mark.parametrize("order", list(itertools.permutations([(3, "e1", 0), (8, "e2", 30), (9, "e3", 60)])))
def test_corrections_in_any_order_leave_the_last_word_and_nobody_to_call(
    siti: Cloud, order: tuple[tuple[int, str, int], ...]
) -> None:
    for number, event_id, minutes in (*order, *order):
        score(number, event_id, minutes)
    assert _last()["score"] == 9
    assert _open_items(siti) == []


def test_a_detractor_who_was_called_already_stays_called(siti: Cloud) -> None:
    score(2, "e1")
    (item,) = _open_items(siti)
    handling.claim(item["work_id"], "officer.budi")
    score(9, "e2", 5)
    (item,) = siti.items("WORK_ITEMS_TABLE")
    assert item["state"] == "claimed"


def test_a_correction_says_so(siti: Cloud) -> None:
    assert not score(3, "e1")["corrects"]
    assert score(9, "e2", 60)["corrects"]
    assert not score(8, "e3", 60 + 24 * 60 + 1)["corrects"], "a day later it is another score"
    late = score(4, "e4", 30)
    assert late["replaced"], "heard of late, said before the correction"


def test_a_score_to_another_question_corrects_nothing(siti: Cloud) -> None:
    score(3, "e1")
    assert not score(9, "e2", 5, question=survey("survey-use-00000000000000000000"))["corrects"]
    assert len(_open_items(siti)) == 1


def test_a_score_that_answers_no_question_is_about_the_latest_episode(siti: Cloud) -> None:
    add_customer(siti, "131000000018", episode="activate")
    assert score(7, "e1", question=None, customer_id="131000000018")["episode"] == "activate"
    assert score(7, "e2", question=None)["episode"] == "use"


def test_what_is_no_score_or_nobodys_is_refused(siti: Cloud) -> None:
    with pytest.raises(ValueError, match="0 to 10"):
        score(11, "e1")
    with pytest.raises(CaringError, match="not_found"):
        score(9, "e1", customer_id="131000000099")
    assert siti.items("NPS_TABLE") == []
