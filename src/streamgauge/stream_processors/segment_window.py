"""The newest windows of the parts of a model version: who has how large a share in its drift."""

import numpy as np

from streamgauge.contracts.event import Labels
from streamgauge.contracts.measure import Part
from streamgauge.detectors import segment
from streamgauge.detectors.yardstick import Window, Yardstick
from streamgauge.metrics.column import Ints

_MODEL = ("model", "version")
# Windows of parts follow that of the whole; what is older says nothing of it.
_WINDOWS = 2
# Parts that are kept of all model versions, and named of one.
_KEPT = 10_000
_NAMED = 10
# What a part contributes to the PSI of the whole; less is no explanation.
_FLOOR = 0.02


class SegmentWindows:
    """The counts of each part in its newest window; in memory only, a restart begins anew."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], dict[str, tuple[int, Window]]] = {}
        self._size = 0

    def put(self, labels: Labels, end: int, window: Window) -> None:
        """Keep the window of a part that ended then."""
        held = self._held.setdefault(_version(labels), {})
        name = _name(labels)
        if name not in held:
            if self._size >= _KEPT:
                return
            self._size += 1
        held[name] = end, window

    def blame(
        self, labels: Labels, start: int, width: int, yardstick: Yardstick, feature: str
    ) -> list[Part]:
        """The parts of a model version by their share in the drift of one of its features.

        Each dimension cuts the whole in its own way, so shares are of all within a dimension.
        """
        cuts: dict[str, dict[str, Ints]] = {}
        for name, (end, window) in self._held.get(_version(labels), {}).items():
            mine, _ = _of(yardstick, window, feature)
            if mine is not None and end > start - _WINDOWS * width:
                cuts.setdefault(name.partition("=")[0], {})[name] = mine
        found = []
        for segments in cuts.values():
            _, reference = _of(yardstick, None, feature)
            if reference is not None and len(segments) > 1:
                counts = np.stack(list(segments.values()))
                found += segment.blame(list(segments), reference, counts)
        enough = [part for part in found if part.score >= _FLOOR]
        return sorted(enough, key=lambda part: (-part.share, part.name))[:_NAMED]


def _version(labels: Labels) -> tuple[str, str]:
    return labels["model"], labels["version"]


def _name(labels: Labels) -> str:
    return ",".join(f"{k}={v}" for k, v in sorted(labels.items()) if k not in _MODEL)


def _of(
    yardstick: Yardstick, window: Window | None, feature: str
) -> tuple[Ints | None, Ints | None]:
    """The counts of a feature in a window, and in the reference."""
    if feature in yardstick.fields:
        row = list(yardstick.fields).index(feature)
        mine = None if window is None or row >= len(window.cells) else window.cells[row]
        return mine, yardstick.cells.counts[row].astype(int)
    if feature in yardstick.known:
        row = list(yardstick.known).index(feature)
        mine = None if window is None or row >= len(window.names) else window.names[row]
        return mine, yardstick.names.counts[row].astype(int)
    return None, None
