"""Watches where embeddings point, by their shadows on fixed directions."""

import math
from typing import Any

import msgspec
import numpy as np

from streamgauge.contracts.reference import Reference
from streamgauge.detectors.embedding import EmbeddingDrift, Shift
from streamgauge.metrics.column import Ints
from streamgauge.metrics.embedding_projection import EmbeddingProjections
from streamgauge.metrics.rollup import DAY
from streamgauge.stream_processors.finding import Found
from streamgauge.stream_processors.watcher import Look, Seen

_METRIC = EmbeddingProjections()
_HOUR_MS = 3_600_000
# So many verdicts in a row have to say that it is over.
_QUIET = 3


class EmbeddingState(msgspec.Struct):
    """Shadows that wait for more, since when (ms), and the finding that holds.

    `judged` is when (ms) there were enough last.
    """

    waiting: dict[int, int]
    since: int = 0
    reference: str = ""
    found: Found | None = None
    quiet: int = 0
    judged: int = 0


class EmbeddingWatcher:
    """The verdict over all directions, once enough embeddings are together."""

    name = "embedding"
    state = EmbeddingState

    def __init__(self) -> None:
        self._drift = EmbeddingDrift()

    def start(self) -> EmbeddingState:
        return EmbeddingState({})

    def wants(self, look: Look) -> bool:
        if look.reference is None or look.is_part or look.summary.source != "predictions":
            return False
        return bool(look.reference.cells.get(_METRIC.name))

    def look(self, state: Any, look: Look) -> Seen:
        assert look.reference is not None
        if state.reference != look.reference.hash:
            state.waiting, state.found, state.quiet = {}, None, 0
            state.reference = look.reference.hash
        row = look.closed.cells.get(_METRIC.name)
        if look.summary.start - state.judged >= DAY:
            # Nobody knows what they are like by now.
            state.found, state.quiet = None, 0
        held = () if state.found is None else (state.found,)
        if row is None or not row.any():
            return Seen(found=held)
        if not state.waiting or look.summary.start - state.since >= _HOUR_MS:
            state.waiting, state.since = {}, look.summary.start
        for cell in np.flatnonzero(row).tolist():
            state.waiting[cell] = state.waiting.get(cell, 0) + int(row[cell])
        shift = self._drift.judge(_counts(look.reference), _row(state.waiting))
        if math.isnan(shift.psi):
            return Seen(found=held)
        state.waiting, state.judged = {}, look.summary.start
        self._hold(state, shift)
        values = {
            "embedding_psi": max(shift.psi, 0.0),
            "embedding_drift_p": shift.p,
            "embedding_drift_distance": shift.distance,
        }
        held = () if state.found is None else (state.found,)
        return Seen(values, dict.fromkeys(values, shift.size), held)

    def _hold(self, state: EmbeddingState, shift: Shift) -> None:
        if not shift.active:
            state.quiet += 1
            if state.quiet >= _QUIET:
                state.found = None
            return
        state.quiet = 0
        state.found = Found(
            detector="psi",
            stream="embedding",
            score=shift.psi,
            before=0.0,
            after=shift.distance,
            samples=shift.size,
            reference=state.reference,
            parts=[] if shift.part is None else [shift.part],
            text=shift.text,
        )


def _counts(reference: Reference) -> Ints:
    return _row(reference.cells[_METRIC.name])


def _row(cells: dict[int, int]) -> Ints:
    row = np.zeros(_METRIC.width, np.int64)
    for cell, count in cells.items():
        if 0 <= cell < _METRIC.width:
            row[cell] = count
    return row
