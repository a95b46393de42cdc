"""The newest windows of the parts of a model version: who has how large a share in its drift."""

from typing import NamedTuple

import numpy as np

from streamgauge.contracts.event import Labels
from streamgauge.contracts.measure import Part
from streamgauge.detectors import segment
from streamgauge.detectors.yardstick import Window, Yardstick
from streamgauge.metrics.column import Ints
from streamgauge.stream_processors.finding import Found

_MODEL = ("model", "version")
# Windows of parts follow that of the whole; what is older says nothing of it.
_WINDOWS = 2
# Parts that are kept of all model versions, and named of one.
_KEPT = 10_000
_NAMED = 10
_OLD_MS = 3_600_000
# What a part contributes to the PSI of the whole; less is no explanation.
_FLOOR = 0.02


class Kept(NamedTuple):
    """A window of a part, when it ended (ms), and the hash of the reference that it stands by."""

    end: int
    window: Window
    reference: str


class SegmentWindows:
    """The counts of each part in its newest window; in memory only, a restart begins anew.

    Where there is no room for one more, those go that had no window for an hour.
    """

    def __init__(self, most: int = _KEPT) -> None:
        self._most = most
        self._held: dict[tuple[str, str], dict[str, Kept]] = {}
        self._size = 0
        self._looked = 0

    def put(self, labels: Labels, end: int, window: Window, reference: str) -> None:
        """Keep the window of a part that ended then, as it stands by a reference."""
        held = self._held.setdefault(_version(labels), {})
        name = _name(labels)
        if name not in held:
            if self._size >= self._most:
                self._forget(end)
            if self._size >= self._most:
                return
            held = self._held.setdefault(_version(labels), held)
            self._size += 1
        held[name] = Kept(end, window, reference)

    def _forget(self, now: int) -> None:
        if now < self._looked + _OLD_MS // 60:
            return
        self._looked = now
        for version, held in list(self._held.items()):
            kept = {name: one for name, one in held.items() if one.end > now - _OLD_MS}
            self._size -= len(held) - len(kept)
            held.clear()
            held.update(kept)
            if not kept:
                del self._held[version]

    def blame(
        self, labels: Labels, found: Found, start: int, width: int, yardstick: Yardstick
    ) -> list[Part]:
        """The parts of a model version by their share in the drift of the first feature found.

        Each dimension cuts the whole in its own way, so shares are of all within a dimension.
        """
        cuts: dict[str, dict[str, Ints]] = {}
        feature = found.parts[0].name
        for name, one in self._held.get(_version(labels), {}).items():
            if one.reference != found.reference:
                continue
            mine, _ = _of(yardstick, one.window, feature)
            if mine is not None and one.end > start - _WINDOWS * width:
                cuts.setdefault(name.partition("=")[0], {})[name] = mine
        blamed: list[Part] = []
        for segments in cuts.values():
            _, reference = _of(yardstick, None, feature)
            if reference is not None and len(segments) > 1:
                counts = np.stack(list(segments.values()))
                blamed += segment.blame(list(segments), reference, counts)
        enough = [part for part in blamed if part.score >= _FLOOR]
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
