"""One series on the page: a bounded ring of its windows, each at its newest revision."""

from collections.abc import Iterator

import msgspec

from streamgauge.contracts.event import Labels
from streamgauge.contracts.measure import Measure
from streamgauge.dashboard.figure import Point, point

CLOSED = 120
Key = tuple[tuple[str, str], ...]


def key_of(labels: Labels) -> Key:
    """A name for labels that does not depend on their order.

    >>> key_of({"version": "2", "model": "m"})
    (('model', 'm'), ('version', '2'))
    """
    return tuple(sorted(labels.items()))


class Series(msgspec.Struct):
    """The last windows of one series: 120 closed ones and the open one, by their start."""

    labels: Labels
    window: str
    windows: dict[int, Measure] = {}
    points: dict[int, Point] = {}

    def fold(self, measure: Measure) -> bool:
        """Keep a measure if it is news; says whether it was."""
        known = self.windows.get(measure.start)
        if known is not None and (_order(measure) < _order(known) or measure == known):
            return False
        self.windows[measure.start] = measure
        # Once here, not once a second for every window that a chart shows.
        self.points[measure.start] = point(measure)
        if len(self.windows) > CLOSED + 1:
            oldest = min(self.windows)
            del self.windows[oldest], self.points[oldest]
            return oldest != measure.start
        return True

    def ordered(self) -> list[Measure]:
        """All windows, oldest first."""
        return [self.windows[start] for start in sorted(self.windows)]

    def newest(self) -> Measure:
        return self.windows[max(self.windows)]

    def shown(self) -> list[Measure]:
        """The windows worth a look, oldest first: the open one from a quarter of its width on.

        The first seconds of a window hold too few predictions to say anything.
        """
        windows = self.ordered()
        last = windows[-1]
        young = not last.final and (last.as_of - last.start) * 4 < last.end - last.start
        return windows[:-1] if young and len(windows) > 1 else windows

    def current(self) -> Measure:
        """The window whose figures are shown."""
        return self.shown()[-1]

    def since(self, start: int) -> Iterator[Measure]:
        """The windows that begin at `start` or later, oldest first."""
        return (measure for measure in self.ordered() if measure.start >= start)


def _order(measure: Measure) -> tuple[int, bool, int]:
    """What is newer of the same window: closing it changes nothing that its revision counts."""
    return measure.generation, measure.final, measure.revision
