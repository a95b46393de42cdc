"""What a former `merge` has told: read off the end of `measures`, backwards. Blocks."""

from typing import NamedTuple

import msgspec
from confluent_kafka import Message

from streamgauge.contracts import codec
from streamgauge.contracts.measure import AnyReading, Measure, Tick
from streamgauge.settings import Kafka
from streamgauge.stream_processors import pipeline
from streamgauge.stream_processors.read_back import read_back

# Records that are read in the first step; each further one reads more, up to a limit.
_FIRST = 2_000
_MOST = 64_000
_GROWTH = 4
# Who has published for so long without a tick never had a watermark: no reader need go further.
_SPAN_MS = 3_600_000
# How long a record may be on its way.
_MARGIN_MS = 60_000
_TICK = b'"tick"'
_STAGE = pipeline.STAGE.encode()
_reading = msgspec.json.Decoder(AnyReading)


class Former(NamedTuple):
    """The last tick, of the beginning of time if there is none; the newest measures of ourselves.

    Of each topic and width that is the newest window.
    """

    tick: Tick
    pipeline: list[Measure]


def read_former(kafka: Kafka, width: int) -> Former:
    """Read back until the last tick and the last windows, `width` milliseconds wide, are found."""
    found = _Found(width)
    to: int | None = None
    step = _FIRST
    while True:
        begin: int | None = None
        for message in read_back(kafka, "measures", 0, to=to, newest=step):
            if begin is None:
                begin = message.offset() or 0
                found.oldest = message.timestamp()[1]
            found.newest = max(found.newest, message.timestamp()[1])
            found.take(message)
        if begin is None or found.enough():
            return found.former()
        to, step = begin, min(step * _GROWTH, _MOST)


class _Found:
    """What was found so far; of each thing the newest."""

    def __init__(self, width: int) -> None:
        self.oldest = self.newest = 0
        self._width = width
        self._tick = Tick(watermark=0, at=0, completeness=0.0)
        self._pipeline: dict[tuple[str, str], Measure] = {}
        self._ends: set[int] = set()

    def take(self, message: Message) -> None:
        """A record of `measures`: most are of no interest, and are not decoded."""
        value, key = message.value() or b"", message.key()
        if key != _STAGE and (key is not None or _TICK not in value):
            return
        try:
            reading = _reading.decode(value)
        except codec.UNREADABLE:
            # A stranger's record; judge buries it.
            return
        if isinstance(reading, Tick):
            self._tick = max(self._tick, reading, key=lambda one: one.at)
        elif isinstance(reading, Measure) and reading.source == pipeline.SOURCE:
            place = (reading.labels.get("topic", ""), reading.window)
            held = self._pipeline.setdefault(place, reading)
            if (held.start, held.revision) <= (reading.start, reading.revision):
                self._pipeline[place] = reading
            if reading.base:
                self._ends.add(reading.end)

    def enough(self) -> bool:
        """Whether nothing newer can stand further back."""
        if not self._tick.at:
            return self.oldest < self.newest - _SPAN_MS
        # All that is told at the end of a window stands together.
        whole = len(self._ends) > 1
        return whole or self.oldest < self._tick.at - 2 * self._width - _MARGIN_MS

    def former(self) -> Former:
        return Former(self._tick, list(self._pipeline.values()))
