import numpy as np
import pytest
from tests.metrics.event import MINUTE, T0, heartbeat, plain, prediction
from tests.stream_processors.partition_log import SETTINGS, Log

from streamgauge.contracts import codec
from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics.window import Widths
from streamgauge.settings import Window
from streamgauge.stream_processors import state_record
from streamgauge.stream_processors.source import SOURCES, widths


@pytest.mark.parametrize(
    ("topic", "event"), [("predictions", prediction(1)), ("heartbeats", heartbeat())]
)
def test_what_is_read_is_added_and_written(topic: str, event: Prediction) -> None:
    source, log = SOURCES[topic], Log(topic)
    events, rejected, _ = source.decode([codec.encode(event), b"garbage"])
    assert [place for place, _ in rejected] == [1]
    pending = log.kept.pending
    source.add(pending, events, np.array([T0]), SETTINGS)
    ((start, total),) = pending.totals.items()
    parts = list(state_record.pack(MINUTE, start, total))
    assert parts
    back = state_record.unpack(parts[0], source.shape(SETTINGS))
    for part in parts[1:]:
        back.add(state_record.unpack(part, source.shape(SETTINGS)))
    assert (start, plain(back)[0], plain(back)[3]) == (T0, plain(total)[0], plain(total)[3])


def test_predictions_are_counted_by_the_dimensions_that_the_settings_name() -> None:
    log = Log()
    log.source.add(
        log.kept.pending,
        [prediction(1, dimensions={"region": "eu", "tier": "gold"}, endpoint="/a")],
        None,
        SETTINGS,
    )
    assert list(log.kept.pending.totals[T0].brief.rows) == [("price", "1", "region", "eu")]


def test_seconds_become_milliseconds() -> None:
    assert widths(Window(width=2.5, delay=0.5, lateness=1.0)) == Widths(2_500, 500, 1_000)
