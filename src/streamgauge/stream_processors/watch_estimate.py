"""Watches how good a model must be before the truth is known: its estimate, and the reference."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
import numpy as np

from streamgauge.contracts.reference import Reference
from streamgauge.detection import Detection
from streamgauge.detectors import level
from streamgauge.detectors.cbpe import CELLS, Cbpe, Estimate
from streamgauge.detectors.latch import Latch, LatchState
from streamgauge.detectors.level import Level
from streamgauge.detectors.performance import Degradation, Performance
from streamgauge.metrics.column import Floats, Ints
from streamgauge.metrics.rollup import DAY
from streamgauge.stream_processors.finding import Found
from streamgauge.stream_processors.watcher import Look, Seen

SCORE = "prediction_score"
CONFIDENCE = "prediction_confidence"
# How far the estimated accuracy of a window is below that of the reference, at least 0.
LOSS = "performance_loss"
_LABELLED = "score_histogram"
_CALIBRATED = "label_calibration"
# References whose calibrations are kept ready.
_KEPT = 200


class EstimateState(msgspec.Struct):
    """Scores since the last verdict by cell, and the verdict (of `judged`, ms) while it holds."""

    scores: dict[int, int]
    latch: LatchState
    reference: str = ""
    verdict: Degradation | None = None
    judged: int = 0


class Calibrated(NamedTuple):
    """What a reference says: the chance at each score, how good the model was, and of what."""

    chances: Floats
    before: Level | None
    metric: str


class EstimateWatcher:
    """Confidence-based estimates of every window; the alarm waits until there is enough to say."""

    name = "estimate"
    state = EstimateState

    def __init__(self, settings: Detection) -> None:
        self._usual = Cbpe()
        self._own = {
            model: Cbpe(threshold=threshold) for model, threshold in settings.thresholds.items()
        }
        self._performance = Performance()
        self._latch = Latch(begin=2, end=3)
        self._calibrated: dict[str, Calibrated | None] = {}

    def start(self) -> EstimateState:
        return EstimateState({}, LatchState())

    def wants(self, look: Look) -> bool:
        whole = look.reference is not None and not look.is_part
        return whole and look.summary.source == "predictions"

    def look(self, state: Any, look: Look) -> Seen:
        assert look.reference is not None
        if state.reference != look.reference.hash:
            state.scores, state.reference = {}, look.reference.hash
            state.latch, state.verdict = LatchState(), None
        cbpe = self._own.get(look.labels["model"], self._usual)
        held = self._calibrate(cbpe, look.reference)
        scores = None if held is None else _scores(look, held.metric)
        estimate = None
        if held is not None and scores is not None:
            estimate = _estimate(cbpe, held, scores)
        if held is None or scores is None or estimate is None:
            if look.summary.start - state.judged >= DAY:
                # Nobody knows how good it is by now.
                state.latch, state.verdict = LatchState(), None
            return Seen(found=_holds(state))
        for cell in np.flatnonzero(scores).tolist():
            state.scores[cell] = state.scores.get(cell, 0) + int(scores[cell])
        if sum(state.scores.values()) >= self._performance.least:
            state.judged = look.summary.start
            self._judge(cbpe, state, held)
        values = estimate.values()
        if held.before is not None:
            values[LOSS] = max(held.before.value - estimate.accuracy, 0.0)
        return Seen(values, dict.fromkeys(values, estimate.samples), _holds(state))

    def _judge(self, cbpe: Cbpe, state: EstimateState, held: Calibrated) -> None:
        counts = np.zeros(CELLS, np.int64)
        counts[list(state.scores)] = list(state.scores.values())
        state.scores = {}
        estimate = _estimate(cbpe, held, counts)
        now = None if estimate is None else level.estimated(estimate)
        verdict = self._performance.judge("estimated accuracy", held.before, now)
        self._latch.step(state.latch, None if verdict is None else verdict.worse)
        if verdict is not None and (verdict.worse or state.verdict is None):
            state.verdict = verdict

    def _calibrate(self, cbpe: Cbpe, reference: Reference) -> Calibrated | None:
        if reference.hash not in self._calibrated:
            if len(self._calibrated) >= _KEPT:
                self._calibrated.clear()
            self._calibrated[reference.hash] = _calibration(cbpe, reference.cells)
        return self._calibrated[reference.hash]


def _calibration(cbpe: Cbpe, cells: Mapping[str, Mapping[int, int]]) -> Calibrated | None:
    labelled = cells.get(_LABELLED, {})
    chances = cbpe.calibrate(labelled)
    if chances is not None:
        return Calibrated(chances, _level(labelled, cbpe.threshold), SCORE)
    rated = cells.get(_CALIBRATED, {})
    chances = cbpe.calibrate_confidence(rated)
    if chances is None:
        return None
    hits = sum(rated.get(cell, 0) for cell in range(1, 20, 2))
    total = sum(rated.get(cell, 0) for cell in range(20))
    return Calibrated(chances, level.rate(hits, total), CONFIDENCE)


def _estimate(cbpe: Cbpe, held: Calibrated, scores: Ints) -> Estimate | None:
    if held.metric == SCORE:
        return cbpe.estimate(scores, held.chances)
    return cbpe.estimate_confidence(scores, held.chances)


def _scores(look: Look, metric: str) -> Ints | None:
    """How often each score came; a distribution has its sum in front of its cells."""
    cells = look.closed.cells.get(metric)
    if cells is None or len(cells) < CELLS:
        return None
    scores: Ints = cells[-CELLS:]
    return scores if scores.any() else None


def _level(labelled: Mapping[int, int], threshold: float) -> Level | None:
    """The accuracy that the reference has at the threshold."""
    first = round(threshold * (CELLS - 1))
    hits = total = 0
    for cell, count in labelled.items():
        if 0 <= cell < 2 * CELLS and count > 0:
            total += count
            yes, score = divmod(cell, CELLS)
            hits += count * ((score >= first) == bool(yes))
    return level.rate(hits, total)


def _holds(state: EstimateState) -> tuple[Found, ...]:
    if not state.latch.raised or state.verdict is None:
        return ()
    return (_found(state.verdict, state.reference),)


def _found(verdict: Degradation, reference: str) -> Found:
    return Found(
        detector="cbpe",
        stream="estimate",
        score=verdict.certainty,
        before=verdict.before,
        after=verdict.after,
        samples=verdict.samples,
        finding="PERFORMANCE_DEGRADED",
        direction="down",
        reference=reference,
        text=verdict.text,
    )
