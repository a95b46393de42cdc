from collections import Counter
from random import Random
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics import summary
from streamgauge.metrics.column import Ints, columns
from streamgauge.metrics.dimension import FIELDS
from streamgauge.metrics.fold import add_heartbeats, add_predictions
from streamgauge.metrics.pending import Pending
from streamgauge.metrics.rollup import Rollup, levels
from streamgauge.metrics.sample import SIZE
from streamgauge.metrics.summary import BRIEF, FULL
from streamgauge.metrics.window import Widths

from .event import (
    DIMENSIONS,
    MINUTE,
    T0,
    cut,
    folded,
    heartbeat,
    plain,
    prediction,
    predictions,
    randoms,
    traffic,
)

WIDTHS = Widths(MINUTE, delay=MINUTE // 2, lateness=MINUTE)
some = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def nothing(widths: Widths = WIDTHS, watermark: int = 0) -> Pending:
    return Pending(Rollup(summary.shape(), widths, levels(widths.width)), watermark)


def state(pending: Pending) -> Any:
    totals = {start: plain(total) for start, total in sorted(pending.totals.items())}
    return totals, pending.watermark, pending.closed_before, pending.late


def taken(events: list[Prediction], widths: Widths) -> tuple[list[Prediction], int]:
    """By definition, one after the other: who is counted, and how many are late."""
    counted, late, watermark = [], 0, 0
    for event in events:
        if widths.start(event.ts) < widths.closed_before(watermark):
            late += 1
        else:
            counted.append(event)
        watermark = max(watermark, event.ts - widths.delay)
    return counted, late


@some
@given(randoms, st.sampled_from((0, MINUTE, 4 * MINUTE)))
def test_however_a_stream_is_cut_the_windows_are_the_same(random: Random, jitter: int) -> None:
    events = traffic(random, 200, jitter=jitter, gap=900)
    together = state(folded([events], WIDTHS))
    assert state(folded(cut(random, events), WIDTHS)) == together
    assert state(folded(cut(random, events), WIDTHS)) == together


@some
@given(randoms, st.sampled_from((0.1, 0.5, 0.9)), st.booleans())
def test_training_is_late_or_not_however_a_stream_is_cut(
    random: Random, training: float, stamped: bool
) -> None:
    events = traffic(random, 150, jitter=4 * MINUTE, training=training)
    stamps = np.array([event.ts - random.choice((-500, 0, 3 * MINUTE)) for event in events])

    def fold(cuts: list[list[int]]) -> Any:
        pending = nothing()
        for places in cuts:
            chosen = stamps[np.array(places, np.int64)] if stamped else None
            add_predictions(pending, [events[place] for place in places], chosen)
        return state(pending)

    every = list(range(len(events)))
    together = fold([every])
    assert fold(cut(random, every)) == together
    assert fold([[place] for place in every]) == together


def test_training_of_a_window_that_its_own_batch_closed_is_late() -> None:
    events = [prediction(0, at=60 * MINUTE), prediction(1, purpose="training")]
    pending = folded([events], WIDTHS)
    assert (pending.late, list(pending.totals)) == (1, [T0 + 60 * MINUTE])


def test_training_closes_no_window() -> None:
    events = [prediction(0, at=60 * MINUTE, purpose="training"), prediction(1)]
    pending = folded([events], WIDTHS)
    assert (pending.late, sorted(pending.totals)) == (0, [T0, T0 + 60 * MINUTE])


def test_one_by_one_is_the_same_as_together() -> None:
    events = traffic(Random(7), 300, jitter=3 * MINUTE)
    assert state(folded([[one] for one in events], WIDTHS)) == state(folded([events], WIDTHS))


@some
@given(st.lists(predictions(4 * MINUTE), max_size=40))
def test_windows_hold_what_plain_python_counts(events: list[Prediction]) -> None:
    pending = folded([events], WIDTHS)
    counted, late = taken(events, WIDTHS)
    assert pending.late == late
    assert set(pending.totals) == {WIDTHS.start(event.ts) for event in counted}
    for start, total in pending.totals.items():
        inside = [event for event in counted if WIDTHS.start(event.ts) == start]
        assert set(total.series.rows) == {(one.model, one.version) for one in inside}
        for key, row in total.series.rows.items():
            own = [event for event in inside if (event.model, event.version) == key]
            held = {name: total.series.column(name)[row] for name in total.series.columns}
            batch = columns(own)
            cells = [
                metric.count(batch, np.zeros(len(own), np.int64), 1)[0] for metric in FULL.metrics
            ]
            assert np.array_equal(held["cells"], np.concatenate(cells))
            assert held["as_of"][0] == max(event.ts for event in own)
            for name, column in FULL.names(batch).items():
                names = Counter(one for one in column if one is not None)
                assert total.series.names[key][name] == names
            ids = {event.id for event in own}
            drawn = [one.id for one in total.series.draws[key].drawn()]
            assert drawn == sorted(ids, key=lambda one: (crc32(one.encode()), one))[:SIZE]


def valued(event: Prediction, dimension: str) -> str | None:
    if dimension in FIELDS:
        return getattr(event, dimension)  # type: ignore[no-any-return]  # all are str | None
    return event.dimensions.get(dimension)


@some
@given(st.lists(predictions(2 * MINUTE), max_size=40))
def test_values_of_dimensions_hold_the_events_that_carry_them(events: list[Prediction]) -> None:
    pending = folded([events], Widths(2 * MINUTE, 0, 0))
    keys = {
        (event.model, event.version, name, value)
        for event in events
        for name in DIMENSIONS
        if (value := valued(event, name)) is not None
    }
    rows = {key: row for total in pending.totals.values() for key, row in total.brief.rows.items()}
    assert rows.keys() == keys
    for key, row in rows.items():
        own = [
            event
            for event in events
            if (event.model, event.version) == key[:2] and valued(event, key[2]) == key[3]
        ]
        (total,) = pending.totals.values()
        batch = columns(own)
        cells = [
            metric.count(batch, np.zeros(len(own), np.int64), 1)[0] for metric in BRIEF.metrics
        ]
        assert np.array_equal(total.brief.column("cells")[row], np.concatenate(cells))
        assert total.brief.column("as_of")[row, 0] == max(event.ts for event in own)


def test_without_dimensions_none_are_counted() -> None:
    events = [prediction(1, dimensions={"region": "eu"})]
    assert not folded([events], dimensions=()).totals[T0].brief.rows


def test_an_endpoint_is_that_of_the_event_and_not_what_its_dimensions_say() -> None:
    events = [prediction(1, endpoint="/a", dimensions={"endpoint": "/b"})]
    assert list(folded([events]).totals[T0].brief.rows) == [("price", "1", "endpoint", "/a")]


@some
@given(randoms)
def test_every_event_is_counted_or_late(random: Random) -> None:
    events = traffic(random, 200, jitter=4 * MINUTE)
    pending = folded(cut(random, events), WIDTHS)
    counted = sum(int(t.series.column("cells")[:, 0].sum()) for t in pending.totals.values())
    assert counted + pending.late == len(events)
    assert pending.late == taken(events, WIDTHS)[1]


def test_an_event_of_a_closed_window_is_late() -> None:
    pending = folded([[prediction(0), prediction(1, at=4 * MINUTE)], [prediction(2)]], WIDTHS)
    assert pending.late == 1
    assert pending.totals[T0].series.column("cells")[0, 0] == 1


def test_an_event_is_late_even_if_the_one_that_closed_its_window_is_in_its_batch() -> None:
    pending = folded([[prediction(0, at=4 * MINUTE), prediction(1)]], WIDTHS)
    assert pending.late == 1
    assert list(pending.totals) == [T0 + 4 * MINUTE]


def test_an_event_is_not_late_because_a_later_one_closes_its_window() -> None:
    pending = folded([[prediction(0), prediction(1, at=4 * MINUTE)]], WIDTHS)
    assert pending.late == 0
    assert sorted(pending.totals) == [T0, T0 + 4 * MINUTE]


def test_no_events_and_only_late_ones_move_nothing() -> None:
    pending = folded([[prediction(0, at=9 * MINUTE)]], WIDTHS)
    before = pending.watermark
    for batch in ([], [prediction(1), prediction(2)]):
        add_predictions(pending, batch)
    assert (pending.watermark, pending.late) == (before, 2)
    assert list(pending.totals) == [T0 + 9 * MINUTE]


def test_a_clock_that_is_ahead_of_the_brokers_moves_the_watermark_no_further_than_that() -> None:
    pending = nothing()
    events = [prediction(0, at=50 * MINUTE), prediction(1), prediction(2, at=1_000)]
    add_predictions(pending, events, np.array([T0 + 500, T0 + 600, T0 + 700]))
    assert pending.watermark == T0 + 700 - WIDTHS.delay
    assert pending.late == 0
    assert sorted(pending.totals) == [T0, T0 + 50 * MINUTE]


@some
@given(randoms)
def test_a_broker_clock_decides_per_event_however_batches_are_cut(random: Random) -> None:
    events = traffic(random, 150, jitter=3 * MINUTE)
    stamps = np.array([event.ts - random.choice((-500, 0, 3 * MINUTE)) for event in events])
    whole = nothing()
    add_predictions(whole, events, stamps)
    pending = nothing()
    for places in cut(random, list(range(len(events)))):
        chosen: Ints = stamps[places] if places else np.zeros(0, np.int64)
        add_predictions(pending, [events[place] for place in places], chosen)
    assert state(pending) == state(whole)


@pytest.mark.parametrize(
    ("fields", "score"),
    [
        ({"prediction": 2.0, "confidence": 0.5}, 2.0),
        ({"prediction": "cat", "confidence": 0.5}, 0.5),
        ({"confidence": 0.5}, 0.5),
        ({}, None),
    ],
)
def test_what_is_drawn_has_the_number_or_else_the_confidence_as_its_score(
    fields: dict[str, Any], score: float | None
) -> None:
    table = folded([[prediction(0, **fields)]]).totals[T0].series
    (one,) = table.draws["price", "1"].drawn()
    assert (one.score, one.latency, one.error) == (score, None, 0)


def test_a_callers_error_is_no_error_of_what_is_drawn() -> None:
    failed = [prediction(i, status="error", error=e) for i, e in enumerate(("4xx", "5xx"))]
    drawn = folded([failed]).totals[T0].series.draws["price", "1"].drawn()
    assert {one.id: one.error for one in drawn} == {"p0": 0, "p1": 1}


@some
@given(
    st.lists(
        st.builds(
            heartbeat,
            at=st.integers(0, 8 * MINUTE),
            service=st.sampled_from(("web", "batch")),
            instance=st.sampled_from("ab"),
            healthy=st.booleans(),
            cpu=st.none() | st.floats(0, 8),
        ),
        max_size=40,
    ),
    randoms,
)
def test_however_heartbeats_are_cut_the_windows_are_the_same(
    beats: list[Heartbeat], random: Random
) -> None:
    def fold(batches: list[list[Heartbeat]]) -> Pending:
        pending = nothing()
        for batch in batches:
            add_heartbeats(pending, batch)
        return pending

    together = fold([beats])
    assert state(fold(cut(random, beats))) == state(together)
    assert state(fold([[one] for one in beats])) == state(together)
    pulses = [one for total in together.totals.values() for one in total.pulses.values()]
    assert sum(one.beats for one in pulses) + together.late == len(beats)


def test_a_late_heartbeat_is_counted_as_late() -> None:
    pending = nothing()
    add_heartbeats(pending, [heartbeat(at=9 * MINUTE), heartbeat(), heartbeat()])
    assert pending.late == 2
    assert list(pending.totals) == [T0 + 9 * MINUTE]
