"""What `measure` reads: how events of a topic are decoded, and how they add up."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from streamgauge.contracts import codec
from streamgauge.contracts.event_reader import Decoded
from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.usage import Usage
from streamgauge.metrics.business import figures
from streamgauge.metrics.column import Ints
from streamgauge.metrics.event_fold import add_events
from streamgauge.metrics.feedback import feedback_layout
from streamgauge.metrics.fold import add_heartbeats, add_predictions
from streamgauge.metrics.label import Label
from streamgauge.metrics.label_fold import add_labels
from streamgauge.metrics.label_summary import label_shape
from streamgauge.metrics.pending import Pending
from streamgauge.metrics.rollup import DAY
from streamgauge.metrics.summary import shape
from streamgauge.metrics.total import Shape, event_shape
from streamgauge.metrics.usage import usage_layout
from streamgauge.metrics.window import Widths
from streamgauge.settings import Settings, Window
from streamgauge.stream_processors.telling import (
    Telling,
    of_arms,
    of_labels,
    of_models,
    of_services,
)

_MS = 1_000
# So far outcomes may be behind the predictions and still find out how many there were.
_BEHIND_DAYS = 5


class Source(NamedTuple):
    """One source topic of `measure`.

    `add` takes what is pending, what was read (labels of outcomes), when the broker got each event
    (None where no event is ahead of that), and the settings.
    """

    topic: str
    decode: Callable[[Sequence[bytes | None]], Decoded[Any]]
    add: Callable[[Pending, Sequence[Any], Ints | None, Settings], None]
    shape: Callable[[Settings], Shape]
    telling: Callable[[Settings], Telling]


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


def _add_events(
    pending: Pending, events: Sequence[Any], appended: Ints | None, _settings: Settings
) -> None:
    add_events(pending, events, appended)


def _predictions(settings: Settings) -> Shape:
    own = figures(settings.business, "predictions")
    horizon = (settings.receipt.horizon_days + _BEHIND_DAYS) * DAY
    return shape(settings.window.declared, own, horizon, settings.join.positive)


def _heartbeats(_settings: Settings) -> Shape:
    return shape()


def _labels(settings: Settings) -> Shape:
    return label_shape(settings.window.declared, settings.receipt.horizon_days * DAY)


def _usage(settings: Settings) -> Shape:
    return event_shape(usage_layout(settings.business))


def _feedback(settings: Settings) -> Shape:
    return event_shape(feedback_layout(settings.business))


_read = codec.batch_decoder
SOURCES = {
    source.topic: source
    for source in (
        Source("predictions", _read(Prediction), _add_predictions, _predictions, of_models),
        Source("heartbeats", _read(Heartbeat), _add_heartbeats, _heartbeats, of_services),
        Source("outcomes", _read(Outcome), _add_labels, _labels, of_labels),
        Source("usage", _read(Usage), _add_events, _usage, of_arms),
        Source("feedback", _read(Feedback), _add_events, _feedback, of_arms),
    )
}


def widths(window: Window) -> Widths:
    """The base windows that the settings ask for, in milliseconds."""
    return Widths(int(window.width * _MS), int(window.delay * _MS), int(window.lateness * _MS))
