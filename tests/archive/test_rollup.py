"""Weeks from the integers that the pipeline itself makes of days."""

from random import Random

import pytest
from tests.archive.sample import DAY_MS, FRIDAY, prediction, put
from tests.metrics.event import ONE_WINDOW

from streamgauge.archive.read import Reader
from streamgauge.archive.record import DaySummary
from streamgauge.archive.report import day_adder
from streamgauge.archive.store import Store
from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics import packed, summary
from streamgauge.metrics.fold import add_predictions
from streamgauge.metrics.pending import Pending
from streamgauge.metrics.rollup import Rollup, levels
from streamgauge.metrics.total import Total
from streamgauge.settings import InputError

KEY = ("scan", "1")
P95 = 'prediction_latency_seconds{quantile="0.95"}'


def of_day(day: int, events: list[Prediction]) -> DaySummary:
    """What `merge` publishes of a day."""
    shape = summary.shape()
    pending = Pending(Rollup(shape, ONE_WINDOW, levels(ONE_WINDOW.width)))
    add_predictions(pending, events)
    whole = Total(shape)
    for total in pending.totals.values():
        whole.add(total)
    start = FRIDAY + day * DAY_MS
    return DaySummary(
        labels={"model": "scan", "version": "1"},
        window="1d",
        start=start,
        end=start + DAY_MS,
        count=len(events),
        total=packed.encode_rows(whole.series, [KEY]),
    )


def test_a_quantile_of_a_week_is_that_of_all_its_events(store: Store) -> None:
    rng = Random(7)
    days = {
        day: [
            prediction(i, latency_ms=rng.uniform(10, 10 * (day + 2)), ts=FRIDAY + day * DAY_MS + i)
            for i in range(100 * (day + 1) ** 2)
        ]
        for day in (0, 1, 2)
    }
    put(store, [of_day(day, events) for day, events in days.items()], "summaries")
    (week,) = Reader(store.folder).periods("week", day_adder(), "scan")
    latencies = sorted(event.latency_ms or 0 for events in days.values() for event in events)
    assert (week.name, week.count, week.days) == ("2026-W47", len(latencies), 3)
    exact = latencies[int(0.95 * len(latencies))] / 1_000
    # Buckets of latency are 1 % wide.
    assert week.values[P95] == pytest.approx(exact, rel=0.02)


def test_a_total_that_cannot_be_read_is_said_to_be_so(store: Store) -> None:
    day = of_day(0, [prediction(0)])
    put(store, [day, DaySummary(labels={}, window="1d", start=0, end=1, count=1)], "summaries")
    periods = Reader(store.folder).periods("week", day_adder(), None)
    assert [period.count for period in periods] == [1, 1]
    assert periods[0].values == {}
    stranger = DaySummary(
        labels={"model": "x"}, window="1d", start=0, end=1, count=1, total=b"no total"
    )
    put(store, [stranger], "summaries")
    with pytest.raises(InputError, match="total cannot be added"):
        Reader(store.folder).periods("week", day_adder(), "x")
