"""Watches the distribution of features in windows, against the reference of their version."""

from typing import Any

import msgspec

from streamgauge.detectors.drift import Verdict
from streamgauge.detectors.feature_drift import FeatureDrift
from streamgauge.detectors.gathered import Gathered
from streamgauge.stream_processors.feature_window import Yardsticks
from streamgauge.stream_processors.finding import Found
from streamgauge.stream_processors.watcher import Look, Seen

STREAM = "features"


class FeatureState(msgspec.Struct):
    """Windows that wait for more values, what has moved, and the finding that holds."""

    gathered: Gathered
    missed: dict[str, int]
    reference: str = ""
    found: Found | None = None


class FeatureWatcher:
    """The verdict over all features, once enough values are together."""

    name = "feature"
    state = FeatureState

    def __init__(self, yardsticks: Yardsticks) -> None:
        self._yardsticks = yardsticks
        self._drift = FeatureDrift()

    def start(self) -> FeatureState:
        return FeatureState(Gathered(), {})

    def wants(self, look: Look) -> bool:
        return look.reference is not None and look.summary.source == "predictions"

    def look(self, state: Any, look: Look) -> Seen:
        assert look.reference is not None
        if state.reference != look.reference.hash:
            state.gathered, state.missed, state.found = Gathered(), {}, None
            state.reference = look.reference.hash
        compared = self._yardsticks.compare(look.closed, look.reference)
        state.gathered, enough = state.gathered.add(
            compared.window, look.summary.start, least=self._drift.least
        )
        if enough is None:
            return Seen(found=() if state.found is None else (state.found,))
        verdict = self._drift.judge(compared.yardstick, enough.window, state.missed, compared.means)
        state.missed = verdict.missed
        state.found = found(verdict, STREAM, state.reference) if verdict.active else None
        held = () if state.found is None else (state.found,)
        return Seen(verdict.values, verdict.samples, held)


def found(verdict: Verdict, stream: str, reference: str) -> Found:
    """A verdict that says that something has moved."""
    return Found(
        detector="psi",
        stream=stream,
        score=verdict.score,
        before=verdict.before,
        after=verdict.after,
        samples=verdict.count,
        direction=verdict.direction,
        reference=reference,
        parts=verdict.parts,
        text=verdict.text,
    )
