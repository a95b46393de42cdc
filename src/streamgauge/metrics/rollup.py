"""The windows of one partition in all widths: minutes while they are open, then hours and days.

A window holds what its closed parts have added; what is still open below it is added when somebody
looks. So an event is added once when it comes and once for each width as its window closes.
"""

from collections.abc import Iterator

from streamgauge.metrics.profile import ProfileTable
from streamgauge.metrics.total import Shape, Total
from streamgauge.metrics.window import Widths

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_USUAL = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, DAY)


def levels(base: int) -> tuple[int, ...]:
    """The widths of the windows, each a multiple of the one before.

    >>> levels(60_000)
    (60000, 300000, 900000, 3600000, 86400000)
    >>> levels(10_000)[:2]
    (10000, 60000)
    """
    found = [base]
    for width in _USUAL:
        if width > found[-1] and width % found[-1] == 0:
            found.append(width)
    return tuple(found)


class Rollup:
    """Open windows by level and start. Features are kept finely from hours on (`fine`)."""

    def __init__(self, shape: Shape, widths: Widths, widths_of_levels: tuple[int, ...]) -> None:
        self.shape = shape
        self.widths = widths
        self.levels = widths_of_levels
        self.held: list[dict[int, Total]] = [{} for _ in self.levels]
        self.fine: list[dict[int, ProfileTable]] = [{} for _ in self.levels]
        long = [level for level, width in enumerate(self.levels) if width >= HOUR]
        self.first_fine = long[0] if long else len(self.levels) - 1
        self.closed_before = 0

    def add(self, start: int, delta: Total) -> None:
        """Add what has come for the base window that starts then."""
        self.total(0, start).add(delta, profile=self.first_fine > 0)
        if len(delta.profile):
            self.profile(self.first_fine, start).add(delta.profile)

    def total(self, level: int, start: int) -> Total:
        """What is held for the window of that level around a time."""
        start -= start % self.levels[level]
        held = self.held[level].get(start)
        if held is None:
            held = self.held[level][start] = Total(self.shape)
        return held

    def profile(self, level: int, start: int) -> ProfileTable:
        """The fine features of the window of that level around a time."""
        start -= start % self.levels[level]
        return self.fine[level].setdefault(start, ProfileTable(fine=True))

    def close(self, watermark: int) -> None:
        """Close the windows that the watermark has passed by the lateness: nothing changes them."""
        self.close_before(self.widths.closed_before(watermark))

    def close_before(self, before: int) -> None:
        """Close the windows that end before a time: they count in the longer ones from now on."""
        self.closed_before = max(before, self.closed_before)
        last = len(self.levels) - 1
        for level, width in enumerate(self.levels):
            for start in self._passed(self.held[level], width):
                total = self.held[level].pop(start)
                # Samples are drawn from base windows; longer ones have none.
                total.series.draws.clear()
                if level < last:
                    coarse = level + 1 < self.first_fine
                    self.total(level + 1, start).add(total, profile=coarse)
            for start in self._passed(self.fine[level], width):
                profile = self.fine[level].pop(start)
                if level < last:
                    self.profile(level + 1, start).add(profile)

    def view(self, level: int, start: int) -> Total:
        """All that is known of a window: its closed parts and the open ones."""
        whole = Total(self.shape, fine=level >= self.first_fine)
        self.add_to(whole, level, start)
        return whole

    def add_to(self, whole: Total, level: int, start: int) -> None:
        """Add all that is known of a window to a total, for example of several partitions."""
        end = start + self.levels[level]
        for below in range(level + 1):
            coarse = level < self.first_fine
            for part in self._within(self.held[below], start, end):
                whole.add(self.held[below][part], profile=coarse)
        if level >= self.first_fine:
            for below in range(self.first_fine, level + 1):
                for part in self._within(self.fine[below], start, end):
                    whole.profile.add(self.fine[below][part])

    def starts(self, level: int) -> set[int]:
        """The windows of a level that hold anything."""
        width = self.levels[level]
        return {start - start % width for below in range(level + 1) for start in self.held[below]}

    def _passed(self, held: dict[int, Total] | dict[int, ProfileTable], width: int) -> list[int]:
        return sorted(start for start in held if start + width <= self.closed_before)

    @staticmethod
    def _within(
        held: dict[int, Total] | dict[int, ProfileTable], start: int, end: int
    ) -> Iterator[int]:
        return (part for part in held if start <= part < end)
