"""Minutes of a model's traffic without a change, and the closed windows that they make."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from streamgauge.baseline import training
from streamgauge.baseline.tally import Tally
from streamgauge.bench.detector.simulated import FEATURES, autocorrelated, normal
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.reference import Number, Reference
from streamgauge.contracts.summary import Sample, Summary
from streamgauge.metrics import feature_name, frozen_grid, grid, packed, profile
from streamgauge.metrics.column import ERROR_CLASSES, Floats, Ints
from streamgauge.metrics.distribution import Distribution
from streamgauge.metrics.profile import ProfileTable
from streamgauge.metrics.sample import SIZE
from streamgauge.metrics.series_table import SeriesTable, rule
from streamgauge.metrics.summary import FULL

MODEL, VERSION = "soak", "1"
NAMES = tuple(f"f{number:02}" for number in range(FEATURES))
MINUTE = 60_000
PER_MINUTE = 1_000
PER_DAY = 1_440
# A Monday.
_BEGIN = 1_767_571_200_000
_ERRORS = 0.02
_SERVER = ERROR_CLASSES.index("5xx")
# Rows of the reference, and minutes that are drawn together.
_ROWS = 50_000
_AT_ONCE = 60

KINDS = ("stationary", "autocorrelated", "daily")


class Minute(NamedTuple):
    """What came in one minute, in its order: `features` of shape (events, features).

    `value` is the prediction, `latency` is in seconds.
    """

    features: Floats
    value: Floats
    confidence: Floats
    latency: Floats
    error: Floats


def minutes(kind: str, count: int, seed: int, size: int = PER_MINUTE) -> Iterator[Minute]:
    """So many minutes of `size` predictions; in daily traffic everything goes by the hour."""
    random = np.random.default_rng([seed, KINDS.index(kind)])
    for first in range(0, count, _AT_ONCE):
        many = min(_AT_ONCE, count - first)
        at = np.repeat(np.arange(first, first + many), size)
        drawn = _events(kind, random, at)
        for begin in range(0, many * size, size):
            part = slice(begin, begin + size)
            yield Minute(*(column[part] for column in drawn))


def _events(kind: str, random: np.random.Generator, at: Ints) -> Minute:
    """Events of the minutes `at`, one of each."""
    draw: Callable[[np.random.Generator, int], Floats]
    draw = autocorrelated if kind == "autocorrelated" else normal
    cycle = np.sin(at * (2 * np.pi / PER_DAY)) if kind == "daily" else np.zeros(len(at))
    columns = [draw(random, len(at)) + cycle for _ in range(FEATURES + 4)]
    value, confidence, latency, error = columns[FEATURES:]
    return Minute(
        features=np.column_stack(columns[:FEATURES]),
        value=value,
        confidence=1 / (1 + np.exp(-confidence)),
        latency=0.02 * np.exp(latency / 4),
        # The 2 % of a standard normal that lie above.
        error=(error - 0.9 * cycle > 2.0537).astype(np.float64),
    )


def reference(kind: str, seed: int) -> Reference:
    """What the traffic was like before: 50,000 events, at all times of the day alike."""
    random = np.random.default_rng([seed, len(KINDS), KINDS.index(kind)])
    at = np.arange(_ROWS) * PER_DAY // _ROWS
    drawn = _events(kind, random, at)
    tally = Tally()
    rows = drawn.features.tolist()
    tally.add(
        [
            Prediction(
                id=str(number),
                ts=_BEGIN,
                model=MODEL,
                version=VERSION,
                features=dict(zip(NAMES, row, strict=True)),
                prediction=value,
                confidence=confidence,
            )
            for number, (row, value, confidence) in enumerate(
                zip(rows, drawn.value.tolist(), drawn.confidence.tolist(), strict=True)
            )
        ],
        [None] * _ROWS,
    )
    return training.reference(tally, MODEL, VERSION, now=_BEGIN)


class Closing:
    """Closes minutes as `measure` does, on the grid of a reference."""

    def __init__(self, reference: Reference) -> None:
        fields = {
            name: field for name, field in reference.schema.items() if isinstance(field, Number)
        }
        self._plans = [frozen_grid.plan(fields[name]) for name in NAMES]
        self._least = np.array([fields[name].least for name in NAMES])
        self._most = np.array([fields[name].most for name in NAMES])
        rows = (feature_name.row_name(name, reference.grid) for name in NAMES)
        self._keys = [(MODEL, VERSION, row) for row in rows]
        ends = np.cumsum([metric.width for metric in FULL.metrics]).tolist()
        self._begin = {
            metric.name: end - metric.width for metric, end in zip(FULL.metrics, ends, strict=True)
        }
        self._distributions = {
            metric.name: metric for metric in FULL.metrics if isinstance(metric, Distribution)
        }
        self._random = np.random.default_rng(1)

    def close(self, minute: Minute, number: int) -> Summary:
        """The window of the minute with this number."""
        start = _BEGIN + number * MINUTE
        return Summary(
            labels={"model": MODEL, "version": VERSION},
            window="1m",
            start=start,
            end=start + MINUTE,
            count=len(minute.value),
            sample=self._sample(minute, start),
            total=self._total(minute, start),
            profile=self._profile(minute),
        )

    def _profile(self, minute: Minute) -> bytes:
        table = ProfileTable(fine=False)
        table.place(self._keys)
        whole = np.rint(minute.features * profile.SCALE).astype(np.int64)
        stats = table.column("stats")
        stats[:, profile.KNOWN] = len(minute.value)
        stats[:, profile.HIGH] = (whole >> 26).sum(axis=0)
        stats[:, profile.LOW] = (whole & (profile.HALF - 1)).sum(axis=0)
        table.column("low")[:, 0] = minute.features.min(axis=0)
        table.column("high")[:, 0] = minute.features.max(axis=0)
        beyond = (minute.features < self._least) | (minute.features > self._most)
        table.column("out")[:, 0] = beyond.sum(axis=0)
        cells = np.array(
            [
                np.bincount(frozen_grid.cell(plan, values), minlength=frozen_grid.CELLS)
                for plan, values in zip(self._plans, minute.features.T, strict=True)
            ]
        )
        table.column("grid")[:] = grid.coarse(cells)
        return packed.encode_profile(table, self._keys)

    def _total(self, minute: Minute, start: int) -> bytes:
        table = SeriesTable(FULL, rule())
        key = (MODEL, VERSION)
        table.place([key])
        table.column("events")[0, 0] = len(minute.value)
        table.column("as_of")[0, 0] = start + MINUTE - 1
        cells = table.column("cells")[0]
        errors = int(minute.error.sum())
        cells[self._begin["traffic"]] = len(minute.value)
        cells[self._begin["errors"]] = len(minute.value) - errors
        cells[self._begin["errors"] + _SERVER] = errors
        for name, values in (
            ("prediction_latency_seconds", minute.latency),
            ("prediction_value", minute.value),
            ("prediction_confidence", minute.confidence),
        ):
            metric, begin = self._distributions[name], self._begin[name]
            cells[begin] = int(np.rint(values * metric.scale).sum())
            counts = np.bincount(metric.cell(values), minlength=metric.width - 1)
            cells[begin + 1 : begin + metric.width] = counts
        return packed.encode_rows(table, [key])

    def _sample(self, minute: Minute, start: int) -> Sample:
        """As many as the stage draws: any, for ids are hashed, but in their order."""
        size = len(minute.value)
        drawn = np.sort(self._random.permutation(size)[:SIZE])
        columns = minute.features[drawn].T.tolist()
        return Sample(
            ts=(start + drawn * MINUTE // size).tolist(),
            id=[f"{start}-{place}" for place in drawn.tolist()],
            score=minute.value[drawn].tolist(),
            latency=minute.latency[drawn].tolist(),
            error=minute.error[drawn].astype(np.int64).tolist(),
            features=dict(zip(NAMES, columns, strict=True)),
            seen=[1] * len(drawn),
        )
