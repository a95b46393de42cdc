"""What the state log of one source partition says, as `merge` follows it. Pure."""

from streamgauge.stream_processors.log_fold import Fold
from streamgauge.stream_processors.log_record import AnyLogRecord, Base
from streamgauge.stream_processors.measured import Measured, MeasuredSums


class FoldPartition:
    """Folds the records of a log; `heard` is when it last moved, on the reader's own clock.

    An owner that writes and gets no further, because what it needs is away, does not move.

    Who follows a log without a gap has what its bases say. So only the first is loaded: later ones
    no longer hold the windows that the owner has closed and that are not shown yet. One that stands
    for more than was followed is loaded again: a delta before it was lost on its way.
    """

    def __init__(self, sums: MeasuredSums, heard: float) -> None:
        self.heard = heard
        self.complete_from = 0
        self._sums = sums
        self._followed = False
        self._base_end = 0
        self._fold: Fold[Measured] = Fold(sums.empty(), self._add, self._load)

    @property
    def sums(self) -> Measured:
        """Everything that counts so far."""
        return self._fold.sums

    @property
    def watermark(self) -> int:
        """Up to which event time this partition has everything."""
        return self._fold.watermark

    @property
    def next(self) -> int:
        """The source offset up to which it is counted."""
        return self._fold.next

    def take(self, offset: int, record: AnyLogRecord, heard: float) -> None:
        """Follow the log by one record."""
        before = (self.next, self.watermark)
        if isinstance(record, Base):
            self._base_end = record.end
        self._fold.take(offset, record)
        if (self.next, self.watermark) != before:
            self.heard = heard

    def _add(self, sums: Measured, body: bytes) -> Measured:
        self._followed = True
        return self._sums.add(sums, body)

    def _load(self, parts: list[bytes]) -> Measured:
        if self._followed and self._base_end == self._fold.next:
            return self._fold.sums
        self._followed = True
        loaded = self._sums.load(parts)
        # Windows that were closed then are not in it any more.
        self.complete_from = loaded.rollup.widths.closed_before(loaded.watermark)
        return loaded
