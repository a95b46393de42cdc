"""The rows of one request through their models, in one batch a version."""

import math
import time
from collections.abc import Sequence

import msgspec

from streamgauge.models.assignment import Choice
from streamgauge.models.feature import Value, matrix
from streamgauge.models.question import Row
from streamgauge.models.shelf import Served


class Call(msgspec.Struct, frozen=True):
    """A row with its id, the version that answers it and why that one; `features` are checked."""

    id: str
    row: Row
    served: Served
    choice: Choice | None
    fallback: str | None
    features: dict[str, Value]


class Result(msgspec.Struct, frozen=True):
    """A prediction in the target's unit; confidence from 0 to 1 where the model has one."""

    value: float
    confidence: float | None


class Batch(msgspec.Struct, frozen=True):
    """Results in the order of the calls, and when the batch started and ended, in seconds."""

    results: list[Result]
    started: float
    ended: float


def infer(calls: Sequence[Call]) -> Batch:
    """Predict all calls; raises whatever the model raises, and ValueError if one is no number."""
    started = time.perf_counter()
    results: dict[int, Result] = {}
    groups: dict[str, list[int]] = {}
    for place, call in enumerate(calls):
        groups.setdefault(call.served.card.version, []).append(place)
    for places in groups.values():
        served = calls[places[0]].served
        x = matrix([calls[place].features for place in places], served.card.features)
        values, sure = served.predictor.predict(x)
        for at, place in enumerate(places):
            value = float(values[at])
            if not math.isfinite(value):
                raise ValueError("the model answered no finite number")
            results[place] = Result(value, None if sure is None else float(sure[at]))
    return Batch([results[place] for place in range(len(calls))], started, time.perf_counter())
