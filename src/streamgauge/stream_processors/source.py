"""What `measure` reads: how events of a topic are decoded, and how they add up."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from streamgauge.contracts import codec
from streamgauge.contracts.event_reader import Decoded
from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics.column import Ints
from streamgauge.metrics.fold import add_heartbeats, add_predictions
from streamgauge.metrics.pending import Pending
from streamgauge.metrics.summary import shape
from streamgauge.metrics.total import Shape
from streamgauge.metrics.window import Widths
from streamgauge.settings import Window

_MS = 1_000
Declared = Mapping[str, tuple[str, ...]]


class Source(NamedTuple):
    """One source topic of `measure`.

    `add` takes what is pending, the events, when the broker got each of them (None where no event
    is ahead of that), and the dimensions to count by.
    """

    topic: str
    decode: Callable[[Sequence[bytes | None]], Decoded[Any]]
    add: Callable[[Pending, Sequence[Any], Ints | None, Sequence[str]], None]
    shape: Callable[[Declared], Shape]


SOURCES = {
    source.topic: source
    for source in (
        Source("predictions", codec.batch_decoder(Prediction), add_predictions, shape),
        Source("heartbeats", codec.batch_decoder(Heartbeat), add_heartbeats, shape),
    )
}


def widths(window: Window) -> Widths:
    """The base windows that the settings ask for, in milliseconds."""
    return Widths(int(window.width * _MS), int(window.delay * _MS), int(window.lateness * _MS))
