"""How well streamgauge itself keeps up, as measures that rules can use. Pure; by the wall clock.

The stream's own clock would stand still exactly when there is something to tell.
"""

from collections.abc import Iterable, Iterator

import msgspec

from streamgauge.contracts.measure import Measure
from streamgauge.metrics.category import escape
from streamgauge.metrics.rollup import DAY
from streamgauge.metrics.window import window_name
from streamgauge.stream_processors import availability
from streamgauge.stream_processors.availability import Availability, Share
from streamgauge.stream_processors.fold_state import StateFold
from streamgauge.stream_processors.measured import Measured

STAGE = "measure"
SOURCE = "pipeline"
_MS = 1_000
_REJECTED = "rejected "
# After a long outage so many windows are told one by one; hours and days of a month count them all.
_SHOWN = 1_440
_MEMORY = 31 * DAY


class Pipeline:
    """Tells of each source topic once a window of the wall clock, `width` milliseconds wide.

    `told` are the newest measures of this source that a former process has published, and `alive`
    says when it lived last, in milliseconds since 1970, 0 if there was none.
    """

    def __init__(self, width: int, told: Iterable[Measure] = (), alive: int = 0) -> None:
        self._width = width
        former = list(told)
        ends = [one.end for one in former if one.base]
        self._told_to = max(ends, default=alive - alive % width)
        self._former = former
        self._shares: dict[str, Availability] = {}
        self._before: dict[str, dict[str, int]] = {}
        # From this time on it is known what came.
        self._since = 0

    def measures(self, folds: Iterable[StateFold], now: float, clock: int) -> Iterator[Measure]:
        """What is to be told now; `now` is the folds' clock, `clock` in milliseconds since 1970.

        Windows that ended while nobody was there had none to close them. What came in the window
        in which this process began is not told: nobody knows what came before it.
        """
        end = clock - clock % self._width
        begins = not self._since
        if begins:
            self._since = end + self._width
            self._told_to = self._told_to or end
        elif end <= self._told_to:
            return
        for fold in folds:
            counts = _counts([one.sums for one in fold.partitions])
            before, self._before[fold.topic] = self._before.get(fold.topic), counts
            came = {} if before is None else {k: n - before.get(k, 0) for k, n in counts.items()}
            yield from self._missed(fold.topic, end if begins else end - self._width)
            if not begins:
                yield from self._present(fold, came, now, end)
            if end > self._told_to:
                share = self._share(fold.topic)
                yield from (self._tell_share(fold.topic, *one, end) for one in share.present(end))
        self._told_to = max(end, self._told_to)

    def _share(self, topic: str) -> Availability:
        share = self._shares.get(topic)
        if share is None:
            told = (one for one in self._former if one.labels.get("topic") == topic)
            share = self._shares[topic] = Availability(self._width, told)
        return share

    def _missed(self, topic: str, until: int) -> Iterator[Measure]:
        """The windows that should have been told before that time."""
        shown = until - _SHOWN * self._width
        for start in range(max(self._told_to, until - _MEMORY), until, self._width):
            yield from self._count(topic, start, complete=False)
            if start >= shown:
                values = {availability.NAME: 0.0}
                yield self._measure(topic, self._width, start, values, completeness=0.0)

    def _present(
        self, fold: StateFold, came: dict[str, int], now: float, end: int
    ) -> Iterator[Measure]:
        """The window that ends now."""
        start = end - self._width
        complete = fold.completeness(now) >= 1.0
        yield from self._count(fold.topic, start, complete=complete)
        values = self._values(fold, came if start >= self._since else {}, now, end)
        yield msgspec.structs.replace(
            self._measure(fold.topic, self._width, start, values),
            revision=sum(came.values()),
            samples=dict.fromkeys(
                {name.partition("{")[0] for name in values}, len(fold.partitions)
            ),
        )

    def _count(self, topic: str, start: int, *, complete: bool) -> Iterator[Measure]:
        """Count a window; the hour and the day that end with it."""
        for width, share in self._share(topic).add(start, complete=complete):
            yield self._tell_share(topic, width, share, start + self._width)

    def _tell_share(self, topic: str, width: int, share: Share, clock: int) -> Measure:
        measure = self._measure(
            topic, width, share.start, {availability.NAME: share.complete / share.windows}
        )
        return msgspec.structs.replace(
            measure,
            revision=share.windows,
            as_of=min(measure.end, clock),
            final=measure.end <= clock,
            samples={availability.NAME: share.windows},
            base=False,
        )

    def _measure(
        self,
        topic: str,
        width: int,
        start: int,
        values: dict[str, float],
        completeness: float = 1.0,
    ) -> Measure:
        return Measure(
            labels={"stage": STAGE, "topic": topic},
            window=window_name(width),
            start=start,
            end=start + width,
            revision=0,
            as_of=start + width,
            final=True,
            completeness=completeness,
            values=values,
            samples=dict.fromkeys(values, 0),
            source=SOURCE,
        )

    def _values(
        self, fold: StateFold, came: dict[str, int], now: float, clock: int
    ) -> dict[str, float]:
        sums = [one.sums for one in fold.partitions]
        slowest = min(one.watermark for one in fold.partitions)
        values = {
            "pipeline_lag_events": float(sum(one.lag for one in sums)),
            "pipeline_live_ratio": fold.completeness(now),
            availability.NAME: float(fold.completeness(now) >= 1.0),
            "pipeline_state_log_bytes": float(sum(one.log_bytes for one in sums)),
        }
        if slowest:
            values["pipeline_watermark_age_seconds"] = (clock - slowest) / _MS
        return values | (_flow(came) if came else {})


def _flow(came: dict[str, int]) -> dict[str, float]:
    """What came in a window, and how much of it could not be read."""
    rejected = sum(count for name, count in came.items() if name.startswith(_REJECTED))
    values = {
        "pipeline_accepted_count": float(came["accepted"]),
        "pipeline_rejected_count": float(rejected),
        "pipeline_late_count": float(came["late"]),
    }
    if read := came["accepted"] + rejected:
        values["pipeline_rejected_ratio"] = rejected / read
    for name, count in sorted(came.items()):
        if name.startswith(_REJECTED) and count:
            reason = escape(name.removeprefix(_REJECTED))
            values[f'pipeline_rejected_reason_count{{reason="{reason}"}}'] = float(count)
    return values


def _counts(partitions: Iterable[Measured]) -> dict[str, int]:
    """Everything that was ever counted, by name."""
    counts = {"accepted": 0, "late": 0}
    for sums in partitions:
        counts["accepted"] += sums.accepted
        counts["late"] += sums.late
        for reason, count in sums.rejected.items():
            name = _REJECTED + reason
            counts[name] = counts.get(name, 0) + count
    return counts
