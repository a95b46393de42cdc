"""The sums of `plain` in numpy: a batch at once, one flat array of cells for a window."""

from collections.abc import Callable, Sequence
from operator import attrgetter, itemgetter

import numpy as np
from numpy.typing import NDArray

from streamgauge.bench.peer import grid
from streamgauge.bench.peer.event import DIMENSIONS, Wire, error_code
from streamgauge.bench.peer.report import Checksum
from streamgauge.metrics.column import Floats, Ints

_SERIES = attrgetter("model", "version")
_KEPT = grid.KEPT_MS // grid.WINDOW_MS
# Counters and sums of a series at the front of its cells, histograms behind.
_COUNT, _LATENCY, _API, _CONFIDENCE, _PREDICTION, _FALLBACK, _MISS, _HIT, _ERROR = range(9)
_FRONT = _ERROR + 5
_ENDS = np.cumsum(
    [_FRONT, grid.LATENCY.width, grid.LATENCY.width, grid.CONFIDENCE, grid.PREDICTION]
).tolist()
_SLICE = 7 + grid.LATENCY.width
_PER_FEATURE = 2 + grid.FEATURE


class Window:
    """The totals of all series in one minute; rows are series, or values of their dimensions."""

    def __init__(self, features: int, *, full: bool) -> None:
        self.rows: dict[tuple[str, ...], int] = {}
        self.slices: dict[tuple[int, str, str], int] = {}
        self._width = _ENDS[-1] + features * _PER_FEATURE if full else 2
        self._features = features if full else 0
        self.cells = np.zeros((8, self._width), np.int64)
        self.sliced = np.zeros((64 if full else 0, _SLICE), np.int64)
        self.ends = _no_ends(8, self._features)
        self.registers = np.zeros((8, self._features, grid.REGISTERS), np.uint8)

    def grow(self) -> None:
        """Make room for every row that was named."""
        while len(self.rows) > len(self.cells):
            more = len(self.cells)
            self.cells = np.concatenate([self.cells, np.zeros_like(self.cells)])
            self.ends = np.concatenate([self.ends, _no_ends(more, self._features)])
            self.registers = np.concatenate([self.registers, np.zeros_like(self.registers)])
        while len(self.slices) > len(self.sliced) > 0:
            self.sliced = np.concatenate([self.sliced, np.zeros_like(self.sliced)])

    def checksum(self) -> Checksum:
        """What is counted."""
        rows, cells = self.cells, 0
        if self._features:
            places = np.arange(_ENDS[-1], rows.shape[1]).reshape(self._features, -1)[:, 1:]
            cells = int(rows[:, _FRONT : _ENDS[-1]].sum() + rows[:, places.ravel()].sum())
            cells += int(self.sliced[:, 7:].sum())
        return Checksum(int(rows[:, 0].sum()), int(rows[:, 1].sum()), cells)


def _no_ends(rows: int, features: int) -> Floats:
    ends: Floats = np.empty((rows, features, 2))
    ends[:, :, 0], ends[:, :, 1] = np.inf, -np.inf
    return ends


class Totals:
    """All open windows."""

    def __init__(self, features: int, *, full: bool) -> None:
        self._features = features
        self._full = full
        self._windows: dict[int, Window] = {}
        self._closed = Checksum()
        self._names: list[str] = []
        self._row: Callable[[dict[str, float | None]], tuple[float | None, ...]] = lambda _: ()

    def checksum(self) -> Checksum:
        """What was counted since the start."""
        return sum((one.checksum() for one in self._windows.values()), self._closed)

    def add(self, events: Sequence[Wire]) -> None:
        """Count a batch."""
        minute = np.array([event.ts for event in events], np.int64) // grid.WINDOW_MS
        first, last = int(minute.min()), int(minute.max())
        for number in range(first, last + 1):
            members = events
            if first != last:
                members = [events[place] for place in np.flatnonzero(minute == number).tolist()]
            if members:
                if (window := self._windows.get(number)) is None:
                    window = self._windows[number] = Window(self._features, full=self._full)
                self._count(window, members)
        for number in [one for one in self._windows if one + _KEPT < last]:
            self._closed += self._windows.pop(number).checksum()

    def _count(self, window: Window, events: Sequence[Wire]) -> None:
        rows = window.rows
        row = np.array([rows.setdefault(key, len(rows)) for key in map(_SERIES, events)], np.int64)
        window.grow()
        latency = _floats([event.latency_ms for event in events])
        micros = np.rint(np.nan_to_num(latency) * 1_000).astype(np.int64)
        flat, base = window.cells.reshape(-1), row * window.cells.shape[1]
        if not self._full:
            np.add.at(flat, base, 1)
            np.add.at(flat, base + 1, micros)
            return
        cell = grid.LATENCY.all_of(np.nan_to_num(latency) / 1_000)
        known = ~np.isnan(latency)
        error = np.array([error_code(event) for event in events], np.int64)
        places = [base + _COUNT, base + _ERROR + error]
        places.append((base + _ENDS[0] + cell)[known])
        np.add.at(flat, base + _LATENCY, micros)
        self._count_rest(flat, base, events, places)
        self._count_features(window, flat, row, events, places)
        np.add.at(flat, np.concatenate(places), 1)
        self._count_slices(window, row, events, (error, micros, cell, known))

    def _count_rest(
        self, flat: Ints, base: Ints, events: Sequence[Wire], places: list[Ints]
    ) -> None:
        cache = np.array([-1 if e.cache_hit is None else e.cache_hit for e in events], np.int64)
        places.append((base + _MISS + cache)[cache >= 0])
        fallback = np.array([event.fallback for event in events], np.bool_)
        places.append(base[fallback] + _FALLBACK)
        columns = (
            (_API, _ENDS[1], 1e3, [event.api_latency_ms for event in events]),
            (_CONFIDENCE, _ENDS[2], 1e6, [event.confidence for event in events]),
            (_PREDICTION, _ENDS[3], 1e3, [event.prediction for event in events]),
        )
        for place, begin, scale, column in columns:
            values = _floats(column)
            known = ~np.isnan(values)
            if not known.all():
                values = values[known]
            here = base if known.all() else base[known]
            np.add.at(flat, here + place, np.rint(values * scale).astype(np.int64))
            if place == _API:
                cells = grid.LATENCY.all_of(values / 1_000)
            elif place == _CONFIDENCE:
                cells = np.rint(values * 1_000).astype(np.int64)
            else:
                cells = grid.prediction(values)
            places.append(here + begin + cells)

    def _count_features(
        self, window: Window, flat: Ints, row: Ints, events: Sequence[Wire], places: list[Ints]
    ) -> None:
        if not self._names:
            self._names = sorted(events[0].features)[: self._features]
            # Of one name it would give the value, not a row.
            self._row = itemgetter(*self._names, *self._names[:1])
        try:
            table = [self._row(event.features) for event in events]
        except KeyError:
            names = [*self._names, *self._names[:1]]
            table = [tuple(map(event.features.get, names)) for event in events]
        values: Floats = np.array(table, np.float64)[:, :-1]
        features = values.shape[1]
        begin = row[:, None] * window.cells.shape[1] + _ENDS[-1]
        begin = begin + np.arange(features) * _PER_FEATURE
        missing = np.isnan(values)
        places.append((begin + 1)[missing])
        known = slice(None) if not missing.any() else ~missing
        numbers = values[known].ravel()
        begin = begin[known].ravel()
        places.append(begin + 2 + grid.feature(numbers))
        np.add.at(flat, begin, np.rint(numbers * 1e6).astype(np.int64))
        owner = (row[:, None] * self._features + np.arange(features))[known].ravel()
        ends = window.ends.reshape(-1)
        np.minimum.at(ends, owner * 2, numbers)
        np.maximum.at(ends, owner * 2 + 1, numbers)
        place, rank = grid.registers(grid.hashes(numbers))
        registers = window.registers.reshape(-1)
        np.maximum.at(registers, owner * grid.REGISTERS + place, rank)

    def _count_slices(
        self,
        window: Window,
        row: Ints,
        events: Sequence[Wire],
        columns: tuple[Ints, Ints, Ints, NDArray[np.bool_]],
    ) -> None:
        error, micros, cell, known = columns
        slices = window.slices
        owners = row.tolist()
        for name in DIMENSIONS:
            place = np.array(
                [
                    -1
                    if (value := event.dimensions.get(name)) is None
                    else slices.setdefault((owner, name, value), len(slices))
                    for owner, event in zip(owners, events, strict=True)
                ],
                np.int64,
            )
            window.grow()
            carried = place >= 0
            begin = place[carried] * _SLICE
            flat = window.sliced.reshape(-1)
            latency = (begin + 7 + cell[carried])[known[carried]]
            np.add.at(flat, np.concatenate([begin, begin + 2 + error[carried], latency]), 1)
            np.add.at(flat, begin + 1, micros[carried])


def _floats(values: list[float | None]) -> Floats:
    # None becomes NaN.
    return np.array(values, np.float64)
