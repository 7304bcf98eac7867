"""Send windows in each customer's own zone."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as some

from caring.runs import windows

ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
MOMENTS = some.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1), timezones=some.just(UTC))
SPANS = some.tuples(some.integers(0, 11), some.integers(12, 23)).map(lambda hours: (time(hours[0]), time(hours[1])))


def at(text: str, zone: str = "Asia/Jakarta") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def test_offers_close_before_service_messages() -> None:
    evening = at("2026-11-24T19:00")
    assert not windows.is_open(windows.hours("offers"), "Asia/Jakarta", evening)
    assert windows.is_open(windows.hours("service"), "Asia/Jakarta", evening)


def test_the_window_is_the_customers_own_hour_not_ours() -> None:
    nine_in_bandung_is_eleven_in_jayapura = at("2026-11-24T07:00")
    service = windows.hours("service")
    assert not windows.is_open(service, windows.zone_of("bandung"), nine_in_bandung_is_eleven_in_jayapura)
    assert windows.is_open(service, windows.zone_of("jayapura"), nine_in_bandung_is_eleven_in_jayapura)


def test_a_program_may_narrow_its_window_and_never_widen_it() -> None:
    narrowed = windows.of_program("service", {"from": "06:00", "to": "12:00"})
    assert narrowed == (time(8), time(12))


def test_nothing_is_sent_on_a_public_holiday() -> None:
    christmas = at("2026-12-25T10:00")
    assert not windows.is_open(windows.hours("service"), "Asia/Jakarta", christmas)


def test_work_that_does_not_fit_into_today_goes_on_when_the_window_opens_tomorrow() -> None:
    span = (time(8), time(20))
    finish = windows.finish_of(timedelta(hours=3), span, "Asia/Jakarta", at("2026-11-24T18:00"))
    assert finish == at("2026-11-25T09:00")


@given(MOMENTS, SPANS, some.sampled_from(ZONES))
def test_the_next_opening_is_open_and_nothing_before_it_is(
    moment: datetime, span: tuple[time, time], zone: str
) -> None:
    opens = windows.next_open(span, zone, moment)
    assert opens >= moment
    assert windows.is_open(span, zone, opens)
    step = timedelta(minutes=97)
    between = moment
    while between < opens:
        assert not windows.is_open(span, zone, between) or between == opens
        between += step


@given(MOMENTS, SPANS, some.sampled_from(ZONES), some.integers(0, 60 * 60 * 40))
def test_work_takes_exactly_as_long_as_the_window_was_open(
    moment: datetime, span: tuple[time, time], zone: str, seconds: int
) -> None:
    finish = windows.finish_of(timedelta(seconds=seconds), span, zone, moment)
    opened, at_hand = timedelta(), moment
    while at_hand < finish:
        at_hand = windows.next_open(span, zone, at_hand)
        if at_hand >= finish:
            break
        until = min(finish, windows.closes_at(span, zone, at_hand))
        opened += until - at_hand
        at_hand = until
    assert opened == timedelta(seconds=seconds)
