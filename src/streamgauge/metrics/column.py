"""A batch of predictions as numpy columns: the one place that touches events one by one."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamgauge.contracts.prediction import Prediction

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NAN = float("nan")
MS_PER_S = 1_000.0
# As long as a label may be; a model that answers in prose must not write it into every state log.
NAME_LENGTH = 128
# Codes of `Columns.error`, in the order of contracts.prediction.ErrorClass; 0 is a success.
ERROR_CLASSES = ("", "4xx", "5xx", "prediction", "extraction")
_ERROR_CODE = {name: code for code, name in enumerate(ERROR_CLASSES) if name}
_UNCLASSED = _ERROR_CODE["prediction"]


class Columns(NamedTuple):
    """One entry an event. Latencies in seconds; what an event did not carry is NaN, -1 or None.

    `cache` is 1 for a hit, 0 for a miss, -1 for unknown. `value` holds numeric predictions and
    `category` those that are classes, cut at 128 characters.
    """

    ts: Ints
    latency: Floats
    api_latency: Floats
    confidence: Floats
    value: Floats
    error: Ints
    cache: Ints
    fallback: Ints
    category: list[str | None]
    reason: list[str | None]

    def __len__(self) -> int:
        return len(self.ts)


def columns(events: Sequence[Prediction]) -> Columns:
    """Turn events into columns.

    >>> event = Prediction(id="p", ts=1_700_000_000_000, model="m", version="1", latency_ms=20.0)
    >>> columns([event]).latency
    array([0.02])
    """
    answers = [event.prediction for event in events]
    return Columns(
        ts=np.array([event.ts for event in events], np.int64),
        latency=_seconds([event.latency_ms for event in events]),
        api_latency=_seconds([event.api_latency_ms for event in events]),
        confidence=_floats([event.confidence for event in events]),
        value=_floats([None if type(answer) is str else answer for answer in answers]),
        error=_codes(events),
        cache=np.array(
            [-1 if event.cache_hit is None else event.cache_hit for event in events], np.int64
        ),
        fallback=np.array([event.fallback for event in events], np.int64),
        category=[answer[:NAME_LENGTH] if type(answer) is str else None for answer in answers],
        reason=[event.fallback_reason if event.fallback else None for event in events],
    )


def _floats(values: list[float | str | None]) -> Floats:
    # Mostly all events carry a value or none does; telling takes a tenth of converting None.
    if values.count(None) == len(values):
        return np.full(len(values), NAN)
    # numpy turns None into NaN, and an integer of any size into the nearest float.
    return np.array(values, np.float64)


def _seconds(values: list[float | None]) -> Floats:
    return _floats(values) / MS_PER_S  # type: ignore[arg-type]  # a list of less is read only


def _codes(events: Sequence[Prediction]) -> Ints:
    statuses = [event.status for event in events]
    codes = np.zeros(len(events), np.int64)
    if statuses.count("ok") < len(statuses):
        for place, status in enumerate(statuses):
            if status != "ok":
                codes[place] = _ERROR_CODE.get(events[place].error or "", _UNCLASSED)
    return codes
