"""How good a detector is on streams whose changes are known."""

from collections.abc import Iterable
from statistics import median

import msgspec

from streamgauge.bench.detector.stream import Alarm, Stream


class Found(msgspec.Struct):
    """What the alarms on some streams come to.

    `delays` are events from a change to the first alarm within the horizon. A second alarm there
    is neither a detection nor false. `right` detections named the feature that moved first.
    """

    delays: list[int] = []
    missed: list[int] = []
    false: int = 0
    right: int = 0

    def add(self, other: "Found") -> None:
        """Count the streams of another one, too."""
        self.delays += other.delays
        self.missed += other.missed
        self.false += other.false
        self.right += other.right

    @property
    def recall(self) -> float:
        """The share of the changes that were found."""
        return len(self.delays) / max(len(self.delays) + len(self.missed), 1)

    @property
    def precision(self) -> float:
        """The share of detections among detections and false alarms; without either, 0."""
        return len(self.delays) / max(len(self.delays) + self.false, 1)

    @property
    def median_delay(self) -> float:
        """Events from a change to its detection; one that was missed took the whole horizon."""
        return float(median([*self.delays, *self.missed])) if self.delays or self.missed else 0.0


def match(stream: Stream, alarms: Iterable[Alarm]) -> Found:
    """Hold the alarms of a detector, in their order, against the truth.

    Alarms after the last change was found are not asked for.

    >>> import numpy as np
    >>> none = np.empty(0)
    >>> stream = Stream("s", "rate", none, none, changes=(100,), horizon=50)
    >>> found = match(stream, [Alarm(40), Alarm(130), Alarm(140)])
    >>> found.delays, found.false, found.precision, found.recall
    ([30], 1, 0.5, 1.0)
    """
    first: dict[int, Alarm] = {}
    false = 0
    for alarm in alarms:
        near = [at for at in stream.changes if at < alarm.at <= at + stream.horizon]
        if not near:
            false += 1
            continue
        first.setdefault(near[-1], alarm)
        if near[-1] == stream.changes[-1]:
            break
    return Found(
        delays=[alarm.at - at for at, alarm in first.items()],
        missed=[stream.horizon for at in stream.changes if at not in first],
        false=false,
        right=sum(alarm.feature == stream.moved for alarm in first.values()),
    )
