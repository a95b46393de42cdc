"""What `measure` reads: how events of a topic are decoded, named, added and written."""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any

import msgspec

from streamgauge.contracts import codec
from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics.column import Ints
from streamgauge.metrics.fold import add_heartbeats, add_predictions
from streamgauge.metrics.open_window import OpenWindow, OpenWindows
from streamgauge.stream_processors.state_record import PulseTotal, WindowTotal, pack
from streamgauge.stream_processors.validation import Rejects


class Source(msgspec.Struct, frozen=True):
    """One source topic of `measure`; `names` are those of an event that become labels."""

    topic: str
    decode: Callable[[Sequence[bytes | None]], tuple[list[Any], list[int], Rejects]]
    names: Callable[[Any], Iterable[str]]
    add: Callable[[OpenWindows[Any], Sequence[Any], Ints], None]
    write: Callable[[int, OpenWindow[Any]], WindowTotal]


def _write_predictions(start: int, window: OpenWindow[Any]) -> WindowTotal:
    return WindowTotal(start, predictions=pack(sorted(window.series.items())))


def _write_heartbeats(start: int, window: OpenWindow[Any]) -> WindowTotal:
    pulses = [PulseTotal(key, pulse) for key, pulse in sorted(window.series.items())]
    return WindowTotal(start, pulses=pulses)


def _heartbeat_names(beat: Heartbeat) -> tuple[str, ...]:
    return beat.service, beat.instance, *beat.models


SOURCES = {
    source.topic: source
    for source in (
        Source(
            "predictions",
            codec.batch_decoder(Prediction),
            attrgetter("model", "version"),
            add_predictions,
            _write_predictions,
        ),
        Source(
            "heartbeats",
            codec.batch_decoder(Heartbeat),
            _heartbeat_names,
            add_heartbeats,
            _write_heartbeats,
        ),
    )
}
