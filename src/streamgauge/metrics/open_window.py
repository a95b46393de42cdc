"""The open windows of one source partition: what is added up, and how far the partition has got."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from streamgauge.metrics.series import Keep, Key, Mergeable
from streamgauge.metrics.window import Widths

S = TypeVar("S", bound=Mergeable)


class OpenWindow(Generic[S]):
    """One window: its series, the offset of its first event, and whether it has changed."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.series: dict[Key, S] = {}
        self.changed = True
        self._keep: Keep[S] = Keep()

    def total(self, key: Key, fresh: Callable[[], S]) -> S:
        """What a series adds up in, `fresh` if it is new; a window holds a bounded number."""
        held = self.series.get(key)
        return self._keep.enter(self.series, key, fresh()) if held is None else held


class OpenWindows(Generic[S]):
    """Windows from the oldest open one to the newest.

    `next` is the offset after the last event that was looked at. After a restart the source is
    read again from `first_offset`; events below `counted_to` were looked at before, so that those
    of closed windows are not late a second time.
    """

    def __init__(
        self, widths: Widths, *, next_offset: int = 0, watermark: int = 0, late: int = 0
    ) -> None:
        self.widths = widths
        self.next = next_offset
        self.counted_to = next_offset
        self.watermark = watermark
        self.closed_before = widths.closed_before(watermark)
        self.late = late
        self.windows: dict[int, OpenWindow[S]] = {}

    def open(self, start: int, first: int) -> OpenWindow[S]:
        """The window that starts then, opened if need be; `first` is the offset of an event."""
        window = self.windows.get(start)
        if window is None:
            window = self.windows[start] = OpenWindow(first)
        window.first = min(window.first, first)
        window.changed = True
        return window

    def advance(self, watermark: int) -> bool:
        """Move the watermark forward, never back; whether it moved."""
        if watermark <= self.watermark:
            return False
        self.watermark = watermark
        self.closed_before = self.widths.closed_before(watermark)
        return True

    def changed(self) -> Iterator[tuple[int, OpenWindow[S]]]:
        """Windows that changed since they were last written, oldest first."""
        for start in sorted(self.windows):
            if self.windows[start].changed:
                yield start, self.windows[start]

    def written(self) -> None:
        """All changes stand in the state log: forget them, and the closed windows."""
        for start, window in list(self.windows.items()):
            window.changed = False
            if start < self.closed_before:
                del self.windows[start]

    @property
    def first_offset(self) -> int:
        """Where a restart must read from: the first event of the oldest open window."""
        return min((window.first for window in self.windows.values()), default=self.next)
