"""The state logs of all partitions of a source as one picture: what `merge` publishes. Pure."""

from collections.abc import Iterator

from streamgauge.contracts.measure import Measure, Tick
from streamgauge.contracts.summary import Summary as ClosedWindow
from streamgauge.metrics.heartbeat import Pulse
from streamgauge.metrics.rollup import DAY
from streamgauge.metrics.schema import Grids
from streamgauge.metrics.total import Shape, Total
from streamgauge.metrics.window import Widths
from streamgauge.stream_processors.closing import Window
from streamgauge.stream_processors.fold_partition import FoldPartition
from streamgauge.stream_processors.log_record import AnyLogRecord
from streamgauge.stream_processors.measured import MeasuredSums
from streamgauge.stream_processors.shown import Predicted, Shown
from streamgauge.stream_processors.telling import Telling

# After a long pause, windows further back than this are not filled in, and a partition that stalled
# for longer no longer revises them.
_FILLED = 120


class StateFold:
    """One source topic over all its partitions.

    Base windows are shown whenever they have changed; longer ones, dimensions and features every
    `wide` seconds, and all of them when they become final.
    """

    def __init__(
        self,
        topic: str,
        partitions: int,
        shape: Shape,
        widths: Widths,
        telling: Telling,
        *,
        stall: float,
        wide: float,
        now: float,
        reached: int = 0,
        predicted: dict[int, Predicted] | None = None,
        grids: Grids | None = None,
    ) -> None:
        sums = MeasuredSums(shape, widths, closes=False)
        self.topic = topic
        self.partitions = [FoldPartition(sums, now) for _ in range(partitions)]
        self.levels = self.partitions[0].sums.rollup.levels
        self._shape = shape
        self._widths = widths
        self._stall = stall
        self._wide = wide
        self._wide_at = now
        # Base windows that have changed since they were shown, and windows of each level that have
        # changed since all of them was.
        self._fresh: set[int] = set()
        self._stale: list[set[int]] = [set() for _ in self.levels]
        self._changed_days: set[int] = set()
        # What labels of each day can cover; the fold of predictions tells that of outcomes.
        self._predicted: dict[int, Predicted] = {} if predicted is None else predicted
        self._covered: dict[int, Predicted] = {}
        # A former reader has told that much; windows up to there are final.
        self._reached = reached
        self._final_to = widths.start(reached) if reached else 0
        self._forgotten_to = 0
        self._first_heard: dict[str, int] = {}
        self._shown = Shown(topic, telling, grids)

    def take(self, partition: int, offset: int, record: AnyLogRecord, heard: float) -> None:
        """One record of the log of one partition."""
        fold = self.partitions[partition]
        fold.take(offset, record, heard)
        sums = fold.sums
        self._fresh |= sums.changed
        for level, width in enumerate(self.levels):
            self._stale[level] |= {start - start % width for start in sums.changed}
        sums.changed.clear()
        self._changed_days |= sums.changed_days
        sums.changed_days.clear()
        for service, last in sums.known.items():
            self._first_heard.setdefault(service, last)

    def watermark(self, now: float) -> int:
        """All events up to this time are in, as far as the partitions that move can tell.

        It never goes back: what a partition brings that had stalled are revisions.
        """
        moving = [one.watermark for one in self.partitions if now - one.heard <= self._stall]
        self._reached = max(self._reached, min(moving, default=0))
        return self._reached

    def completeness(self, now: float) -> float:
        """The share of partitions that move; a stalled one may hold events nobody has seen."""
        moving = sum(1 for one in self.partitions if now - one.heard <= self._stall)
        return moving / len(self.partitions)

    def publish(self, now: float) -> Iterator[Measure | ClosedWindow]:
        """What has changed since the last call: measures, and windows that are final now."""
        watermark = self.watermark(now)
        final_to = self._widths.start(watermark) if watermark else 0
        self._forgotten_to = max(
            self._forgotten_to, *(one.complete_from for one in self.partitions)
        )
        wide = now >= self._wide_at
        if wide:
            self._wide_at = now + self._wide
        completeness = self.completeness(now)
        for level, width in enumerate(self.levels):
            closing = self._closing(level, final_to)
            narrow = self._fresh if level == 0 else set()
            for start in sorted(closing | (self._stale[level] if wide else narrow)):
                if start + width <= self._forgotten_to:
                    continue
                whole = self._view(level, start)
                final = start + width <= final_to
                if final and level == 0:
                    self._expect_services(whole, start)
                window = Window(width, start, final=final, base=level == 0)
                yield from self._shown.show(
                    whole, window, completeness, wide=wide or start in closing
                )
            self._stale[level] = set() if wide else self._stale[level] - closing
        self._fresh.clear()
        if wide and self._shape.days is not None:
            self._tell_predicted()
        elif wide:
            yield from self._days(watermark, completeness)
        self._final_to = final_to
        self._forget()

    def _days(self, watermark: int, completeness: float) -> Iterator[Measure | ClosedWindow]:
        """The days of what events are about, where they have changed or become final."""
        horizon = self._shape.horizon
        cohorts = [one.sums.cohort for one in self.partitions if one.sums.cohort is not None]
        held = {start for one in cohorts for start in one.starts(0)}
        over = {start for start in held if start + DAY + horizon <= watermark}
        for start in sorted(self._changed_days | self._newly_predicted() | over):
            whole = Total(self._shape, fine=True)
            for days in cohorts:
                days.add_to(whole, 0, start)
            final = start + DAY + horizon <= watermark
            window = Window(DAY, start, final=final, base=False, cohort=True)
            yield from self._shown.show(whole, window, completeness, wide=True)
            if (predicted := self._predicted.get(start)) is not None:
                self._covered[start] = predicted
                yield from self._shown.cover(whole, window, completeness, predicted)
        for days in cohorts:
            days.close(watermark)
        self._changed_days.clear()

    def _tell_predicted(self) -> None:
        """Let the fold of outcomes know how many predictions there were on each day."""
        days = [one.sums.cohort for one in self.partitions if one.sums.cohort is not None]
        held = {start for one in days for start in one.starts(0)}
        for start in self._changed_days & held:
            whole = Total(self._shape.of_days())
            for one in days:
                one.add_to(whole, 0, start)
            cells = whole.series.column("cells")
            self._predicted[start] = {
                key: int(cells[row, 0]) for key, row in whole.series.rows.items()
            }
        for start in self._predicted.keys() - held:
            del self._predicted[start]
        self._changed_days.clear()

    def _newly_predicted(self) -> set[int]:
        """Days with labels of which there are more predictions now."""
        days = [partition.sums.cohort for partition in self.partitions]
        labelled = {start for held in days if held is not None for start in held.starts(0)}
        self._covered = {day: self._covered[day] for day in labelled & self._covered.keys()}
        return {
            day
            for day in labelled & self._predicted.keys()
            if self._covered.get(day) != self._predicted[day]
        }

    def _closing(self, level: int, final_to: int) -> set[int]:
        """Windows that become final now: those that are held, and those in which silence shows."""
        if not final_to:
            return set()
        width = self.levels[level]
        held = {
            start
            for partition in self.partitions
            for start in partition.sums.rollup.starts(level)
            if self._final_to < start + width <= final_to
        }
        if level:
            return held
        oldest = final_to - _FILLED * width
        begin = max(self._final_to, oldest) if self._final_to else final_to - width
        return held.union(range(begin, final_to, width))

    def _view(self, level: int, start: int) -> Total:
        rollups = [partition.sums.rollup for partition in self.partitions]
        whole = Total(self._shape, fine=level >= rollups[0].first_fine)
        for rollup in rollups:
            rollup.add_to(whole, level, start)
        return whole

    def _expect_services(self, whole: Total, start: int) -> None:
        """A service that should speak and does not is the news itself."""
        for partition in self.partitions:
            for service in partition.sums.known:
                if self._first_heard[service] < start + self._widths.width:
                    whole.pulses.setdefault((service,), Pulse())

    def _forget(self) -> None:
        """Close what nobody revises any more; a stalled partition still may, a while."""
        slowest = min(partition.watermark for partition in self.partitions)
        reach = self._final_to - _FILLED * self._widths.width
        self._forgotten_to = max(
            self._widths.closed_before(max(slowest, reach)), self._forgotten_to
        )
        for partition in self.partitions:
            partition.sums.rollup.close_before(self._forgotten_to)
        known = {service for partition in self.partitions for service in partition.sums.known}
        for service in self._first_heard.keys() - known:
            del self._first_heard[service]
        self._shown.forget(self._forgotten_to)


def tick(folds: list[StateFold], now: float, clock_ms: int) -> Tick:
    """The clock of everything downstream."""
    return Tick(
        watermark=min(fold.watermark(now) for fold in folds),
        at=clock_ms,
        completeness=min(fold.completeness(now) for fold in folds),
    )
