"""What detecting costs once events are decoded, beside a plain count by numpy in the same run."""

from collections.abc import Callable
from functools import partial

import numpy as np

from streamgauge.bench.detector.minute import (
    MODEL,
    NAMES,
    PER_MINUTE,
    VERSION,
    Closing,
    Minute,
    minutes,
    reference,
)
from streamgauge.bench.detector.simulated import FEATURES
from streamgauge.bench.detector.soak import stage
from streamgauge.bench.detector.stopwatch import bincount_us, each_us, median_us
from streamgauge.contracts.codec import decode, encode
from streamgauge.contracts.reference import CELLS_OF_GROUP, GROUPS, Number, Reference
from streamgauge.contracts.summary import Summary
from streamgauge.detectors.distances import Distances, measure_all
from streamgauge.detectors.window_test import Ruler, Side, Sides
from streamgauge.detectors.yardstick import Yardstick
from streamgauge.metrics import frozen_grid
from streamgauge.metrics.closed import read_closed
from streamgauge.metrics.profile import ProfileTable
from streamgauge.metrics.schema import Schema

_SEED = 20261121


# A busy minute: 167 predictions a second.
BUSY = 10_000


def costs(*, before: int = 20, timed: int = 100) -> tuple[dict[str, float], dict[str, float]]:
    """Figures and ratios, for 20 features in batches of 1,000 events.

    `window_tests_us` is all tests on the 16 groups that a minute has, `fine_window_tests_us` on
    the 512 cells of an hour. `events_us` is what an event costs once it and its window are
    decoded: `count_us` on the grids, and `watch_us`, its part in what the stage does with a busy
    minute of 10,000 events. `quiet_events_us` is the same of a minute of 1,000. `read_us` is its
    part in decoding a busy minute. `bincount_us` is numpy's count of as many cells as a batch has
    values. All of it is processor time. The stage is timed with `timed` windows, after `before`
    others.
    """
    frozen = reference("stationary", _SEED)
    drawn = list(minutes("stationary", before + timed, _SEED))
    plain = bincount_us(FEATURES, PER_MINUTE)
    coarse, fine = (median_us(tests) for tests in window_tests(frozen, drawn[0]))
    count = median_us(counting(frozen, drawn[0])) / PER_MINUTE
    quiet = watching(frozen, drawn, before)[1] / PER_MINUTE
    busy = list(minutes("stationary", before + timed, _SEED, BUSY))
    read, watch = (us / BUSY for us in watching(frozen, busy, before))
    figures = {
        "window_tests_us": coarse,
        "fine_window_tests_us": fine,
        "events_us": count + watch,
        "quiet_events_us": count + quiet,
        "count_us": count,
        "watch_us": watch,
        "read_us": read,
        "bincount_us": plain,
    }
    ratios = {
        "window_tests_vs_bincount": coarse / plain,
        "events_vs_bincount": (count + watch) * PER_MINUTE / plain,
    }
    return figures, ratios


def window_tests(frozen: Reference, minute: Minute) -> tuple[Callable[[], Distances], ...]:
    """All window tests of a window against a prepared reference: on groups, and on all cells."""
    plans = [
        frozen_grid.plan(field) for field in frozen.schema.values() if isinstance(field, Number)
    ]
    middles = dict(zip(NAMES, map(frozen_grid.middles, plans), strict=True))
    before = Yardstick.of(frozen, middles)
    cells = np.array(
        [
            np.bincount(frozen_grid.cell(plan, values), minlength=frozen_grid.CELLS)
            for plan, values in zip(plans, minute.features.T, strict=True)
        ]
    )
    coarse = cells.reshape(FEATURES, GROUPS, CELLS_OF_GROUP).sum(axis=2)
    # Of groups, the stage never asks for Wasserstein's distance; here no test is left out.
    groups = Side(before.cells.counts)
    ruler = Ruler.of(groups, before.means)
    return (
        lambda: measure_all(Sides(groups, Side(coarse), ruler)),
        lambda: measure_all(Sides(before.cells, Side.of_cells(cells), before.ruler)),
    )


def counting(frozen: Reference, minute: Minute) -> Callable[[], None]:
    """Count a batch of decoded events into the profile of their model, on its frozen grid."""
    table = ProfileTable(fine=True)
    series = [(MODEL, VERSION)]
    code = np.zeros(PER_MINUTE, np.int64)
    features: list[dict[str, float | str | None]] = [
        dict(zip(NAMES, row, strict=True)) for row in minute.features.tolist()
    ]
    schemas = [Schema(frozen)]
    return lambda: table.count(series, code, features, schemas)


def watching(frozen: Reference, drawn: list[Minute], before: int) -> tuple[float, float]:
    """The median µs of reading a closed window, and of all that the stage then does with it."""
    closing, step = Closing(frozen), stage(frozen)
    written = [encode(closing.close(minute, number)) for number, minute in enumerate(drawn)]
    for one in written[:before]:
        list(step(one))
    timed = written[before:]
    read = each_us(partial(_read, one) for one in timed)
    return read, each_us(partial(list, step(one)) for one in timed) - read


def _read(written: bytes) -> None:
    read_closed(decode(Summary, written))
