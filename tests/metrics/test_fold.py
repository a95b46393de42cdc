from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics.fold import add_heartbeats, add_predictions
from streamgauge.metrics.open_window import OpenWindows
from streamgauge.metrics.summary import Summary
from streamgauge.metrics.window import Widths

from .event import MINUTE, T0, cut, heartbeat, plain, prediction, randoms, summed, traffic

WIDTHS = Widths(MINUTE, delay=MINUTE // 2, lateness=MINUTE)
some = settings(max_examples=40, deadline=None)
Numbered = list[tuple[int, Prediction]]


def feed(opened: OpenWindows[Summary], batch: Numbered) -> None:
    """As the keeper does it: events with their offsets, then the next offset."""
    offsets = np.array([offset for offset, _ in batch], np.int64)
    add_predictions(opened, [event for _, event in batch], offsets)
    if batch:
        opened.next = batch[-1][0] + 1


def folded(batches: list[Numbered]) -> OpenWindows[Summary]:
    opened: OpenWindows[Summary] = OpenWindows(WIDTHS)
    for batch in batches:
        feed(opened, batch)
    return opened


def state(opened: OpenWindows[Summary], since: int = 0) -> Any:
    """The windows that start at `since` or later, as values that can be compared."""
    return {
        start: (
            window.first,
            {key: plain(total) for key, total in sorted(window.series.items())},
        )
        for start, window in sorted(opened.windows.items())
        if start >= since
    }


def whole(opened: OpenWindows[Summary]) -> Any:
    return (
        state(opened),
        opened.watermark,
        opened.closed_before,
        opened.late,
        opened.next,
        opened.first_offset,
        opened.counted_to,
    )


@some
@given(randoms, st.sampled_from((0, MINUTE, 4 * MINUTE)))
def test_however_a_stream_is_cut_the_windows_are_the_same(random: Random, jitter: int) -> None:
    events = list(enumerate(traffic(random, 400, jitter=jitter, gap=900)))
    together = whole(folded([events]))
    assert whole(folded(cut(random, events))) == together
    assert whole(folded(cut(random, events))) == together


def test_one_by_one_is_the_same_as_together() -> None:
    events = list(enumerate(traffic(Random(7), 600, jitter=3 * MINUTE)))
    assert whole(folded([[one] for one in events])) == whole(folded([events]))


@some
@given(randoms)
def test_a_window_holds_what_its_events_add_up_to(random: Random) -> None:
    events = traffic(random, 300, jitter=20_000)
    opened = folded([list(enumerate(events))])
    for start, window in opened.windows.items():
        inside = [event for event in events if WIDTHS.start(event.ts) == start]
        assert sorted(window.series) == sorted({(e.model, e.version) for e in inside})
        for key, total in window.series.items():
            own = [event for event in inside if (event.model, event.version) == key]
            assert np.array_equal(total.cells, summed(own).cells)
            assert total.as_of == max(event.ts for event in own)
            classes = [event.prediction for event in own]
            assert total.classes.get("cat", 0) == classes.count("cat")
            fallen = [event.fallback_reason for event in own if event.fallback]
            assert total.reasons.get("cold", 0) == fallen.count("cold")
            assert {one.id for one in total.draw.drawn()} <= {event.id for event in own}
        assert window.first == min(i for i, event in enumerate(events) if event in inside)


@some
@given(randoms)
def test_every_event_is_counted_or_late(random: Random) -> None:
    events = list(enumerate(traffic(random, 300, jitter=4 * MINUTE)))
    opened = folded(cut(random, events))
    total = sum(t.total for window in opened.windows.values() for t in window.series.values())
    assert total + opened.late == len(events)


@some
@given(randoms, st.sampled_from((0, MINUTE, 4 * MINUTE)), st.integers(0, 300))
def test_a_restart_comes_to_the_same_windows(random: Random, jitter: int, crash: int) -> None:
    events = list(enumerate(traffic(random, 300, jitter=jitter)))
    straight = folded(cut(random, events))
    before = folded(cut(random, events[:crash]))
    before.written()
    after: OpenWindows[Summary] = OpenWindows(
        WIDTHS, next_offset=before.next, watermark=before.watermark, late=before.late
    )
    for batch in cut(random, events[before.first_offset :]):
        feed(after, batch)
    assert after.late == straight.late
    assert (after.watermark, after.next) == (straight.watermark, straight.next)
    # Windows that were closed before the restart stand in the log and are not built again.
    assert state(after) == state(straight, before.closed_before)


def test_an_event_of_a_closed_window_is_late_once_and_a_replay_of_it_is_not() -> None:
    opened = folded([[(0, prediction(0)), (1, prediction(1, at=4 * MINUTE))]])
    feed(opened, [(2, prediction(2))])
    assert opened.late == 1
    assert opened.windows[T0].series["price", "1"].total == 1
    again: OpenWindows[Summary] = OpenWindows(
        WIDTHS, next_offset=3, watermark=opened.watermark, late=opened.late
    )
    feed(again, [(2, prediction(2)), (3, prediction(3))])
    assert again.late == 2


def test_an_event_is_late_even_if_the_one_that_closed_its_window_is_in_its_batch() -> None:
    opened = folded([[(0, prediction(0, at=4 * MINUTE)), (1, prediction(1))]])
    assert opened.late == 1
    assert list(opened.windows) == [T0 + 4 * MINUTE]


def test_an_event_is_not_late_because_a_later_one_closes_its_window() -> None:
    opened = folded([[(0, prediction(0)), (1, prediction(1, at=4 * MINUTE))]])
    assert opened.late == 0
    assert sorted(opened.windows) == [T0, T0 + 4 * MINUTE]


def test_no_events_and_only_late_ones_move_nothing() -> None:
    opened = folded([[(0, prediction(0, at=9 * MINUTE))]])
    before = opened.watermark
    feed(opened, [])
    feed(opened, [(1, prediction(1)), (2, prediction(2))])
    assert (opened.watermark, opened.late) == (before, 2)


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
    opened = folded([[(0, prediction(0, **fields))]])
    (one,) = opened.windows[T0].series["price", "1"].draw.drawn()
    assert (one.score, one.latency, one.error) == (score, None, 0)


def test_a_callers_error_is_no_error_of_what_is_drawn() -> None:
    failed = [prediction(i, status="error", error=e) for i, e in enumerate(("4xx", "5xx"))]
    opened = folded([list(enumerate(failed))])
    drawn = opened.windows[T0].series["price", "1"].draw.drawn()
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
    def pulses(batches: list[list[tuple[int, Heartbeat]]]) -> Any:
        opened: OpenWindows[Any] = OpenWindows(WIDTHS)
        for batch in batches:
            offsets = np.array([offset for offset, _ in batch], np.int64)
            add_heartbeats(opened, [beat for _, beat in batch], offsets)
        windows = {start: (one.first, one.series) for start, one in opened.windows.items()}
        return windows, opened.watermark, opened.late, opened.first_offset

    numbered = list(enumerate(beats))
    together = pulses([numbered])
    assert pulses(cut(random, numbered)) == together
    assert pulses([[one] for one in numbered]) == together
    counted = sum(pulse.beats for _, series in together[0].values() for pulse in series.values())
    assert counted + together[2] == len(beats)


def test_a_late_heartbeat_is_counted_once_and_its_replay_not() -> None:
    opened: OpenWindows[Any] = OpenWindows(WIDTHS, next_offset=5)
    add_heartbeats(opened, [heartbeat(at=9 * MINUTE)], np.array([4]))
    add_heartbeats(opened, [heartbeat(), heartbeat()], np.array([4, 5]))
    assert opened.late == 1
    assert list(opened.windows) == [T0 + 9 * MINUTE]
