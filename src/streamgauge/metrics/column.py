"""A batch of predictions as numpy columns: the one place that touches events one by one."""

from collections.abc import Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics.embedding_column import Embeddings, embeddings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Names = Sequence[str | None]
NAN = float("nan")
MS_PER_S = 1_000.0
# As long as a label may be; a model that answers in prose must not write it into every state log.
NAME_LENGTH = 128
# Codes of `Columns.error`, in the order of contracts.prediction.ErrorClass; 0 is a success.
ERROR_CLASSES = ("", "4xx", "5xx", "prediction", "extraction")
_ERROR_CODE = {name: code for code, name in enumerate(ERROR_CLASSES) if name}
_UNCLASSED = _ERROR_CODE["prediction"]


class Columns:
    """One entry an event. Latencies in seconds; what an event did not carry is NaN, -1 or None.

    `cache` is 1 for a hit, 0 for a miss, -1 for unknown. `value` holds numeric predictions and
    `category` those that are classes, cut at 128 characters. Fields that few services send are
    looked at only where an event of the batch carries one; without any, their column is None.
    """

    def __init__(self, events: Sequence[Prediction]) -> None:
        self.events = events
        self.ts: Ints = np.fromiter([event.ts for event in events], np.int64, len(events))
        self.latency: Floats = _floats([event.latency_ms for event in events]) / MS_PER_S
        self.api_latency: Floats = _floats([event.api_latency_ms for event in events]) / MS_PER_S
        self.confidence: Floats = _floats([event.confidence for event in events])
        answers = [event.prediction for event in events]
        kinds = set(map(type, answers))
        self.classed = str in kinds
        self._silent = type(None) in kinds
        self.value: Floats = _floats(
            [None if type(answer) is str else answer for answer in answers]
            if self.classed
            else answers
        )
        self.error: Ints = _codes(events)
        self.cache: Ints = _cached([event.cache_hit for event in events])
        self.fallback: Ints = _flags([event.fallback for event in events])
        self._rare = _carries_rare(events)

    def __len__(self) -> int:
        return len(self.ts)

    @cached_property
    def category(self) -> Names:
        """The class that each event predicts."""
        if not self.classed:
            return [None] * len(self)
        answers = [event.prediction for event in self.events]
        return [answer[:NAME_LENGTH] if type(answer) is str else None for answer in answers]

    @cached_property
    def unanswered(self) -> Ints:
        """The places of the events that succeeded and predict nothing."""
        if not self._silent:
            return np.zeros(0, np.int64)
        silent = [place for place, event in enumerate(self.events) if event.prediction is None]
        places = np.array(silent, np.int64)
        succeeded: Ints = places[self.error[places] == 0]
        return succeeded

    @cached_property
    def reason(self) -> Names:
        """Why the rules answered, where they did."""
        if not self.fallback.any():
            return [None] * len(self)
        return [event.fallback_reason if event.fallback else None for event in self.events]

    @cached_property
    def queue(self) -> Floats | None:
        """How long each event waited, in seconds."""
        waited = self.numbers("queue_ms")
        return None if waited is None else waited / MS_PER_S

    @cached_property
    def confidence_ml(self) -> Floats | None:
        """How sure the model was, before the rules were blended in."""
        return self.numbers("confidence_ml")

    @cached_property
    def confidence_rule(self) -> Floats | None:
        """How sure the rules were."""
        return self.numbers("confidence_rule")

    @cached_property
    def batch_size(self) -> Floats | None:
        """How many predictions were made together with this one, itself counted."""
        return self.numbers("batch_size")

    @cached_property
    def text_length(self) -> Floats | None:
        """How long the text was."""
        return self.numbers("text_length")

    @cached_property
    def embeddings(self) -> list[Embeddings]:
        """The embeddings, grouped by length."""
        return embeddings(self.carried("embedding") or ())

    def numbers(self, field: str) -> Floats | None:
        """A field that few services send, NaN where an event does not carry it."""
        values = self.carried(field)
        return None if values is None else np.array(values, np.float64)

    def carried(self, field: str) -> list[Any] | None:
        """What each event carries in such a field, or nothing where none does."""
        if not self._rare:
            return None
        values = list(map(attrgetter(field), self.events))
        return None if values.count(None) == len(values) else values


def columns(events: Sequence[Prediction]) -> Columns:
    """Turn events into columns.

    >>> event = Prediction(id="p", ts=1_700_000_000_000, model="m", version="1", latency_ms=20.0)
    >>> columns([event]).latency
    array([0.02])
    """
    return Columns(events)


def _carries_rare(events: Sequence[Prediction]) -> bool:
    """Whether any event has a field that few services send.

    Written out: this runs on all events, and as one expression takes a third of reading each field.
    """
    return any(
        True
        for one in events
        if one.confidence_ml is not None
        or one.confidence_rule is not None
        or one.probabilities is not None
        or one.queue_ms is not None
        or one.batch_size is not None
        or one.text_length is not None
        or one.language is not None
        or one.embedding is not None
    )


def _floats(values: Sequence[Any]) -> Floats:
    # Mostly all events carry a value or none does: the first one tells which to try.
    if values and values[0] is not None:
        try:
            return np.fromiter(values, np.float64, len(values))
        except TypeError:
            # numpy turns None into NaN, at some cost.
            return np.array(values, np.float64)
    if values.count(None) == len(values):
        return np.full(len(values), NAN)
    return np.array(values, np.float64)


def _flags(values: list[bool]) -> Ints:
    if True not in values:
        return np.zeros(len(values), np.int64)
    return np.fromiter(values, np.int64, len(values))


def _cached(values: list[bool | None]) -> Ints:
    try:
        return np.fromiter(values, np.int64, len(values))
    except TypeError:
        return np.array([-1 if value is None else value for value in values], np.int64)


def _codes(events: Sequence[Prediction]) -> Ints:
    statuses = [event.status for event in events]
    codes = np.zeros(len(events), np.int64)
    if statuses.count("ok") < len(statuses):
        for place, status in enumerate(statuses):
            if status != "ok":
                codes[place] = _ERROR_CODE.get(events[place].error or "", _UNCLASSED)
    return codes
