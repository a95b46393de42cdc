"""Whoever reads a state log, and from wherever, publishes the same measures."""

from random import Random
from zlib import crc32

import pytest
from tests.metrics.event import MINUTE, T0, cut, prediction, traffic
from tests.stream_processors.partition_log import (
    Log,
    Placed,
    Published,
    Reader,
    end,
    finals,
    measures,
)

from streamgauge.contracts import codec
from streamgauge.contracts.measure import Measure
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.summary import Summary as ClosedWindow

HOUR = 60
few = pytest.mark.parametrize("seed", range(2))


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
