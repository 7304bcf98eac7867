"""A time of day means nothing without its zone: whoever leaves it out is told how to write it."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from caring import clock
from caring.typed import typed_item
from caring.work import items
from tests.emulator import Cloud
from tests.functions.api.conftest import CUSTOMER, Api

TOMORROW = clock.now() + timedelta(days=1)
NAIVE = TOMORROW.replace(tzinfo=None).isoformat(timespec="seconds")
ZONED = f"{(TOMORROW + timedelta(hours=7)).replace(tzinfo=None).isoformat(timespec='seconds')}+07:00"


def call(customer: dict[str, Any]) -> str:
    item = items.about(typed_item(customer), "call", "call-1", unit="crm", reason="x")
    items.enter([item])
    return str(item["work_id"])


@pytest.mark.parametrize(
    "at",
    [
        pytest.param(NAIVE, id="to the second"),  # no name may hold the time of day: workers would collect other tests
        pytest.param(NAIVE[:16], id="to the minute"),
        *("2026-12-01", "tomorrow", "0001-01-01T00:00+14:00", 1796000000, ""),
    ],
)
def test_a_callback_without_a_zone_is_refused_with_how_to_write_it(
    api: Api, customer: dict[str, Any], at: object
) -> None:
    work_id = call(customer)
    refused = api.as_("officer").post(f"/work-items/{work_id}/complete", {"outcome": "callback", "at": at})
    assert (refused.status, refused.body["code"]) == (400, "bad_value")
    assert "body.at" in refused.body["message"]
    assert "with its zone, like 2026-11-24T14:00+07:00" in refused.body["message"]
    assert items.get(work_id)["state"] == "open"


def test_a_callback_with_a_zone_is_at_that_time(api: Api, aws: Cloud, customer: dict[str, Any]) -> None:
    work_id = call(customer)
    answer = api.as_("officer").post(f"/work-items/{work_id}/complete", {"outcome": "callback", "at": ZONED})
    assert answer.status == 200
    assert answer.body["not_before"] == clock.iso(TOMORROW.replace(microsecond=0))


def test_an_episode_and_a_due_time_without_a_zone_are_refused(api: Api, customer: dict[str, Any]) -> None:
    ended = {"customer_id": CUSTOMER["customer_id"], "episode": "pay", "at": "2026-11-20T10:00:00"}
    assert api.post("/episodes", ended).body["code"] == "bad_value"
    assert api.get("/work-items?witel=BANDUNG&due_before=2026-11-20T10:00").body["code"] == "bad_value"
    assert api.get("/work-items?witel=BANDUNG&due_before=9999-12-31T23:59-07:00").body["code"] == "bad_value"
    assert api.get("/work-items?witel=BANDUNG&due_before=2026-11-20T10:00Z").status == 200


def test_every_time_that_the_api_takes_is_of_the_one_type_that_wants_a_zone(api: Api) -> None:
    from chalicelib import models, routing  # noqa: PLC0415 (reads USER_POOL_ARN when it is imported)

    moment = get_args(models.Moment)[1]
    found = 0
    for module in routing._SAID:
        for model in vars(import_module(f"chalicelib.{module}")).values():
            if not (isinstance(model, type) and issubclass(model, BaseModel)):
                continue
            for name, field in model.model_fields.items():
                if datetime in (field.annotation, *_inside(field.annotation)):
                    kept = [*field.metadata, *_inside(field.annotation)]
                    assert moment in kept, f"{model.__name__}.{name} takes a time without a zone"
                    found += 1
    assert found >= 3


def _inside(annotation: Any) -> list[Any]:
    parts = [*get_args(annotation), *getattr(annotation, "__metadata__", ())]
    return [*parts, *(deep for part in parts for deep in _inside(part))]
