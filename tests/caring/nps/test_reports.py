"""Figures over days: whose scores count, who did not answer, and how the loop with detractors goes."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from caring import clock, configuration
from caring.messages import ledger
from caring.messages.ledger import Change, Entry
from caring.nps import episodes, figures, follow_ups, planning, reports, scores, spoken, store, words
from caring.programs import store as programs
from caring.runs import counters
from caring.runs import store as runs
from caring.scripts.seed import seed_scripts
from caring.understanding.meaning import Pending
from caring.work import completing, items
from tests.caring.nps.conftest import ID, NOON, add_customer, score, survey
from tests.emulator import Cloud

DAY = NOON.date()
PEOPLE = {"131000000101": "bandung", "131000000102": "bandung", "131000000103": "makassar"}
SAID = some.lists(
    some.tuples(
        some.sampled_from(sorted(PEOPLE)),
        some.sampled_from(("survey-pay-1", "survey-pay-2", "survey-activate-1")),
        some.integers(-60, 60),  # hours from noon
        some.integers(0, 10),
    ),
    max_size=8,
)


@pytest.fixture
def people(siti: Cloud) -> Cloud:
    """Customers of two witels, in two zones."""
    for customer_id, witel in PEOPLE.items():
        add_customer(siti, customer_id, witel=witel.upper(), witel_key=witel)
    return siti


def _by_hand(said: list[tuple[str, str, int, int]], first: date, last: date, witel: str | None) -> dict[str, list[int]]:
    """The scores that count, by episode, counted as plainly as can be."""
    zones = {"bandung": 7, "makassar": 8}
    last_of: dict[tuple[str, str], tuple[int, int, int]] = {}
    for place, (customer, cause, hours, number) in enumerate(said):
        corrected = any(
            (c, s) == (customer, cause) and (hours, place) < (h, p) and h - hours <= 24
            for p, (c, s, h, _) in enumerate(said)
        )
        local = (NOON + timedelta(hours=hours + zones[PEOPLE[customer]])).date()
        if corrected or not first <= local <= last or witel not in (None, PEOPLE[customer]):
            continue
        key = (customer, cause.split("-")[1])
        last_of[key] = max(last_of.get(key, (-999, 0, 0)), (hours, place, number))
    found: dict[str, list[int]] = defaultdict(list)
    for (_, episode), (_, _, number) in last_of.items():
        found[episode].append(number)
    return found


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=SAID, back=some.integers(0, 2), ahead=some.integers(0, 2), witel=some.sampled_from((None, "Bandung")))
def test_figures_are_what_counting_by_hand_gives(
    people: Cloud, said: list[tuple[str, str, int, int]], back: int, ahead: int, witel: str | None
) -> None:
    for one in people.items("NPS_TABLE"):
        people.table("NPS_TABLE").delete_item(Key={"day_part": one["day_part"], "entry": one["entry"]})
    for customer_id, key in PEOPLE.items():
        add_customer(people, customer_id, witel=key.upper(), witel_key=key)
    run = clock.iso(clock.now())
    for place, (customer, cause, hours, number) in enumerate(said):
        score(number, f"{run}-{place:02}", hours * 60, customer_id=customer, question=survey(cause))
    first, last = DAY - timedelta(days=back), DAY + timedelta(days=ahead)
    wanted = _by_hand(said, first, last, witel.casefold() if witel else None)
    whole = reports.whole(first, last, witel)
    plain = figures.figure([number for numbers in wanted.values() for number in numbers])
    assert {name: whole[name] for name in plain} == plain
    by_episode = {one["key"]: one["n"] for one in reports.split(first, last, witel, "episode")}
    assert by_episode == {episode: len(numbers) for episode, numbers in wanted.items()}


def test_each_key_has_its_figure(people: Cloud) -> None:
    score(9, "e1", question=survey("survey-pay-1"))
    score(2, "e2", question=survey("survey-activate-1"), channel="sms", customer_id="131000000101")
    score(7, "e3", question=None, customer_id="131000000102", minutes=-5 * 24 * 60)

    def keys(by: reports.By) -> dict[str, int]:
        return {one["key"]: one["n"] for one in reports.split(DAY - timedelta(days=10), DAY, None, by)}

    assert keys("episode") == {"activate": 1, "pay": 1, "use": 1}
    assert keys("channel") == {"sms": 1, "whatsapp": 2}
    assert keys("segment") == {"HVC": 3}
    assert keys("week") == {"2026-W47": 1, "2026-W48": 2}
    assert keys("program") == {"episode_survey": 2, "unasked": 1}


@pytest.fixture
def asked(people: Cloud) -> Cloud:
    """Two customers were asked after an episode, one of whom answered; a third could not be reached."""
    seed_scripts()
    add_customer(people, "131000000103", consent_whatsapp=False, consent_sms=False)
    for customer_id in PEOPLE:
        episodes.ended(customer_id, "pay", clock.now() - timedelta(minutes=5), event_id=f"pay-{customer_id}")
    (ended,) = [one for one in store.of_customer("131000000101") if one["entry"].startswith("episode#")]
    question = Pending("survey", ended["survey"], clock.now(), subject=store.reference(ended))
    scores.record(
        "131000000101",
        score=9,
        comment=None,
        question=question,
        channel="whatsapp",
        at=clock.now(),
        event_id="answer-1",
    )
    return people


def _days() -> tuple[date, date]:
    today = clock.local_date(clock.now(), "Asia/Jakarta")
    return today - timedelta(days=1), today


def test_who_was_asked_and_did_not_answer_is_shown(asked: Cloud) -> None:
    assert reports.whole(*_days(), None)["surveys"] == {"asked": 2, "answered": 1, "response_rate": 0.5}
    (pay,) = reports.split(*_days(), None, "episode")
    assert (pay["key"], pay["n"], pay["surveys"]["asked"]) == ("pay", 1, 2)


def _survey_run(aws: Cloud, created_at: str) -> str:
    """A run of a survey program that reached three customers and goes on."""
    program = programs.create_program(
        {"name": "Yearly", "kind": "survey", "script_id": "survey", "audience": {"customer_ids": [ID]}},
        witel=None,
        actor="test",
    )
    run = runs.open_run("0" * 22, program, 1, "test")
    runs.update(run.run_id, created_at=created_at)
    counters.add(run.run_id, 1, {"targeted": 4, "read": 2, "delivered": 1, "failed:bounced_hard": 1})
    return str(program["program_id"])


def test_surveys_of_a_run_count_too_where_they_can_be_told_apart(asked: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEDULE_GROUP", "g")
    program_id = _survey_run(asked, clock.iso(clock.now()))
    question = Pending("survey", f"run-{'0' * 22}-w1", clock.now())
    scores.record(ID, score=3, comment=None, question=question, channel="sms", at=clock.now(), event_id="answer-2")
    assert reports.whole(*_days(), None)["surveys"] == {"asked": 5, "answered": 2, "response_rate": 0.4}
    by_program = {one["key"]: one["surveys"]["asked"] for one in reports.split(*_days(), None, "program")}
    assert by_program == {program_id: 3, "episode_survey": 2}
    assert all(one["surveys"]["asked"] is None for one in reports.split(*_days(), None, "channel"))
    assert reports.whole(*_days(), "bandung")["surveys"]["asked"] == 2, "nobody knows a witel's part of such a run"


def test_surveys_of_an_ended_run_are_told_apart_by_channel_and_segment(
    asked: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHEDULE_GROUP", "g")
    _survey_run(asked, clock.iso(clock.now()))
    runs.update("0" * 22, state="finished", asked={"sms:HVC": 2, "email:REGULAR": 1})
    question = Pending("survey", f"run-{'0' * 22}-w1", clock.now(), channel="sms")
    said: dict[str, Any] = {"score": 3, "comment": None, "question": question, "at": clock.now()}
    scores.record(ID, channel="whatsapp", event_id="answer-2", **said)
    by_channel = {one["key"]: one["surveys"] for one in reports.split(*_days(), None, "channel")}
    assert by_channel["sms"] == {"asked": 2, "answered": 1, "response_rate": 0.5}, "he answered what the SMS asked"
    assert (by_channel["email"]["asked"], by_channel["whatsapp"]["asked"]) == (1, 2)
    by_segment = {one["key"]: one["surveys"]["asked"] for one in reports.split(*_days(), None, "segment")}
    assert by_segment == {"HVC": 4, "REGULAR": 1}
    assert reports.whole(*_days(), None)["surveys"] == {"asked": 5, "answered": 2, "response_rate": 0.4}


def test_the_loop_with_a_detractor_is_closed_by_who_called_him(siti: Cloud) -> None:
    at = clock.now() - timedelta(hours=30)
    question = Pending("survey", "survey-pay-1", at)
    said: dict[str, Any] = {"comment": None, "question": question, "channel": "sms", "at": at}
    scores.record(ID, score=2, event_id="e1", **said)
    (item,) = siti.items("WORK_ITEMS_TABLE")
    days = _days()[0] - timedelta(days=2), _days()[1]

    def loop() -> dict[str, Any]:
        return dict(reports.whole(*days, None)["follow_ups"])

    assert (loop()["detractors"], loop()["followed_up"], loop()["overdue"]) == (1, 0, 0)
    later = clock.iso(clock.now() + timedelta(hours=2))
    completing.complete(item["work_id"], {"outcome": "callback", "at": later, "note": "sibuk"}, "officer.budi")
    completing.complete(item["work_id"], {"outcome": "callback", "at": later, "note": "sibuk"}, "officer.budi")
    assert (loop()["followed_up"], loop()["resolved_in_time"]) == (1, 0)
    (again,) = [one for one in siti.items("WORK_ITEMS_TABLE") if one["state"] == "open"]
    assert (again["due_at"], again["customer_id"], again["work_id"]) == (later, ID, f"{item['work_id']}.2")
    completing.complete(again["work_id"], {"outcome": "resolved", "note": "dijelaskan"}, "officer.budi")
    assert loop()["resolved_in_time"] == 1
    hours = configuration.get().nps.closed_loop_hours
    found = reports.scores(*days, None)
    assert reports.follow_ups(found, clock.now())["hours"] == hours
    late = [score | {"resolved_at": clock.iso(at + timedelta(hours=hours, minutes=1))} for score in found]
    assert reports.follow_ups(late, clock.now())["resolved_late"] == 1
    left = [{n: v for n, v in score.items() if n != "resolved_at"} for score in found]
    assert reports.follow_ups(left, at + timedelta(hours=hours, minutes=1))["overdue"] == 1


def test_a_follow_up_that_is_not_done_cannot_be_taken_in(siti: Cloud) -> None:
    score(2, "e1")
    (item,) = siti.items("WORK_ITEMS_TABLE")
    done = items.get(item["work_id"]) | {"done_at": clock.iso(clock.now())}
    for answer in ({"outcome": "answered"}, {"outcome": "callback"}, {"outcome": "callback", "at": "soon"}):
        with pytest.raises(Exception, match=r"outcome|callback"):
            follow_ups.completed(done, answer)


def test_themes_are_counted_with_their_newest_comments(people: Cloud) -> None:
    score(3, "e1", comment="internet lambat, hubungi 081234567890")
    score(9, "e2", comment="internetnya cepat", customer_id="131000000101")
    score(8, "e3", comment="teknisi ramah", customer_id="131000000102", question=survey("survey-activate-1"))
    score(5, "e4", customer_id="131000000103")
    told = spoken.whole(DAY, DAY, None)
    assert told["comments"] == 3
    speed = told["themes"][0]
    assert (speed["theme"], speed["n"], speed["promoters"], speed["detractors"]) == ("speed", 2, 1, 1)
    assert {one["score"] for one in speed["examples"]} == {3, 9}
    assert "081234567890" not in str(told)
    assert [one["key"] for one in spoken.split(DAY, DAY, None, "episode")] == ["activate", "pay"]
    assert spoken.whole(DAY, DAY, "makassar") == {"comments": 0, "messages": 0, "themes": [], "categories": []}


def _say(text: str, category: str, event_id: str, customer_id: str = ID, quotes: str | None = None) -> None:
    said: dict[str, Any] = {"source": "reply", "channel": "whatsapp", "at": NOON, "quotes": quotes}
    words.record(customer_id, text=text, category=category, event_id=event_id, **said)


def test_praise_and_complaints_are_counted_by_category_with_and_without_a_score(people: Cloud) -> None:
    praise = "pelayanan teknisi sangat memuaskan, ramah dan cepat sekali, mantap"
    score(10, "e1", comment=praise)
    for _ in range(10):
        _say("teknisinya hebat, terima kasih banyak", "praise", "e2")
        _say("internet mati, hubungi 081234567890", "fault", "e3", "131000000101")
    score(2, "e4", comment="internet mati", category="fault", customer_id="131000000102")
    _say("2, internet mati", "fault", "e4", "131000000102")
    told = spoken.whole(DAY, DAY, None)
    assert (told["comments"], told["messages"]) == (2, 2)
    assert {one["category"]: one["n"] for one in told["categories"]} == {"praise": 2, "fault": 2}
    by_name = {one["category"]: one for one in told["categories"]}
    assert (by_name["praise"]["title"], by_name["fault"]["title"]) == ("pujian", "gangguan")
    assert sorted(str(one["score"]) for one in by_name["fault"]["examples"]) == ["2", "None"]
    assert "081234567890" not in str(told)
    outage = next(theme for theme in told["themes"] if theme["theme"] == "outage")
    assert (outage["n"], outage["detractors"]) == (2, 1)
    assert spoken.whole(DAY, DAY, "makassar")["messages"] == 0


def test_what_is_said_belongs_to_the_program_whose_message_it_quotes(
    people: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHEDULE_GROUP", "g")
    seed_scripts()
    program_id = _survey_run(people, clock.iso(clock.now()))
    entry = Entry(ID, f"run-{'0' * 22}-w1", "whatsapp")
    ledger.insert([entry], "claim")
    ledger.settle([Change(entry.key, "whatsapp", "accepted", None, "wamid.1")], "claim")
    _say("mantap sekali", "praise", "e1", quotes="wamid.1")
    _say("mahal", "billing", "e2", quotes="wamid.2")
    rows = {one["key"]: one for one in spoken.split(DAY, DAY, None, "program")}
    assert {key: one["categories"][0]["category"] for key, one in rows.items()} == {
        program_id: "praise",
        "unasked": "billing",
    }


def test_what_was_erased_is_counted_and_not_shown(people: Cloud) -> None:
    _say("mantap sekali", "praise", "e1")
    (entry,) = people.items("NPS_TABLE")
    people.table("NPS_TABLE").put_item(Item=entry | {"comment": ""})
    (praise,) = spoken.whole(DAY, DAY, None)["categories"]
    assert (praise["n"], praise["examples"]) == (1, [])


def test_a_plan_takes_the_worst_case_until_enough_is_known(siti: Cloud) -> None:
    planned = planning.plan(10)
    assert (planned["scores"], planned["shares_from"], planned["response_from"]) == (385, "worst_case", "configuration")
    assert planned["surveys"] == 1925
    given_ = planning.plan(10, promoters=60, detractors=20, response=50)
    assert (given_["scores"], given_["surveys"], given_["shares_from"]) == (246, 492, "given")


def test_a_plan_takes_the_shares_of_the_latest_scores_when_there_are_enough(siti: Cloud) -> None:
    for place in range(30):
        add_customer(siti, f"1310000002{place:02}")
        question = Pending("survey", "survey-pay-1", clock.now())
        number = 9 if place < 15 else 7
        said: dict[str, Any] = {"comment": None, "channel": "sms", "at": clock.now(), "question": question}
        scores.record(f"1310000002{place:02}", score=number, event_id=f"e{place}", thanked=True, **said)
    planned = planning.plan(10)
    assert (planned["promoters"], planned["detractors"], planned["shares_from"]) == (50.0, 0.0, "scores")
    assert planned["scores"] == 97
