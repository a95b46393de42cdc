from random import Random
from zlib import crc32

import pytest
from tests.metrics.event import MINUTE, T0, cut, heartbeat, prediction, traffic
from tests.stream_processors.partition_log import (
    STALL_S,
    Log,
    Placed,
    Published,
    Reader,
    closed,
    end,
    finals,
    measures,
    newest,
)

from streamgauge.contracts import codec
from streamgauge.contracts.measure import Measure, Tick
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.summary import Summary as ClosedWindow
from streamgauge.metrics.day import add_days
from streamgauge.stream_processors.fold_state import tick

HOUR = 60
few = pytest.mark.parametrize("seed", range(2))


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
    assert (window.count, window.sample.id, window.total) == (2, ["p1", "p2"], b"")


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


def test_a_record_of_a_zombie_is_ignored() -> None:
    log, reader = Log(), Reader()
    reader.take(log.add([prediction(number) for number in range(5)]), 0.0)
    zombie = log.kept
    log.acquire()
    zombie.held.flush(9, end(1), b"never read")
    reader.take(log.new(), 1.0)
    assert [one.revision for one in measures(reader.publish(1.0))] == [5]
    assert reader.fold.partitions[0].next == 5
    reader.take(log.add([prediction(9)]), 2.0)
    assert [one.revision for one in measures(reader.publish(2.0))] == [6]


def test_a_successor_goes_on_where_the_log_stands() -> None:
    log, reader = Log(), Reader()
    reader.take(log.add([prediction(number) for number in range(3)]), 0.0)
    successor = log.acquire()
    assert (successor.position, successor.accepted) == (3, 3)
    reader.take(log.add([prediction(3), prediction(4)]), 1.0)
    assert [one.revision for one in measures(reader.publish(1.0))] == [5]


@few
def test_any_number_of_partitions_gives_the_same_final_measures(seed: int) -> None:
    random = Random(seed)
    events = traffic(random, 150, jitter=20_000)
    answers = []
    for partitions in (1, 3, 8):
        reader, logs = Reader(partitions), [Log() for _ in range(partitions)]
        published: Published = []
        now = 0.0
        for batch in cut(random, events):
            now += 1.0
            # In any order, as Kafka hands partitions over.
            for place in random.sample(range(partitions), partitions):
                own = [e for e in batch if crc32(e.id.encode()) % partitions == place]
                reader.take(logs[place].add(own), now, place)
                if random.random() < 0.3:
                    reader.take(logs[place].rebase(), now, place)
                if random.random() < 0.3:
                    logs[place].acquire()
            published += reader.publish(now)
        for place, log in enumerate(logs):
            reader.take(log.add([], idle=end(2 * 24 * HOUR)), now, place)
        published += reader.publish(now)
        windows = {codec.encode(one) for one in published if isinstance(one, ClosedWindow)}
        assert len(windows) == sum(isinstance(one, ClosedWindow) for one in published)
        answers.append((finals(published), windows))
    assert answers[0][0] == answers[1][0] == answers[2][0]
    assert answers[0][1] == answers[1][1] == answers[2][1]
    shown = [codec.decode(Measure, one) for one in answers[0][0].values()]
    for window in ("1m", "5m", "15m", "1h", "1d"):
        counted = [one.revision for one in measures(list(shown), window)]
        assert sum(counted) == len(events)


def record(random: Random, log: Log, events: list[Prediction]) -> list[Placed]:
    """The whole log of a partition: deltas, bases, owners that come and go."""
    for batch in cut(random, events):
        log.add(batch)
        if random.random() < 0.4:
            log.rebase()
        if random.random() < 0.2:
            log.acquire()
            log.new()
    log.add([], idle=end(60))
    log.rebase()
    return log.records


@few
def test_who_starts_at_any_base_publishes_the_same_as_final(seed: int) -> None:
    random = Random(seed)
    log = Log()
    records = record(random, log, traffic(random, 150, jitter=20_000, gap=6_000))
    bases = {0}
    for _, one in records:
        bases.add(max(getattr(one, "base", 0), 0))
    answers = []
    for base in sorted(bases):
        reader, published = Reader(), []
        for number, placed in enumerate(records[base:]):
            reader.take([placed], float(number))
            if random.random() < 0.5:
                published += reader.publish(float(number))
        published += reader.publish(1e6)
        answers.append(finals(published))
    whole = answers[0]
    for some in answers:
        assert some.items() <= whole.items()
    # Who starts at a base misses only windows that were closed by then.
    assert all(some for some in answers)


def test_a_base_that_comes_before_windows_are_shown_loses_none() -> None:
    log, reader = Log(), Reader()
    events = [prediction(number, at=number * MINUTE) for number in range(60)]
    for event in events:
        reader.take(log.add([event]), 0.0)
        reader.take(log.rebase(), 0.0)
    reader.take(log.add([], idle=end(60)), 0.0)
    published = reader.publish(0.0)
    assert [one.start for one in measures(published) if one.final] == [e.ts for e in events]
    assert sum(one.revision for one in measures(published, "1h")) == 60


def test_windows_that_a_base_has_only_half_of_are_not_shown() -> None:
    log = Log()
    for number in range(60):
        log.add([prediction(number, at=number * MINUTE)])
    log.rebase()
    begin = next(place for place, one in log.records if type(one).__name__ == "Base")
    log.add([prediction(99, at=50 * MINUTE)], idle=end(60))
    reader = Reader()
    reader.take(log.records[begin:], 0.0)
    published = reader.publish(0.0)
    shown = {one.start: one.revision for one in measures(published)}
    closed_before = log.widths.closed_before(T0 + 59 * MINUTE - log.widths.delay)
    assert min(shown) >= closed_before
    assert shown[T0 + 50 * MINUTE] == 2
    hours = {one.start: one.revision for one in measures(published, "1h")}
    begin_of_last = end(59) - end(59) % (HOUR * MINUTE)
    assert hours[begin_of_last] == sum(
        1 for number in range(60) if T0 + number * MINUTE >= begin_of_last
    ) + (begin_of_last <= T0 + 50 * MINUTE)


def test_a_base_behind_a_delta_that_was_never_written_replaces_what_was_known() -> None:
    log, reader = Log(), Reader()
    reader.take(log.add([prediction(1)]), 0.0)
    log.kept.write(T0)
    # Its delivery fails, and what comes behind it does not.
    log.add([prediction(2), prediction(3)])
    lost = log.records.pop()
    log.rebase()
    assert lost.offset == 2
    for placed in log.records[lost.offset :]:
        reader.take([placed], 1.0)
    assert reader.fold.partitions[0].next == 3
    assert [one.revision for one in measures(reader.publish(1.0))] == [3]


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


def test_a_partition_that_moves_holds_windows_back_until_it_is_as_far() -> None:
    fast, slow, reader = Log(), Log(), Reader(2)
    reader.take(fast.add([prediction(1)], idle=end(5)), 0.0, 0)
    reader.take(slow.add([prediction(2)]), 0.0, 1)
    assert not any(one.final for one in measures(reader.publish(0.0), None))
    assert reader.fold.completeness(0.0) == 1.0


@pytest.mark.parametrize("minutes", [3, 200])
def test_windows_that_wait_long_for_a_partition_all_become_final(minutes: int) -> None:
    fast, slow, reader = Log(), Log(), Reader(2)
    for minute in range(minutes):
        reader.take(fast.add([prediction(minute, at=minute * MINUTE)]), 0.0, 0)
        reader.take(fast.rebase(), 0.0, 0)
    reader.take(slow.add([prediction(999)]), 0.0, 1)
    assert not any(one.final for one in measures(reader.publish(0.0), None))
    for place, log in enumerate((fast, slow)):
        reader.take(log.add([], idle=end(minutes)), 1.0, place)
    published = reader.publish(1.0)
    expected = [T0 + minute * MINUTE for minute in range(minutes)]
    assert [one.start for one in measures(published) if one.final] == expected
    assert [one.start for one in closed(published)] == expected


def test_a_stalled_partition_lowers_completeness_and_does_not_block() -> None:
    moving, stalled, reader = Log(), Log(), Reader(2)
    reader.take(stalled.add([prediction(1)]), 0.0, 1)
    now = STALL_S + 1.0
    reader.take(moving.add([prediction(2)], idle=end(5)), now, 0)
    (shown,) = measures(reader.publish(now))
    assert (shown.final, shown.completeness, shown.revision) == (True, 0.5, 2)
    assert reader.fold.watermark(now) == end(5)


@pytest.mark.parametrize("behind", [5, 60])
def test_a_stalled_partition_that_moves_again_revises_and_what_is_final_stays_so(
    behind: int,
) -> None:
    moving, stalled, reader = Log(), Log(), Reader(2)
    published: Published = []
    now = STALL_S + 1.0
    told = 0
    for place, log in enumerate((moving, stalled)):
        for minute in range(behind):
            own = [prediction(1_000 * place + minute, at=minute * MINUTE)]
            reader.take(log.add(own, idle=end(minute + 1)), now, place)
            published += reader.publish(now)
            beat = tick([reader.fold], now, 0)
            assert beat.watermark >= told
            told = beat.watermark
    shown: dict[int, Measure] = {}
    for one in measures(published):
        before = shown.setdefault(one.start, one)
        assert one.final >= before.final
        assert one.revision >= before.revision
        shown[one.start] = one
    assert {one.revision for one in shown.values()} == {2}
    assert sorted(one.start for one in closed(published)) == sorted(shown)


def test_when_all_partitions_stall_nothing_final_becomes_partial() -> None:
    log, reader = Log(), Reader()
    reader.take(log.add([prediction(1)], idle=end(2)), 0.0)
    reader.publish(0.0)
    before = tick([reader.fold], 0.0, 0)
    assert reader.fold.completeness(STALL_S + 1.0) == 0.0
    assert reader.publish(STALL_S + 1.0) == []
    after = tick([reader.fold], STALL_S + 1.0, 0)
    assert (after.watermark, after.completeness) == (before.watermark, 0.0)


@few
def test_whatever_the_schedule_a_window_closes_once_and_final_is_for_ever(seed: int) -> None:
    random = Random(seed)
    reader, logs = Reader(3, wide=3.0), [Log() for _ in range(3)]
    left = [traffic(random, 60, jitter=20_000, gap=4_000) for _ in range(3)]
    published: Published = []
    now, told = 0.0, 0
    while any(left):
        now += random.choice((1.0, 1.0, 10.0, 40.0))
        for place, log in enumerate(logs):
            if random.random() < 0.6:
                own, left[place] = left[place][:5], left[place][5:]
                reader.take(log.add(own), now, place)
            if random.random() < 0.2:
                reader.take(log.rebase(), now, place)
        published += reader.publish(now)
        beat = tick([reader.fold], now, 0)
        assert beat.watermark >= told
        told = beat.watermark
    for place, log in enumerate(logs):
        reader.take(log.add([], idle=end(2 * 24 * HOUR)), now, place)
    published += reader.publish(now)
    windows = [(one.start, str(one.labels)) for one in closed(published)]
    assert len(windows) == len(set(windows))
    shown: dict[tuple[str, int, str], Measure] = {}
    for name in ("1m", "5m", "15m", "1h", "1d"):
        for one in measures(published, name):
            before = shown.get((name, one.start, str(one.labels)), one)
            assert one.final >= before.final
            assert one.revision >= before.revision
            shown[name, one.start, str(one.labels)] = one
    assert all(one.final for one in shown.values())
    late = sum(log.kept.late for log in logs)
    for name in ("1m", "1h", "1d"):
        counted = [one.revision for key, one in shown.items() if key[0] == name]
        assert sum(counted) + late == 180


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


def test_the_tick_is_of_the_slowest_topic() -> None:
    one, other = Reader(2), Reader(1, "heartbeats")
    for place, minutes in enumerate((3, 5)):
        one.take(Log().add([], idle=end(minutes)), 0.0, place)
    beats = Log("heartbeats")
    other.take(beats.add([], idle=end(4)), 0.0)
    folds = [one.fold, other.fold]
    assert tick(folds, 0.0, 42) == Tick(watermark=end(3), at=42, completeness=1.0)
    other.take(beats.add([], idle=end(9)), 60.0)
    assert tick(folds, 60.0, 43).completeness == 0.0
