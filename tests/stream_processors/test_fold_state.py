from random import Random
from zlib import crc32

import pytest
from hypothesis import given, settings
from tests.metrics.event import MINUTE, T0, cut, heartbeat, prediction, randoms, traffic
from tests.stream_processors.partition_log import (
    STALL_S,
    Log,
    Published,
    closed,
    end,
    finals,
    fold_of,
    measures,
)

from streamgauge.contracts import codec
from streamgauge.contracts.measure import Measure, Tick
from streamgauge.contracts.summary import Summary as ClosedWindow
from streamgauge.stream_processors.fold_state import tick


def test_a_window_is_partial_until_the_watermark_has_passed_it_then_final() -> None:
    log, fold = Log(), fold_of()
    fold.take(log.add([prediction(1, latency_ms=20.0)]), 0.0)
    (partial,) = measures(list(fold.publish(0.0)))
    assert (partial.final, partial.revision, partial.as_of) == (False, 1, T0)
    fold.take(log.add([prediction(2, at=30_000)], idle=end(1)), 1.0)
    final, window = fold.publish(1.0)
    assert isinstance(final, Measure)
    assert (final.start, final.end, final.window) == (T0, end(1), "1m")
    assert (final.final, final.revision, final.as_of) == (True, 2, end(1))
    assert final.labels == {"model": "price", "version": "1"}
    assert final.values["prediction_count"] == 2.0
    assert final.samples["prediction_latency_seconds"] == 1
    assert final.completeness == 1.0
    assert isinstance(window, ClosedWindow)
    assert (window.count, window.sample.id) == (2, ["p1", "p2"])


def test_what_has_not_changed_is_not_published_again() -> None:
    log, fold = Log(), fold_of()
    record = log.add([prediction(1)], idle=end(1))
    fold.take(record, 0.0)
    assert len(list(fold.publish(0.0))) == 2
    assert list(fold.publish(1.0)) == []
    fold.take(record, 2.0)
    fold.take(log.add([]), 2.0)
    assert list(fold.publish(2.0)) == []


def test_a_late_event_revises_a_final_window_which_stays_final() -> None:
    log, fold = Log(), fold_of()
    fold.take(log.add([prediction(1)], idle=end(2)), 0.0)
    (before, *_) = measures(list(fold.publish(0.0)))
    fold.take(log.add([prediction(2)]), 1.0)
    published = list(fold.publish(1.0))
    (after,) = measures(published)
    assert (before.final, after.final) == (True, True)
    assert after.revision > before.revision
    assert closed(published) == []


def test_a_record_of_a_zombie_is_ignored() -> None:
    owner, zombie, fold = Log(), Log(), fold_of()
    stale = zombie.add([prediction(1)])
    fold.take(owner.add([prediction(i) for i in range(5)]), 0.0)
    fold.take(stale, 1.0)
    (shown,) = measures(list(fold.publish(1.0)))
    assert shown.revision == 5
    assert fold.partitions[0].next == 5
    fold.take(stale, 2.0)
    assert list(fold.publish(2.0)) == []


def test_a_successor_that_has_read_further_replaces_what_was_known() -> None:
    first, second, fold = Log(), Log(), fold_of()
    events = [prediction(i) for i in range(5)]
    fold.take(first.add(events[:3]), 0.0)
    fold.take(second.add(events), 1.0)
    (shown,) = measures(list(fold.publish(1.0)))
    assert shown.revision == 5


@settings(max_examples=10)
@given(randoms)
def test_any_number_of_partitions_gives_the_same_final_measures(random: Random) -> None:
    events = traffic(random, 300, jitter=20_000)
    answers = []
    for partitions in (1, 3, 8):
        fold, logs = fold_of(partitions), [Log(i) for i in range(partitions)]
        published: Published = []
        now = 0.0
        for batch in cut(random, events):
            now += 1.0
            # In any order, as Kafka hands partitions over.
            for place in random.sample(range(partitions), partitions):
                own = [e for e in batch if crc32(e.id.encode()) % partitions == place]
                fold.take(logs[place].add(own), now)
            published += fold.publish(now)
        for log in logs:
            fold.take(log.add([], idle=end(60)), now)
        published += fold.publish(now)
        windows = {codec.encode(one) for one in closed(published)}
        assert len(windows) == len(closed(published))
        answers.append((finals(published), windows))
    assert answers[0] == answers[1] == answers[2]
    counted = [codec.decode(Measure, one).revision for one in answers[0][0].values()]
    assert sum(counted) == len(events)


def test_a_service_that_falls_silent_is_down() -> None:
    log, fold = Log(topic="heartbeats"), fold_of(topic="heartbeats")
    fold.take(log.add([heartbeat()], idle=end(1)), 0.0)
    (up,) = measures(list(fold.publish(0.0)))
    assert up.values["service_up"] == 1.0
    fold.take(log.add([], idle=end(3)), 1.0)
    silent = list(fold.publish(1.0))
    assert [one.start for one in measures(silent)] == [end(1), end(2)]
    for one in measures(silent):
        assert one.labels == {"service": "web"}
        assert one.values == {"service_up": 0.0}
        assert (one.final, one.revision, one.samples["service_up"]) == (True, 0, 0)
    assert closed(silent) == []
    assert list(fold.publish(2.0)) == []


def test_a_silence_shows_even_if_it_ended_before_its_window_was_final() -> None:
    log, fold = Log(topic="heartbeats"), fold_of(topic="heartbeats")
    fold.take(log.add([heartbeat()], idle=end(1)), 0.0)
    list(fold.publish(0.0))
    fold.take(log.add([heartbeat(at=2 * MINUTE + 20_000)], idle=end(2)), 1.0)
    published = measures(list(fold.publish(1.0)))
    down = [one for one in published if one.start == end(1)]
    assert [(one.values, one.final) for one in down] == [({"service_up": 0.0}, True)]


def test_a_service_is_not_down_before_it_was_first_heard() -> None:
    log, fold = Log(topic="heartbeats"), fold_of(topic="heartbeats")
    fold.take(log.add([heartbeat(service="old")], idle=end(1)), 0.0)
    fold.take(log.add([heartbeat(service="new", at=3 * MINUTE)], idle=end(4)), 1.0)
    fold_published = measures(list(fold.publish(1.0)))
    of_new = [one.start for one in fold_published if one.labels["service"] == "new"]
    assert of_new == [end(3)]


def test_a_silent_service_of_one_partition_of_many_is_down() -> None:
    logs = [Log(i, "heartbeats") for i in range(3)]
    fold = fold_of(3, "heartbeats")
    fold.take(logs[0].add([heartbeat()], idle=end(1)), 0.0)
    for log in logs:
        fold.take(log.add([], idle=end(2)), 1.0)
    shown = measures(list(fold.publish(1.0)))
    assert [(one.start, one.values["service_up"]) for one in shown if one.start == end(1)] == [
        (end(1), 0.0)
    ]


def test_a_long_pause_is_not_filled_in_for_ever() -> None:
    log, fold = Log(topic="heartbeats"), fold_of(topic="heartbeats")
    fold.take(log.add([heartbeat()], idle=end(1)), 0.0)
    list(fold.publish(0.0))
    fold.take(log.add([], idle=end(100_000)), 1.0)
    assert len(list(fold.publish(1.0))) <= 121


def test_a_partition_that_moves_holds_windows_back_until_it_is_as_far() -> None:
    fast, slow, fold = Log(0), Log(1), fold_of(2)
    fold.take(fast.add([prediction(1)], idle=end(5)), 0.0)
    fold.take(slow.add([prediction(2)]), 0.0)
    assert not any(one.final for one in measures(list(fold.publish(0.0))))
    assert fold.completeness(0.0) == 1.0


@pytest.mark.parametrize("minutes", [3, 200])
def test_windows_that_wait_long_for_a_partition_all_become_final(minutes: int) -> None:
    fast, slow, fold = Log(0), Log(1), fold_of(2)
    fold.take(fast.add([prediction(i, at=i * MINUTE) for i in range(minutes)]), 0.0)
    assert not any(one.final for one in measures(list(fold.publish(0.0))))
    for log in (fast, slow):
        fold.take(log.add([], idle=end(minutes)), 1.0)
    published = list(fold.publish(1.0))
    expected = [T0 + i * MINUTE for i in range(minutes)]
    assert [one.start for one in measures(published) if one.final] == expected
    assert [one.start for one in closed(published)] == expected


def test_a_stalled_partition_lowers_completeness_and_does_not_block() -> None:
    moving, stalled, fold = Log(0), Log(1), fold_of(2)
    fold.take(stalled.add([prediction(1)]), 0.0)
    now = STALL_S + 1.0
    fold.take(moving.add([prediction(2)], idle=end(5)), now)
    (shown,) = measures(list(fold.publish(now)))
    assert (shown.final, shown.completeness, shown.revision) == (True, 0.5, 2)
    assert fold.watermark(now) == end(5)


@pytest.mark.parametrize("behind", [5, 60])
def test_a_stalled_partition_that_moves_again_revises_and_what_is_final_stays_so(
    behind: int,
) -> None:
    moving, stalled, fold = Log(0), Log(1), fold_of(2)
    published: Published = []
    now = STALL_S + 1.0
    for minute in range(behind):
        own = [prediction(minute, at=minute * MINUTE)]
        fold.take(moving.add(own, idle=end(minute + 1)), now)
        published += fold.publish(now)
    for minute in range(behind):
        own = [prediction(1_000 + minute, at=minute * MINUTE)]
        fold.take(stalled.add(own, idle=end(minute + 1)), now)
        published += fold.publish(now)
    shown: dict[int, Measure] = {}
    for one in measures(published):
        before = shown.setdefault(one.start, one)
        assert one.final >= before.final
        assert one.revision >= before.revision
        shown[one.start] = one
    assert {one.revision for one in shown.values()} == {2}
    assert sorted(one.start for one in closed(published)) == sorted(shown)


def test_when_all_partitions_stall_nothing_final_becomes_partial() -> None:
    log, fold = Log(), fold_of()
    fold.take(log.add([prediction(1)], idle=end(2)), 0.0)
    list(fold.publish(0.0))
    assert fold.watermark(STALL_S + 1.0) == 0
    assert fold.completeness(STALL_S + 1.0) == 0.0
    assert list(fold.publish(STALL_S + 1.0)) == []


@settings(max_examples=15)
@given(randoms)
def test_whatever_the_schedule_a_window_closes_once_and_final_is_for_ever(random: Random) -> None:
    fold, logs = fold_of(3), [Log(i) for i in range(3)]
    left = [traffic(random, 80, jitter=20_000, gap=4_000) for _ in range(3)]
    published: Published = []
    now = 0.0
    while any(left):
        now += random.choice((1.0, 1.0, 10.0))
        for place in range(3):
            if random.random() < 0.6:
                own, left[place] = left[place][:5], left[place][5:]
                fold.take(logs[place].add(own), now)
        published += fold.publish(now)
    for log in logs:
        fold.take(log.add([], idle=end(60)), now)
    published += fold.publish(now)
    windows = [(one.start, str(one.labels)) for one in closed(published)]
    assert len(windows) == len(set(windows))
    shown: dict[tuple[int, str], Measure] = {}
    for one in measures(published):
        before = shown.get((one.start, str(one.labels)), one)
        assert one.final >= before.final
        assert one.revision >= before.revision
        shown[one.start, str(one.labels)] = one
    assert all(one.final for one in shown.values())
    late = sum(log.opened.late for log in logs)
    assert sum(one.revision for one in shown.values()) + late == 240


def test_forgotten_windows_leave_no_trace() -> None:
    log, fold = Log(), fold_of()
    for minute in range(100):
        fold.take(log.add([prediction(minute, at=minute * MINUTE)]), 0.0)
        list(fold.publish(0.0))
    assert len(fold.partitions[0].windows) <= 12
    assert len(fold._published) <= 12


def test_the_tick_is_of_the_slowest_topic() -> None:
    one, other = fold_of(2), fold_of(1, "heartbeats")
    for place, minutes in enumerate((3, 5)):
        one.take(Log(place).add([], idle=end(minutes)), 0.0)
    other.take(Log(topic="heartbeats").add([], idle=end(4)), 0.0)
    assert tick([one, other], 0.0, 42) == Tick(watermark=end(3), at=42, completeness=1.0)
    other.take(Log(topic="heartbeats").add([], idle=end(9)), 60.0)
    assert tick([one, other], 60.0, 43).completeness == 0.0
