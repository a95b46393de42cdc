"""Watches the distribution of features in windows, against the reference of their version."""

from typing import Any

from streamgauge.detectors.feature_drift import FeatureDrift
from streamgauge.detectors.segment import Segment
from streamgauge.stream_processors.feature_window import Yardsticks
from streamgauge.stream_processors.verdict import VerdictState, judge
from streamgauge.stream_processors.watcher import NOTHING, Look, Seen

STREAM = "features"


class FeatureWatcher:
    """The verdict over all features, once enough values are together.

    A part of a model version is looked at while the whole has moved, or where it is large itself.
    """

    name = "feature"
    state = VerdictState

    def __init__(self, yardsticks: Yardsticks) -> None:
        self._yardsticks = yardsticks
        self._drift = FeatureDrift()
        self._segment = Segment()

    def start(self) -> VerdictState:
        return VerdictState.fresh()

    def wants(self, look: Look) -> bool:
        if look.reference is None or look.summary.source != "predictions":
            return False
        if not look.is_part:
            return True
        # What holds of a part must be able to end.
        held = any(one.found.stream == STREAM for one in look.holds.held.values())
        parent = look.parent is not None and any(
            one.found.stream == STREAM for one in look.parent.held.values()
        )
        return held or self._segment.wants(look.summary.count, parent_active=parent)

    def look(self, state: Any, look: Look) -> Seen:
        assert look.reference is not None
        if not look.closed.features:
            return NOTHING
        compared = self._yardsticks.compare(look.closed, look.reference)
        return judge(state, self._drift, STREAM, compared, look)
