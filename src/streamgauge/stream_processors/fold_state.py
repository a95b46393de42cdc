"""The state logs of all partitions folded into one picture: what `merge` publishes. Pure."""

from collections.abc import Iterator
from typing import Any

from streamgauge.contracts.event import Labels
from streamgauge.contracts.measure import Measure, Tick
from streamgauge.contracts.summary import Summary as ClosedWindow
from streamgauge.metrics import series
from streamgauge.metrics.heartbeat import Pulse
from streamgauge.metrics.series import Key
from streamgauge.metrics.summary import Summary, as_known
from streamgauge.metrics.window import Widths
from streamgauge.stream_processors.state_record import Joiner, StateRecord, unpack

_MS = 1_000
# After a long pause, windows further back than this are not filled in, and a partition that stalled
# for longer no longer revises them.
_FILLED = 120


class Partition:
    """What one partition's log says: how far it is, and its windows."""

    def __init__(self, heard: float) -> None:
        self.next = -1
        self.watermark = 0
        self.heard = heard
        self.late = 0
        self.accepted = 0
        self.rejected = 0
        self.windows: dict[int, dict[Key, Any]] = {}
        self.known: dict[str, int] = {}
        self._joiner = Joiner()

    def take(self, part: StateRecord, heard: float) -> list[int]:
        """Follow the log: the starts of the windows that changed. What leads nowhere is ignored."""
        self.heard = heard
        record = self._joiner.take(part)
        if record is None or (record.next, record.watermark) <= (self.next, self.watermark):
            return []
        self.next, self.watermark = record.next, record.watermark
        self.late, self.accepted, self.rejected = record.late, record.accepted, record.rejected
        self.known = record.known
        for window in record.windows:
            self.windows[window.start] = {
                **{total.key: unpack(total) for total in window.predictions},
                **{total.key: total.pulse for total in window.pulses},
            }
        return [window.start for window in record.windows]


class StateFold:
    """One source topic over all its partitions."""

    def __init__(
        self, topic: str, partitions: int, widths: Widths, stall: float, now: float
    ) -> None:
        self.topic = topic
        self.partitions = [Partition(now) for _ in range(partitions)]
        self._widths = widths
        self._stall = stall
        self._changed: set[int] = set()
        self._final_to = 0
        self._forgotten_to = 0
        self._first_heard: dict[str, int] = {}
        self._published: dict[tuple[int, Key], tuple[int, bool]] = {}

    def take(self, record: StateRecord, heard: float) -> None:
        """One record of the log of one partition."""
        self._changed.update(self.partitions[record.partition].take(record, heard))
        for service, last in record.known.items():
            self._first_heard.setdefault(service, last)

    def watermark(self, now: float) -> int:
        """All events up to this time are in, as far as the partitions that move can tell."""
        moving = [one.watermark for one in self.partitions if now - one.heard <= self._stall]
        return min(moving, default=0)

    def completeness(self, now: float) -> float:
        """The share of partitions that move; a stalled one may hold events nobody has seen."""
        moving = sum(1 for one in self.partitions if now - one.heard <= self._stall)
        return moving / len(self.partitions)

    def publish(self, now: float) -> Iterator[Measure | ClosedWindow]:
        """What has changed since the last call: measures, and windows that are closed now."""
        watermark = self.watermark(now)
        # A stalled partition that moves again pulls the watermark back; what is final stays so.
        final_to = max(self._widths.start(watermark) if watermark else 0, self._final_to)
        self._changed.update(self._closing(final_to))
        completeness = self.completeness(now)
        for start in sorted(start for start in self._changed if start >= self._forgotten_to):
            for key, total in sorted(self._merged(start, final=start < final_to).items()):
                yield from self._show(start, key, total, start < final_to, completeness)
        self._changed.clear()
        self._final_to = final_to
        self._forget()

    def _closing(self, final_to: int) -> set[int]:
        """Windows that become final now: those that are held, and those in which silence shows."""
        if not final_to:
            return set()
        held = {
            start
            for partition in self.partitions
            for start in partition.windows
            if self._final_to <= start < final_to
        }
        oldest = final_to - _FILLED * self._widths.width
        begin = max(self._final_to, oldest) if self._final_to else final_to - self._widths.width
        return held.union(range(begin, final_to, self._widths.width))

    def _merged(self, start: int, *, final: bool) -> dict[Key, Summary | Pulse]:
        merged: dict[Key, Any] = {}
        for partition in self.partitions:
            for key, total in partition.windows.get(start, {}).items():
                merged[key] = merged[key].merge(total) if key in merged else total
        if final:
            # A service that should speak and does not is the news itself.
            for partition in self.partitions:
                for service in partition.known:
                    if self._first_heard[service] < start + self._widths.width:
                        merged.setdefault((service,), Pulse())
        return series.cap(merged)

    def _show(
        self, start: int, key: Key, total: Summary | Pulse, final: bool, completeness: float
    ) -> Iterator[Measure | ClosedWindow]:
        end = start + self._widths.width
        count = total.total
        before = self._published.get((start, key))
        if before == (count, final):
            return
        self._published[start, key] = (count, final)
        labels = _labels(key)
        yield Measure(
            labels=labels,
            window=self._widths.name,
            start=start,
            end=end,
            revision=count,
            as_of=end if final else min(total.as_of, end),
            final=final,
            completeness=completeness,
            values=as_known(total.values(self._widths.width / _MS)),
            samples=total.samples(),
        )
        if isinstance(total, Summary) and final and not (before and before[1]):
            yield ClosedWindow(
                labels=labels,
                window=self._widths.name,
                start=start,
                end=end,
                count=count,
                sample=total.draw.sample(),
            )

    def _forget(self) -> None:
        """Drop the windows that nobody revises any more; a stalled partition still may, a while."""
        slowest = min(partition.watermark for partition in self.partitions)
        reach = self._final_to - _FILLED * self._widths.width
        self._forgotten_to = max(
            self._widths.closed_before(max(slowest, reach)), self._forgotten_to
        )
        for partition in self.partitions:
            for start in [start for start in partition.windows if start < self._forgotten_to]:
                del partition.windows[start]
        known = {service for partition in self.partitions for service in partition.known}
        for service in self._first_heard.keys() - known:
            del self._first_heard[service]
        for place in [place for place in self._published if place[0] < self._forgotten_to]:
            del self._published[place]


def tick(folds: list[StateFold], now: float, clock_ms: int) -> Tick:
    """The clock of everything downstream."""
    return Tick(
        watermark=min(fold.watermark(now) for fold in folds),
        at=clock_ms,
        completeness=min(fold.completeness(now) for fold in folds),
    )


def _labels(key: Key) -> Labels:
    names = ("service",) if len(key) == 1 else ("model", "version")
    return dict(zip(names, key, strict=True))
