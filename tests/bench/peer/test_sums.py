from collections import Counter

import msgspec
import numpy as np

from streamgauge.bench import traffic
from streamgauge.bench.peer import grid
from streamgauge.bench.peer.event import Wire
from streamgauge.bench.peer.report import Checksum
from streamgauge.bench.peer.stock_faust import Full
from streamgauge.bench.peer.sums import Totals
from streamgauge.bench.traffic import Shape


def events(shape: Shape) -> list[Wire]:
    return [
        msgspec.json.decode(msgspec.json.encode(event), type=Wire)
        for event in traffic.predictions(shape)
    ]


def test_batches_and_single_events_add_up_to_the_same() -> None:
    # Three minutes, and more series than a window starts with.
    shape = Shape(events=3_000, features=3, series=20, per_second=20)
    made = events(shape)
    single: dict[tuple[str, str, int], Full] = {}
    for event in made:
        key = event.model, event.version, event.ts // grid.WINDOW_MS
        single.setdefault(key, Full()).add(event)
    totals = Totals(3, full=True)
    for first in range(0, len(made), 700):
        totals.add(made[first : first + 700])
    held = single.values()
    expected = Checksum(
        sum(one.count for one in held),
        sum(one.latency_us for one in held),
        sum(one.cells() for one in held),
    )
    assert expected.events == 3_000
    assert expected.cells == 3_000 * (4 + 3 + 2)
    assert totals.checksum() == expected


def test_a_feature_that_is_missing_or_null_counts_as_null() -> None:
    first = msgspec.structs.replace(events(Shape(events=1))[0], features={"f0": 1.0, "f1": 2.0})
    totals = Totals(2, full=True)
    totals.add([first, msgspec.structs.replace(first, features={"f0": None})])
    assert totals.checksum().cells == 2 * (4 + 2 + 2)


def test_windows_that_are_over_still_count() -> None:
    totals = Totals(2, full=False)
    event = events(Shape(events=1, features=2))[0]
    for minute in range(30):
        later = event.ts + minute * grid.WINDOW_MS
        totals.add([msgspec.structs.replace(event, ts=later)])
    assert totals.checksum().events == 30


def test_registers_estimate_how_many_values_there_are() -> None:
    values = np.random.default_rng(1).normal(size=20_000)
    place, rank = grid.registers(grid.hashes(values))
    registers = np.zeros(grid.REGISTERS, np.uint8)
    np.maximum.at(registers, place, rank)
    # Flajolet and others, "HyperLogLog" (2007): standard error 1.04 / sqrt(2048), 2.3 %.
    alpha = 0.7213 / (1 + 1.079 / grid.REGISTERS)
    estimate = alpha * grid.REGISTERS**2 / (2.0 ** -registers.astype(float)).sum()
    assert abs(estimate / 20_000 - 1) < 0.1


def test_one_value_and_many_fall_into_the_same_cells() -> None:
    values = np.random.default_rng(2).lognormal(size=1_000)
    assert grid.LATENCY.all_of(values).tolist() == [grid.LATENCY.of(v) for v in values.tolist()]
    assert max(Counter(grid.prediction(np.array([-1e12, 0.0, 1e12])).tolist())) < grid.PREDICTION
