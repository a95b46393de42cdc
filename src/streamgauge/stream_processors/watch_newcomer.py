"""Learns what a model version without a reference is like, and makes that its reference."""

from typing import Any

import msgspec
import numpy as np

from streamgauge.baseline.closed_window import Windows
from streamgauge.baseline.effective import next_window
from streamgauge.baseline.period import Period
from streamgauge.baseline.pinned import TooFewError, from_samples
from streamgauge.contracts.reference import Reference, freeze
from streamgauge.contracts.summary import Sample, Summary
from streamgauge.detectors.reservoir import Reservoir
from streamgauge.settings import Settings
from streamgauge.stream_processors.watcher import NOTHING, Look, Seen

_HOUR_MS = 3_600_000
_ROWS = 2_000
# What a version did in other respects, by metric.
_CELLS = (
    "prediction_value",
    "prediction_confidence",
    "text_length_characters",
    "embedding_projection",
)
_NAMES = ("prediction_class_ratio", "text_language_ratio")
# Names beyond these are seldom, or made up: a state must not grow with them.
_TOLD = 1_000
# A reference that was published but is not in force after so many windows is published again.
_AGAIN = 120


class NewcomerState(msgspec.Struct):
    """Rows, cells and names since the version was first seen (ms)."""

    rows: Reservoir
    cells: dict[str, dict[int, int]]
    names: dict[str, dict[str, int]]
    since: int = 0
    windows: int = 0
    told: int = 0


class NewcomerWatcher:
    """The first `detection.auto_baseline` hours of a version are its reference, if it has no other.

    A whole day, unless it is told otherwise: what is usual at one hour is not at another.
    """

    name = "newcomer"
    state = NewcomerState

    def __init__(self, settings: Settings) -> None:
        self._learn = round(settings.detection.auto_baseline * _HOUR_MS)
        self._window = settings.window

    def start(self) -> NewcomerState:
        return NewcomerState(Reservoir(), {}, {})

    def wants(self, look: Look) -> bool:
        whole = look.reference is None and not look.is_part and self._learn > 0
        return whole and look.summary.source == "predictions"

    def look(self, state: Any, look: Look) -> Seen:
        summary = look.summary
        if not summary.sample.features:
            return NOTHING._replace(same=True)
        if not state.windows:
            state.since = summary.start
        state.windows += 1
        if state.told:
            again = state.windows - state.told >= _AGAIN
            return self._tell(state, look) if again else NOTHING._replace(same=True)
        state.rows = state.rows.add(summary.sample.id, summary.sample.features, size=_ROWS)
        _gather(state, look)
        if summary.end - state.since >= self._learn:
            return self._tell(state, look)
        return NOTHING

    def _tell(self, state: NewcomerState, look: Look) -> Seen:
        try:
            made = self._made(state, look.summary)
        except TooFewError:
            # Too little traffic yet: it goes on.
            return NOTHING
        state.told = state.windows
        return Seen(references=(made,))

    def _made(self, state: NewcomerState, newest: Summary) -> Reference:
        rows = state.rows
        learned = msgspec.structs.replace(
            newest,
            sample=Sample(
                ts=[state.since] * len(rows),
                id=[str(one) for one in rows.hashes],
                features=rows.columns,
            ),
            total=b"",
            profile=b"",
            count=len(rows),
        )
        # Who counts is ahead of the windows that have closed.
        ahead = newest.end + round(self._window.delay * 1_000) + (newest.end - newest.start)
        made = from_samples(
            newest.labels["model"],
            newest.labels["version"],
            Windows([learned], [], []),
            Period(state.since, newest.end),
            now=newest.end,
            effective=next_window(ahead, self._window),
        )
        return freeze(msgspec.structs.replace(made, cells=state.cells, names=state.names))


def _gather(state: NewcomerState, look: Look) -> None:
    for name in _CELLS:
        row = look.closed.cells.get(name)
        if row is not None and row.any():
            held = state.cells.setdefault(name, {})
            for cell in np.flatnonzero(row).tolist():
                held[cell] = held.get(cell, 0) + int(row[cell])
    for name in _NAMES:
        for value, count in look.closed.names.get(name, {}).items():
            told = state.names.setdefault(name, {})
            if value in told or len(told) < _TOLD:
                told[value] = told.get(value, 0) + count
