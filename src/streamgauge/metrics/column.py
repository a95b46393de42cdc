"""A batch of predictions as numpy columns."""

from collections.abc import Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any

import numpy as np

from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics import gather
from streamgauge.metrics.embedding_column import Embeddings, embeddings

Floats = gather.Floats
Ints = gather.Ints
Names = Sequence[str | None]
NAN = float("nan")
MS_PER_S = 1_000.0
# As long as a label may be; a model that answers in prose must not write it into every state log.
NAME_LENGTH = 128
# Codes of `Columns.error`, in the order of contracts.prediction.ErrorClass; 0 is a success.
ERROR_CLASSES = ("", "4xx", "5xx", "prediction", "extraction")
_ERROR_CODE = {name: code for code, name in enumerate(ERROR_CLASSES) if name}
_UNCLASSED = _ERROR_CODE["prediction"]
# What few services send.
_RARE = (
    "confidence_ml",
    "confidence_rule",
    "probabilities",
    "queue_ms",
    "batch_size",
    "text_length",
    "language",
    "embedding",
)


class Columns:
    """One entry an event. Latencies in seconds; what an event did not carry is NaN, -1 or None.

    `cache` is 1 for a hit, 0 for a miss, -1 for unknown. `value` holds numeric predictions and
    `category` those that are classes, cut at 128 characters. Fields that few services send are
    looked at only where an event of the batch carries one; without any, their column is None.
    """

    def __init__(self, events: Sequence[Prediction]) -> None:
        self.events = held = events if type(events) is list else list(events)
        self.ts: Ints = gather.ints(held, "ts")
        self.latency: Floats = _numbers(held, "latency_ms") / MS_PER_S
        self.api_latency: Floats = _numbers(held, "api_latency_ms") / MS_PER_S
        self.confidence: Floats = _numbers(held, "confidence")
        value = gather.floats(held, "prediction")
        self.classed = value is None
        self.value: Floats = _answers(held) if value is None else value
        self.error: Ints = _codes(held)
        self.cache: Ints = gather.flags(held, "cache_hit")
        self.fallback: Ints = gather.flags(held, "fallback")
        self._rare = any(gather.others(held, field, None) for field in _RARE)

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
        if not np.isnan(self.value).any():
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


def _numbers(events: list[Prediction], field: str) -> Floats:
    numbers = gather.floats(events, field)
    if numbers is None:
        # Integers, which only a caller of ours can put there: the decoder makes floats of them.
        return np.array([getattr(event, field) for event in events], np.float64)
    return numbers


def _answers(events: list[Prediction]) -> Floats:
    answers = [event.prediction for event in events]
    return np.array([None if type(answer) is str else answer for answer in answers], np.float64)


def _codes(events: list[Prediction]) -> Ints:
    codes = np.zeros(len(events), np.int64)
    for place in gather.others(events, "status", "ok"):
        if events[place].status != "ok":
            codes[place] = _ERROR_CODE.get(events[place].error or "", _UNCLASSED)
    return codes
