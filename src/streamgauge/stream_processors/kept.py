"""One source partition that `measure` owns: what is written of it, and what is pending."""

import time

from streamgauge.metrics import series
from streamgauge.metrics.pending import Pending
from streamgauge.metrics.schema import Grids
from streamgauge.stream_processors import state_record
from streamgauge.stream_processors.held import Held
from streamgauge.stream_processors.kept_partition import End, KeptPartition
from streamgauge.stream_processors.measured import Measured, MeasuredSums, delta
from streamgauge.stream_processors.state_record import Body
from streamgauge.stream_processors.validation import Read

_SERVICE_MEMORY_MS = 7 * 86_400_000
_LIVE_S = 30.0
# A delta is one record of at most 7 MB. The worst that was found takes 0.75 bytes for each byte of
# events, common traffic next to nothing: what one may stand for grows while it stays small.
_AIM = 3_000_000
_FIRST, _MOST = 4_000_000, 256_000_000


class Kept(KeptPartition[Measured]):
    """Adds what was read to what is pending, and writes that down as deltas and bases.

    Counts include what is pending.
    """

    def __init__(
        self, held: Held[Measured], sums: MeasuredSums, grids: Grids | None = None
    ) -> None:
        super().__init__(held)
        self.pending = Pending(held.sums.rollup, held.sums.watermark, grids)
        if held.sums.cohort is not None and not held.sums.tallies:
            self.pending.cohort = Pending(held.sums.cohort, held.sums.watermark)
        # By the monotonic clock: when events came last, and what the newest fetch came after.
        self.heard = time.monotonic()
        self.fetched: float | None = None
        self._fetch = -1
        self._looked: float | None = None
        self.lag = held.sums.lag
        # Events with fields that nobody knows, since this process has the partition.
        self.unknown = 0
        # Bytes of events that are pending, and how many may be.
        self.weight = 0
        self.room = _FIRST
        self._sums = sums
        # What a restore would have to read: the newest base and the deltas after it.
        self._log_bytes = held.sums.log_bytes
        self._counts = Body()
        self._known = dict(held.sums.known)
        self._written = (held.next, held.sums.watermark, held.sums.lag)
        held.sums.changed.clear()

    @property
    def log_bytes(self) -> int:
        """What a restore would have to read."""
        return self._log_bytes

    @property
    def full(self) -> bool:
        """Whether what is pending should be written now."""
        return self.weight >= self.room or self.pending.full

    @property
    def live(self) -> bool:
        """Whether it has advanced, or a fetch has found nothing to do, in the last 30 seconds."""
        newest = self.heard
        if self.lag == 0 and self.fetched is not None:
            newest = max(newest, self.fetched)
        return time.monotonic() - newest < _LIVE_S

    @property
    def accepted(self) -> int:
        return self.held.sums.accepted + self._counts.accepted

    @property
    def rejected(self) -> int:
        """All that was put on dead-letters, or was a tombstone."""
        return sum(self.held.sums.rejected.values()) + sum(self._counts.rejected.values())

    @property
    def late(self) -> int:
        return self.held.sums.late + self.pending.late

    @property
    def watermark(self) -> int:
        return self.pending.watermark

    def count(self, taken: Read) -> None:
        """Count what was taken and what was refused."""
        self._counts.accepted += len(taken.events)
        self.unknown += taken.unknown
        rejected = self._counts.rejected
        for _, reject in taken.rejects:
            rejected[reject.reason] = rejected.get(reject.reason, 0) + 1
        for one in taken.skipped:
            rejected["batch"] = rejected.get("batch", 0) + one.count(self.position)

    def know(self, services: dict[str, int]) -> None:
        """Remember which services have spoken, and when."""
        for service, ts in services.items():
            self._known[service] = max(self._known.get(service, 0), ts)
        if len(self._known) > series.LIMIT:
            names = sorted(self._known, key=series.rank)[: series.LIMIT]
            self._known = {name: self._known[name] for name in names}

    def catch_up(self, end: End, idle: float, delay: int) -> None:
        """Without events time passes too, but no further than a fetch has proven.

        It passes by the broker's clock: nothing was appended before the fetch came, and that was
        after the last look at it.
        """
        now = time.monotonic()
        if end.fetch != self._fetch:
            self._fetch, self.fetched = end.fetch, self._looked
        self._looked = now
        self.lag = max(end.offset - self.position, 0)
        self.note(end)
        if self.lag == 0 and now - self.heard >= idle and self.fetched is not None:
            reached = self.held.broker_time(self.fetched)
            if reached is not None:
                self.pending.advance(reached - delay)

    def write(self, now: int) -> None:
        """Write a delta of all that is pending; nothing where nothing has changed."""
        state = (self.position, self.pending.watermark, self.lag)
        if state == self._written:
            return
        self._written = state
        oldest = now - _SERVICE_MEMORY_MS
        self._known = {name: ts for name, ts in self._known.items() if ts >= oldest}
        counts, self._counts = self._counts, Body()
        counts.watermark, counts.lag = self.pending.watermark, self.lag
        counts.log_bytes = self._log_bytes
        counts.late, self.pending.late = self.pending.late, 0
        counts.known = self._known
        body = state_record.encode(delta(self.held.sums, self.pending, counts))
        self.held.flush(self.position, self.pending.watermark, body)
        self._log_bytes += len(body)
        if self.weight:
            likely = self.weight * _AIM // len(body)
            self.room = min(max(likely, _FIRST), 2 * self.room, _MOST)
            self.weight = 0

    def rebase(self) -> None:
        """Write all windows, so that a restore need not read further back; after a write."""
        self.rebased = time.monotonic()
        parts = self._sums.dump(self.held.sums)
        self.held.rebase(parts, self.pending.watermark)
        self._log_bytes = sum(map(len, parts))
