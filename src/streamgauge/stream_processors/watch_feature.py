"""Watches the distribution of features in windows, against the reference of their version."""

from typing import Any

import msgspec

from streamgauge.contracts.reference import FEWEST_ROWS
from streamgauge.detectors.feature_drift import FeatureDrift
from streamgauge.detectors.segment import Segment
from streamgauge.detectors.yardstick import Yardstick
from streamgauge.stream_processors.feature_window import Yardsticks
from streamgauge.stream_processors.finding import Course
from streamgauge.stream_processors.segment_window import SegmentWindows
from streamgauge.stream_processors.verdict import Compared, VerdictState, follow, held, judge
from streamgauge.stream_processors.watcher import NOTHING, Look, Seen

STREAM = "features"


class FeatureWatcher:
    """The verdict over all features, once enough values are together.

    A part of a model version is looked at while the whole has moved, or where it is large itself.
    What was found of the whole ranks its parts, too.
    """

    name = "feature"
    state = VerdictState

    def __init__(self, yardsticks: Yardsticks) -> None:
        self._yardsticks = yardsticks
        self._drift = FeatureDrift()
        self._segment = Segment()
        self._segments = SegmentWindows()

    def start(self) -> VerdictState:
        return VerdictState.fresh()

    def wants(self, look: Look) -> bool:
        return look.reference is not None and look.summary.source == "predictions"

    def look(self, state: Any, look: Look) -> Seen:
        assert look.reference is not None
        if not look.closed.features:
            return held(state, look)
        # A PSI is the sum of both divergences: of small moves, twice one of them.
        floors = {name: 2.0 * nats for name, nats in look.tolerance.items()}
        compared = self._yardsticks.compare(look.closed, look.reference)._replace(floors=floors)
        if look.is_part:
            own = self._own(state, look, compared)
            if own is None:
                return NOTHING
            # What holds of a part must be able to end.
            moved = _moved(look.holds) or (look.parent is not None and _moved(look.parent))
            # Under an alarm small windows are gathered until there are enough values.
            if not moved and not self._segment.wants(look.summary.count, parent_active=False):
                return NOTHING._replace(same=True)
            compared = compared._replace(yardstick=own)
        seen = judge(state, self._drift, STREAM, compared, look)
        if seen.found and not look.is_part:
            self._rank_segments(state, look, compared)
            return seen._replace(found=(state.found,))
        return seen

    def _own(self, state: VerdictState, look: Look, compared: Compared) -> Yardstick | None:
        """What the part is like when nothing has moved: to differ from the whole is no drift."""
        follow(state, look)
        self._segments.put(look.labels, look.summary.end, compared.window, state.reference)
        own = state.own.yardstick(compared.yardstick, rows=FEWEST_ROWS)
        if own is None and not (look.parent is not None and _moved(look.parent)):
            state.own = state.own.add(compared.window)
        return own

    def _rank_segments(self, state: VerdictState, look: Look, compared: Compared) -> None:
        found = state.found
        if found is None or not found.parts or found.parts[-1].kind == "segment":
            return
        width = look.summary.end - look.summary.start
        parts = self._segments.blame(
            look.labels, found, look.summary.start, width, compared.yardstick
        )
        state.found = msgspec.structs.replace(found, parts=[*found.parts, *parts])


def _moved(course: Course) -> bool:
    return any(one.found.stream == STREAM for one in course.held.values())
