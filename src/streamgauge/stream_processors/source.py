"""What `measure` reads: how events of a topic are decoded, and how they add up."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from streamgauge.contracts import codec
from streamgauge.contracts.event_reader import Decoded
from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics.column import Ints
from streamgauge.metrics.fold import add_heartbeats, add_predictions
from streamgauge.metrics.label import Label
from streamgauge.metrics.label_fold import add_labels
from streamgauge.metrics.label_summary import label_shape
from streamgauge.metrics.pending import Pending
from streamgauge.metrics.rollup import DAY
from streamgauge.metrics.summary import shape
from streamgauge.metrics.total import Shape
from streamgauge.metrics.window import Widths
from streamgauge.settings import Settings, Window

_MS = 1_000


class Source(NamedTuple):
    """One source topic of `measure`.

    `add` takes what is pending, what was read (labels of outcomes), when the broker got each event
    (None where no event is ahead of that), and the settings.
    """

    topic: str
    decode: Callable[[Sequence[bytes | None]], Decoded[Any]]
    add: Callable[[Pending, Sequence[Any], Ints | None, Settings], None]
    shape: Callable[[Settings], Shape]


def _add_predictions(
    pending: Pending, events: Sequence[Prediction], appended: Ints | None, settings: Settings
) -> None:
    add_predictions(pending, events, appended, settings.window.dimensions)


def _add_heartbeats(
    pending: Pending, beats: Sequence[Heartbeat], appended: Ints | None, _settings: Settings
) -> None:
    add_heartbeats(pending, beats, appended)


def _add_labels(
    pending: Pending, labels: Sequence[Label], appended: Ints | None, settings: Settings
) -> None:
    dimensions, positive = settings.window.dimensions, settings.join.positive
    add_labels(pending, labels, appended, dimensions, positive)


def _of_predictions(settings: Settings) -> Shape:
    return shape(settings.window.declared)


def _of_labels(settings: Settings) -> Shape:
    return label_shape(settings.window.declared, settings.receipt.horizon_days * DAY)


SOURCES = {
    source.topic: source
    for source in (
        Source("predictions", codec.batch_decoder(Prediction), _add_predictions, _of_predictions),
        Source("heartbeats", codec.batch_decoder(Heartbeat), _add_heartbeats, _of_predictions),
        Source("outcomes", codec.batch_decoder(Outcome), _add_labels, _of_labels),
    )
}


def widths(window: Window) -> Widths:
    """The base windows that the settings ask for, in milliseconds."""
    return Widths(int(window.width * _MS), int(window.delay * _MS), int(window.lateness * _MS))
