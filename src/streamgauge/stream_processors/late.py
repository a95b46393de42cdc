"""Which events came late: a few of them, for who has to find out why.

Late events count in no window; `pipeline_late_count` says how many there were, and the log of the
worker names some, at most one line a topic in a while.
"""

import time
from collections.abc import Callable
from typing import Any

from streamgauge.logs import log
from streamgauge.metrics.label import Label
from streamgauge.metrics.pending import Pending
from streamgauge.stream_processors.validation import Read

_MS = 1_000
_FEW = 5
_EVERY_S = 10.0


class LateSample:
    """The late events of one source topic since the last line."""

    def __init__(self, topic: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._topic = topic
        self._clock = clock
        self._told_at = clock() - _EVERY_S
        self._count = 0
        self._few: list[dict[str, Any]] = []

    def note(self, partition: int, taken: Read, pending: Pending, count: int) -> None:
        """So many events of a batch that was just added to what is pending came late."""
        self._count += count
        places = [] if pending.late_places is None else pending.late_places.tolist()
        for place in places[: _FEW - len(self._few)]:
            event = taken.events[place]
            at = event.at if isinstance(event, Label) else event.ts
            self._few.append(
                {
                    "partition": partition,
                    "offset": int(taken.offsets[place]),
                    "id": getattr(event, "id", None),
                    "seconds_behind": round((pending.watermark - at) / _MS, 1),
                }
            )

    def tell(self) -> None:
        """Write a line if there is anything to say and the last one is a while ago."""
        now = self._clock()
        if self._count and now - self._told_at >= _EVERY_S:
            log.warning("late events", topic=self._topic, count=self._count, some=self._few)
            self._told_at = now
            self._count, self._few = 0, []
