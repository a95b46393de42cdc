"""`monitor_availability_ratio`: the share of our own windows that were complete in time. Pure.

A window is complete if, when it ended, somebody was there to close it and had heard of every
partition. One that nobody told of counts as 0: an outage must not vanish from the mean.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from streamgauge.contracts.measure import Measure
from streamgauge.metrics.rollup import DAY, HOUR
from streamgauge.metrics.window import window_name

NAME = "monitor_availability_ratio"


class Share(NamedTuple):
    """Of so many windows in the hour or day that begins at `start`, so many were complete."""

    start: int
    complete: int = 0
    windows: int = 0

    def add(self, start: int, *, complete: bool) -> "Share":
        """One window more, of the hour or day that begins at `start`.

        >>> Share(0, 2, 3).add(0, complete=True), Share(0, 2, 3).add(60, complete=False)
        (Share(start=0, complete=3, windows=4), Share(start=60, complete=0, windows=1))
        """
        held = self if self.start == start else Share(start)
        return Share(start, held.complete + complete, held.windows + 1)


class Availability:
    """The present hour and day of one topic; `told` are measures of a former process."""

    def __init__(self, width: int, told: Iterable[Measure] = ()) -> None:
        self._width = width
        self._shares = {long: Share(0) for long in (HOUR, DAY) if long > width}
        by_name = {window_name(long): long for long in self._shares}
        for one in sorted(told, key=lambda one: (one.start, one.revision)):
            if (long := by_name.get(one.window)) is not None:
                windows = one.samples.get(NAME, 0)
                complete = round(one.values.get(NAME, 0.0) * windows)
                self._shares[long] = Share(one.start, complete, windows)

    def add(self, start: int, *, complete: bool) -> Iterator[tuple[int, Share]]:
        """Count a window; the hour and the day that end with it, by their width."""
        for long, share in self._shares.items():
            self._shares[long] = share.add(start - start % long, complete=complete)
            if self._is_over(long, start + self._width):
                yield long, self._shares[long]

    def present(self, clock: int) -> list[tuple[int, Share]]:
        """The hour and the day that are not over at that time, by their width."""
        return [
            (long, share)
            for long, share in self._shares.items()
            if share.windows and not self._is_over(long, clock)
        ]

    def _is_over(self, long: int, clock: int) -> bool:
        return self._shares[long].start + long <= clock
