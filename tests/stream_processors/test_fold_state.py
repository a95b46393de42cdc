"""Windows are partial, then final; longer ones are their sums; silent services are down."""

import pytest
from tests.metrics.event import MINUTE, T0, heartbeat, prediction
from tests.stream_processors.partition_log import (
    Log,
    Published,
    Reader,
    closed,
    end,
    measures,
    newest,
)

from streamgauge.contracts.measure import Measure
from streamgauge.metrics.day import add_days

HOUR = 60


def test_a_window_is_partial_until_the_watermark_has_passed_it_then_final() -> None:
    log, reader = Log(), Reader()
    reader.take(log.add([prediction(1, latency_ms=20.0)]), 0.0)
    (partial,) = measures(reader.publish(0.0))
    assert (partial.final, partial.revision, partial.as_of) == (False, 1, T0)
    reader.take(log.add([prediction(2, at=30_000)], idle=end(1)), 1.0)
    published = reader.publish(1.0)
    (final,), (window,) = measures(published), closed(published)
    assert isinstance(final, Measure)
    assert (final.start, final.end, final.window, final.base) == (T0, end(1), "1m", True)
    assert (final.final, final.revision, final.as_of) == (True, 2, end(1))
    assert final.labels == {"model": "price", "version": "1"}
    assert final.values["prediction_count"] == 2.0
    assert final.samples["prediction_latency_seconds"] == 1
    assert final.completeness == 1.0
    assert (window.count, window.sample.id) == (2, ["p1", "p2"])


def test_what_has_not_changed_is_not_published_again() -> None:
    log, reader = Log(), Reader()
    reader.take(log.add([prediction(1)], idle=end(1)), 0.0)
    assert measures(reader.publish(0.0), None)
    assert reader.publish(1.0) == []
    reader.take(log.add([]), 2.0)
    reader.take(log.rebase(), 2.0)
    assert reader.publish(2.0) == []


def test_a_late_event_revises_a_final_window_which_stays_final() -> None:
    log, reader = Log(), Reader()
    reader.take(log.add([prediction(1)], idle=end(2)), 0.0)
    (before,) = measures(reader.publish(0.0))
    reader.take(log.add([prediction(2)]), 1.0)
    published = reader.publish(1.0)
    (after,) = measures(published)
    assert (before.final, after.final) == (True, True)
    assert (before.revision, after.revision) == (1, 2)
    assert closed(published) == []


def test_longer_windows_are_the_sums_of_the_base_windows() -> None:
    log, reader = Log(), Reader()
    events = [prediction(number, at=number * 60_000) for number in range(130)]
    published: Published = []
    for number, event in enumerate(events):
        reader.take(log.add([event]), float(number))
        published += reader.publish(float(number))
    reader.take(log.add([], idle=end(3 * 24 * HOUR)), 500.0)
    published += reader.publish(500.0)
    last = newest(published).values()
    for name, minutes in (("1m", 1), ("5m", 5), ("15m", 15), ("1h", 60), ("1d", 1_440)):
        width = minutes * MINUTE
        shown = {
            one.start: one for one in last if one.window == name and one.source == "predictions"
        }
        starts = [event.ts - event.ts % width for event in events]
        assert {start: one.revision for start, one in shown.items()} == {
            start: starts.count(start) for start in starts
        }
        assert all(one.final and one.base == (name == "1m") for one in shown.values())
        for one in shown.values():
            assert one.values["prediction_rate"] == one.revision / (minutes * 60)


def test_longer_windows_and_dimensions_are_shown_now_and_then_and_when_they_are_final() -> None:
    log, reader = Log(), Reader(wide=5.0)
    reader.publish(0.0)
    shown: list[tuple[float, set[str], bool]] = []
    for second in range(1, 12):
        event = prediction(second, at=second, dimensions={"region": "eu"})
        reader.take(log.add([event]), float(second))
        told = [one for one in reader.publish(float(second)) if isinstance(one, Measure)]
        windows = {one.window for one in told}
        shown.append((float(second), windows, any("region" in one.labels for one in told)))
    assert [at for at, windows, _ in shown if "1h" in windows] == [5.0, 10.0]
    assert [at for at, _, dimension in shown if dimension] == [5.0, 10.0]
    assert all("1m" in windows for _, windows, _ in shown)
    reader.take(log.add([], idle=end(1)), 12.0)
    final = reader.publish(12.0)
    regions = [one for one in final if isinstance(one, Measure) and "region" in one.labels]
    assert [(one.window, one.final, one.revision) for one in regions] == [
        ("1m", True, 11),
        ("5m", True, 11),
    ]


def test_features_are_shown_by_model_with_a_source_of_their_own() -> None:
    log, reader = Log(), Reader()
    reader.take(log.add([prediction(1, features={"age": 3.0, "kind": "a"})], idle=end(90)), 0.0)
    features = [
        one for one in reader.publish(0.0) if isinstance(one, Measure) and one.source == "features"
    ]
    assert {one.window for one in features} == {"1m", "5m", "15m", "1h", "1d"}
    for one in features:
        assert one.labels == {"model": "price", "version": "1"}
        assert one.values['feature_mean{feature="age"}'] == 3.0
        assert one.values['feature_category_ratio{feature="kind",category="a"}'] == 1.0
        fine = 'feature_value{feature="age",quantile="0.5"}' in one.values
        assert fine == (one.window in {"1h", "1d"})


def test_a_day_travels_whole_so_that_weeks_can_be_added_up() -> None:
    log, reader = Log(), Reader()
    published: Published = []
    for day in range(3):
        at = day * 24 * HOUR * MINUTE
        events = [prediction(number, at=at, latency_ms=20.0) for number in range(4)]
        reader.take(log.add(events), 0.0)
        published += reader.publish(0.0)
    reader.take(log.add([], idle=end(5 * 24 * HOUR)), 0.0)
    published += reader.publish(0.0)
    days = closed(published, "1d")
    assert [one.count for one in days] == [4, 4, 4]
    week = add_days(one.total for one in days)
    assert week["prediction_count"] == 12.0
    assert week["prediction_rate"] == pytest.approx(12 / (3 * 86_400))
    assert all(one.sample.id == [] for one in days)


def test_a_day_that_late_events_revise_travels_again() -> None:
    log, reader = Log(), Reader()
    reader.take(log.add([prediction(1)], idle=end(1)), 0.0)
    reader.publish(0.0)
    midnight = T0 - T0 % (24 * HOUR * MINUTE) + 24 * HOUR * MINUTE
    last = midnight - T0 - 1_000
    reader.take(log.add([prediction(2, at=last)], idle=midnight + 1_000), 0.0)
    first = closed(reader.publish(0.0), "1d")
    reader.take(log.add([prediction(3, at=last)]), 1.0)
    again = closed(reader.publish(1.0), "1d")
    assert [one.count for one in first + again] == [2, 3]
    assert add_days([again[-1].total])["prediction_count"] == 3.0


def test_a_service_that_falls_silent_is_down() -> None:
    log, reader = Log("heartbeats"), Reader(topic="heartbeats")
    reader.take(log.add([heartbeat()], idle=end(1)), 0.0)
    (up,) = measures(reader.publish(0.0))
    assert up.values["service_up"] == 1.0
    reader.take(log.add([], idle=end(3)), 1.0)
    silent = reader.publish(1.0)
    assert [one.start for one in measures(silent)] == [end(1), end(2)]
    for one in measures(silent):
        assert one.labels == {"service": "web"}
        assert one.values["service_up"] == 0.0
        assert (one.final, one.revision, one.samples["service_up"]) == (True, 0, 0)
    assert closed(silent) == []
    assert measures(reader.publish(2.0)) == []


def test_a_silence_shows_even_if_it_ended_before_its_window_was_final() -> None:
    log, reader = Log("heartbeats"), Reader(topic="heartbeats")
    reader.take(log.add([heartbeat()], idle=end(1)), 0.0)
    reader.publish(0.0)
    reader.take(log.add([heartbeat(at=2 * MINUTE + 20_000)], idle=end(2)), 1.0)
    down = [one for one in measures(reader.publish(1.0)) if one.start == end(1)]
    assert [(one.values["service_up"], one.final) for one in down] == [(0.0, True)]


def test_a_service_is_not_down_before_it_was_first_heard() -> None:
    log, reader = Log("heartbeats"), Reader(topic="heartbeats")
    reader.take(log.add([heartbeat(service="old")], idle=end(1)), 0.0)
    reader.take(log.add([heartbeat(service="new", at=3 * MINUTE)], idle=end(4)), 1.0)
    shown = measures(reader.publish(1.0))
    assert [one.start for one in shown if one.labels["service"] == "new"] == [end(3)]


def test_a_silent_service_of_one_partition_of_many_is_down() -> None:
    logs = [Log("heartbeats") for _ in range(3)]
    reader = Reader(3, "heartbeats")
    reader.take(logs[0].add([heartbeat()], idle=end(1)), 0.0)
    for place, log in enumerate(logs):
        reader.take(log.add([], idle=end(2)), 1.0, place)
    shown = measures(reader.publish(1.0))
    assert [(one.start, one.values["service_up"]) for one in shown if one.start == end(1)] == [
        (end(1), 0.0)
    ]


def test_a_long_pause_is_not_filled_in_for_ever() -> None:
    log, reader = Log("heartbeats"), Reader(topic="heartbeats")
    reader.take(log.add([heartbeat()], idle=end(1)), 0.0)
    reader.publish(0.0)
    reader.take(log.add([], idle=end(100_000)), 1.0)
    assert len(measures(reader.publish(1.0))) <= 121


def test_forgotten_windows_leave_no_trace() -> None:
    log, reader = Log(), Reader()
    for minute in range(100):
        reader.take(log.add([prediction(minute, at=minute * MINUTE)]), 0.0)
        reader.publish(0.0)
    held = reader.fold.partitions[0].sums.rollup.held
    assert len(held[0]) <= 12
    assert sum(map(len, held)) <= 20
    assert len(reader.fold._shown._told) <= 60
    assert sum(map(len, log.kept.held.sums.rollup.held)) <= 20
