import time

import msgspec
import numpy as np
import pytest

from streamgauge.bench import traffic
from streamgauge.bench.peer.event import PAST_MS, UNREADABLE, Wire
from streamgauge.bench.peer.report import Checksum
from streamgauge.bench.poison import POISONS, poisoned
from streamgauge.bench.traffic import Filled, Shape

SHAPE = Shape(events=400, features=3, series=4)


def test_the_stream_is_the_same_each_time_but_for_its_clock() -> None:
    first, second = list(traffic.predictions(SHAPE)), list(traffic.predictions(SHAPE))
    assert [event.features for event in first] == [event.features for event in second]
    assert {len(event.features) for event in first} == {3}
    assert {(event.model, event.version) for event in first} == {
        (f"model-{model}", version) for model in range(2) for version in "12"
    }
    assert {event.dimensions["region"] for event in first} == set(traffic.REGIONS)
    assert {event.dimensions["segment"] for event in first} == set(traffic.SEGMENTS)


def test_event_time_is_as_dense_as_asked_and_ends_now() -> None:
    times = [event.ts for event in traffic.predictions(Shape(events=1_000, per_second=10_000))]
    assert times[-1] - times[0] == 99
    assert abs(time.time() * 1_000 - times[-1]) < 60_000


def test_the_truth_counts_what_was_read_of_each_partition_and_is_no_poison() -> None:
    latency = np.array([1, 10, 100, 1_000, 10_000, 100_000])
    good = np.array([True, True, True, False, True, True])
    filled = Filled(Shape(events=6, features=2, dimensions=1), 2, 0.0, latency, good)
    assert filled.truth("counts") == Checksum(5, 110_111, 0, 1)
    assert filled.truth("full") == Checksum(5, 110_111, 5 * 7, 1)
    # Partition 0 holds 1, 100, 10,000; partition 1 holds 10, a poison, 100,000.
    assert filled.truth("counts", [2, 2]) == Checksum(3, 111, 0, 1)


@pytest.mark.parametrize("number", range(len(POISONS)))
def test_every_poison_is_one_to_a_peer_too(number: int) -> None:
    good = msgspec.json.encode(next(traffic.predictions(SHAPE)))
    assert msgspec.json.decode(good, type=Wire).id
    now = time.time() * 1_000
    try:
        event = msgspec.json.decode(poisoned(number, good), type=Wire)
    except UNREADABLE:
        return
    assert not now - PAST_MS <= event.ts <= now + 60_000
