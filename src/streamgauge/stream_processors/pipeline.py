"""How well streamgauge itself keeps up, as measures that rules can use. Pure; by the wall clock.

The stream's own clock would stand still exactly when there is something to tell.
"""

from collections.abc import Iterable, Iterator

from streamgauge.contracts.measure import Measure
from streamgauge.metrics.category import escape
from streamgauge.metrics.window import window_name
from streamgauge.stream_processors.fold_state import StateFold
from streamgauge.stream_processors.measured import Measured

STAGE = "measure"
SOURCE = "pipeline"
_MS = 1_000


class Pipeline:
    """Tells of each source topic once a window of the wall clock, `width` milliseconds wide."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._told_to = 0
        self._before: dict[str, dict[str, int]] = {}

    def measures(self, folds: Iterable[StateFold], now: float, clock: int) -> Iterator[Measure]:
        """What is to be told now; `now` is the folds' clock, `clock` in milliseconds since 1970.

        The first window is not told: nobody knows what came before it.
        """
        end = clock - clock % self._width
        if end <= self._told_to:
            return
        first, self._told_to = self._told_to == 0, end
        for fold in folds:
            counts = _counts([one.sums for one in fold.partitions])
            before = self._before.get(fold.topic, {})
            self._before[fold.topic] = counts
            if first:
                continue
            came = {name: count - before.get(name, 0) for name, count in counts.items()}
            values = self._values(fold, came, now, clock)
            yield Measure(
                labels={"stage": STAGE, "topic": fold.topic},
                window=window_name(self._width),
                start=end - self._width,
                end=end,
                revision=sum(came.values()),
                as_of=end,
                final=True,
                completeness=1.0,
                values=values,
                samples=dict.fromkeys(
                    {name.partition("{")[0] for name in values}, len(fold.partitions)
                ),
                source=SOURCE,
            )

    def _values(
        self, fold: StateFold, came: dict[str, int], now: float, clock: int
    ) -> dict[str, float]:
        sums = [one.sums for one in fold.partitions]
        rejected = sum(count for name, count in came.items() if name.startswith("rejected "))
        read = came["accepted"] + rejected
        slowest = min(one.watermark for one in fold.partitions)
        values = {
            "pipeline_lag_events": float(sum(one.lag for one in sums)),
            "pipeline_live_ratio": fold.completeness(now),
            "monitor_availability_ratio": float(fold.completeness(now) >= 1.0),
            "pipeline_accepted_count": float(came["accepted"]),
            "pipeline_rejected_count": float(rejected),
            "pipeline_late_count": float(came["late"]),
            "pipeline_state_log_bytes": float(sum(one.log_bytes for one in sums)),
        }
        if slowest:
            values["pipeline_watermark_age_seconds"] = (clock - slowest) / _MS
        if read:
            values["pipeline_rejected_ratio"] = rejected / read
        for name, count in sorted(came.items()):
            if name.startswith("rejected ") and count:
                reason = escape(name.partition(" ")[2])
                values[f'pipeline_rejected_reason_count{{reason="{reason}"}}'] = float(count)
        return values


def _counts(partitions: Iterable[Measured]) -> dict[str, int]:
    """Everything that was ever counted, by name."""
    counts = {"accepted": 0, "late": 0}
    for sums in partitions:
        counts["accepted"] += sums.accepted
        counts["late"] += sums.late
        for reason, count in sums.rejected.items():
            name = f"rejected {reason}"
            counts[name] = counts.get(name, 0) + count
    return counts
