"""What a log says of a stream of numbered events: how often each of them was counted."""

from collections.abc import Callable, Sequence

from streamgauge.stream_processors.log_fold import Fold, Verdict
from streamgauge.stream_processors.log_record import AnyLogRecord, Skip

Counts = list[int]


def add(sums: Counts, body: bytes) -> Counts:
    """A body names the events that it adds."""
    added = list(sums)
    for event in body:
        added[event] += 1
    return added


def load(events: int) -> Callable[[list[bytes]], Counts]:
    """A base holds how often each event was counted."""

    def join(parts: list[bytes]) -> Counts:
        sums = list(b"".join(parts))
        return sums + [0] * (events - len(sums))

    return join


class Truth:
    """The whole log, read by the rule from its very first record at offset `begun`.

    `skipped` are the events that it says were gone before they were counted; `miscalled` says that
    something else was called a loss of data than events which were to follow counted ones.
    """

    def __init__(self, begun: int, events: int) -> None:
        self.skipped: set[int] = set()
        self.miscalled = False
        self.fold = Fold([0] * events, add, load(events))
        self._tail = begun

    def read(self, log: Sequence[AnyLogRecord], end: int) -> "Truth":
        """Go on to an offset; `log` has all records from offset 0 on."""
        for offset in range(self._tail, end):
            record, counted = log[offset], self.fold.counted
            if self.fold.take(offset, record) is Verdict.SKIP and isinstance(record, Skip):
                self.skipped.update(range(record.begin, record.end))
                self.miscalled |= (record.cause == "data_loss") != counted
        self._tail = max(self._tail, end)
        return self
