from typing import Any, NamedTuple

import pytest
from tests.metrics.event import MINUTE, T0, heartbeat, prediction

from streamgauge.contracts import codec
from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics.open_window import OpenWindows
from streamgauge.metrics.window import Widths
from streamgauge.stream_processors.record_batch import RecordBatch
from streamgauge.stream_processors.source import SOURCES
from streamgauge.stream_processors.state_record import WindowTotal
from streamgauge.stream_processors.validation import Ages, read

AGES = Ages(past=10 * MINUTE, ahead=MINUTE)
NOW = T0 + 5 * MINUTE


class Record(NamedTuple):
    offset: int
    value: bytes | None


def batch(values: dict[int, bytes | None], first: int | None = None) -> RecordBatch:
    """A batch of records by offset, that begins at `first` or at the first of them."""
    begin = min(values, default=0) if first is None else first
    records = [Record(offset, value) for offset, value in values.items()]
    return RecordBatch(begin, max(values, default=begin) + 1, records)


@pytest.mark.parametrize(
    ("topic", "event"), [("predictions", prediction(1)), ("heartbeats", heartbeat())]
)
def test_what_is_read_is_added_and_written(topic: str, event: Prediction) -> None:
    source = SOURCES[topic]
    opened: OpenWindows[Any] = OpenWindows(Widths(MINUTE, 0, MINUTE))
    result = read(source, batch({3: codec.encode(event)}), skip_to=0, ages=AGES, now=NOW)
    source.add(opened, result.events, result.offsets)
    ((start, window),) = opened.changed()
    written = source.write(start, window)
    assert isinstance(written, WindowTotal)
    assert (written.start, len(written.predictions) + len(written.pulses)) == (T0, 1)
