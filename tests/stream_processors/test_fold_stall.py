"""Partitions that lag or stall hold windows back or not; what is final stays so."""

from random import Random

import pytest
from tests.metrics.event import MINUTE, T0, prediction, traffic
from tests.stream_processors.partition_log import (
    STALL_S,
    Log,
    Published,
    Reader,
    closed,
    end,
    measures,
)

from streamgauge.contracts.measure import Measure, Tick
from streamgauge.stream_processors.fold_state import tick

HOUR = 60
few = pytest.mark.parametrize("seed", range(2))


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
