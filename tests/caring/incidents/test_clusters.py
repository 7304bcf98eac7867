"""Fault tickets cluster by area and time, counted by customer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from caring.incidents.clusters import Report, cluster

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)
REPORTS = st.lists(st.tuples(st.integers(0, 6), st.integers(-30, 150)), max_size=25).map(
    lambda found: [Report(f"t{n}", f"c{who}", NOW - timedelta(minutes=ago)) for n, (who, ago) in enumerate(found)]
)


@given(REPORTS, st.integers(1, 6), st.none() | st.integers(0, 90))
def test_a_cluster_is_of_enough_customers_within_the_window_and_since_the_last_incident(
    reports: list[Report], least: int, ended: int | None
) -> None:
    since = None if ended is None else NOW - timedelta(minutes=ended)
    found = cluster(reports, NOW, window=HOUR, least=least, since=since)
    counting = [one for one in reports if timedelta() <= NOW - one.at < HOUR and (since is None or one.at > since)]
    assert bool(found) == (len({one.customer_id for one in counting}) >= least)
    assert not found or {one.ticket_id for one in found} == {one.ticket_id for one in counting}
    assert found == cluster(reversed(reports), NOW, window=HOUR, least=least, since=since)


def test_one_customer_who_complains_often_is_no_outage() -> None:
    reports = [Report(f"t{n}", "c1", NOW - timedelta(minutes=n)) for n in range(20)]
    assert cluster(reports, NOW, window=HOUR, least=2) == []
