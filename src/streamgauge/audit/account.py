"""What the events themselves say: every record of `predictions` read, judged and added up."""

from collections.abc import Collection, Iterator

from streamgauge.audit.tally import Tally
from streamgauge.contracts import codec
from streamgauge.contracts.dead_letter import Reject
from streamgauge.contracts.prediction import Prediction
from streamgauge.settings import Window

Series = tuple[str, ...]
Place = tuple[int, int]
_MS = 1_000
_FIELDS = ("endpoint", "experiment", "arm")


class Account:
    """Tallies by window and series; `late` and `unreadable` are what is in none of them.

    A series is (model, version), or (model, version, dimension, value) for the dimensions of the
    settings. `apart` counts predictions that answer nobody, as in training: they are in no tally.

    `refused` counts readable events that the dead letters hold without a reason that shows.
    An event is late when the partition's watermark, as the events before it have moved it, had
    closed its window. `suspects` are readable events that the age limits or a name may have
    refused: whether they were is said by the dead letters alone, as it depends on a clock.
    """

    def __init__(self, window: Window) -> None:
        self.events = 0
        self.late = 0
        self.refused = 0
        self.apart = 0
        self.unreadable: set[Place] = set()
        self.suspects: dict[Place, Prediction] = {}
        self.tallies: dict[int, dict[Series, Tally]] = {}
        self.newest = 0
        self.width = int(window.width * _MS)
        self._slack = int((window.delay + window.lateness) * _MS)
        self._delay = int(window.delay * _MS)
        self._past = int(window.max_age * _MS)
        self._ahead = int(window.max_ahead * _MS)
        self._dimensions = window.dimensions
        self._watermarks: dict[int, int] = {}
        self._decode = codec.decoder(Prediction)

    def take(
        self,
        place: Place,
        value: bytes | None,
        appended: int,
        *,
        watermark: int = 0,
        buried: bool = False,
    ) -> None:
        """One record, in the order of its partition; `place` is (partition, offset).

        `appended` is the broker's time, `watermark` what the state log knew before this record,
        `buried` says that the dead letters hold it.
        """
        self.events += 1
        event = self._decode(value)
        if isinstance(event, Reject):
            # A tombstone has nothing to keep.
            if value is not None:
                self.unreadable.add(place)
            return
        old = event.ts < appended - self._past
        if old or event.ts > appended + self._ahead or not _printable(event):
            self.suspects[place] = event
            return
        self.refused += buried
        if event.purpose != "inference":
            self.apart += 1
            return
        partition = place[0]
        passed = max(self._watermarks.get(partition, 0), watermark)
        start = event.ts - event.ts % self.width
        bound = passed - (self._slack - self._delay)
        if start < bound - bound % self.width:
            self.late += 1
        else:
            self._add(event)
        # An event that is ahead of its arrival must not make others late.
        self._watermarks[partition] = max(passed, min(event.ts, appended) - self._delay)
        self.newest = max(self.newest, event.ts)

    def _add(self, event: Prediction) -> None:
        window = self.tallies.setdefault(event.ts - event.ts % self.width, {})
        for series in self._series(event):
            tally = window.get(series)
            if tally is None:
                tally = window[series] = Tally()
            tally.add(event)

    def _series(self, event: Prediction) -> Iterator[Series]:
        yield event.model, event.version
        for name in self._dimensions:
            value = getattr(event, name) if name in _FIELDS else event.dimensions.get(name)
            if value is not None:
                yield event.model, event.version, name, value

    def window(self, start: int, end: int, buried: Collection[Place]) -> dict[Series, Tally]:
        """The tallies of the series between two times, without what the dead letters hold."""
        parts: dict[Series, list[Tally]] = {}
        for at in range(start, end, self.width):
            for series, tally in self.tallies.get(at, {}).items():
                parts.setdefault(series, []).append(tally)
        for series, tally in self._suspected(start, end, buried):
            parts.setdefault(series, []).append(tally)
        return {
            series: found[0] if len(found) == 1 else Tally.of(found)
            for series, found in parts.items()
        }

    def _suspected(
        self, start: int, end: int, buried: Collection[Place]
    ) -> Iterator[tuple[Series, Tally]]:
        for place, event in self.suspects.items():
            if start <= event.ts < end and place not in buried:
                tally = Tally()
                tally.add(event)
                yield from ((series, tally) for series in self._series(event))


def _printable(event: Prediction) -> bool:
    return event.model.isprintable() and event.version.isprintable()
