"""The values that expressions are made of: samples, and windows of them."""

from collections.abc import Mapping

import msgspec

from streamgauge.alerting.matcher import show_labels
from streamgauge.alerting.promql.error import EvaluationError

NAME = "__name__"


class Sample(msgspec.Struct, frozen=True, gc=False):
    """One element of an instant vector: labels without empty ones, value, time in ms."""

    labels: Mapping[str, str]
    value: float
    at: int


class Window(msgspec.Struct, frozen=True):
    """One series of a range vector: what it has in (start, end], seen from `at`. Times in ms."""

    labels: Mapping[str, str]
    times: list[int]
    values: list[float]
    start: int
    end: int
    at: int


Value = float | str | list[Sample] | list[Window]


def bare(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels without the metric's name: what is computed is no longer that metric.

    >>> bare({"__name__": "up", "job": "a"})
    {'job': 'a'}
    """
    return {name: value for name, value in labels.items() if name != NAME}


def unique(samples: list[Sample]) -> list[Sample]:
    """The same samples; EvaluationError if two have the same labels."""
    if len(samples) > 1:
        seen = set()
        for sample in samples:
            key = frozenset(sample.labels.items())
            if key in seen:
                raise EvaluationError(
                    "vector cannot contain metrics with the same labelset:"
                    f" {show(sample.labels)} comes twice"
                )
            seen.add(key)
    return samples


def show(labels: Mapping[str, str]) -> str:
    """Labels as Prometheus writes them.

    >>> show({"__name__": "up", "job": "a"})
    'up{job="a"}'
    """
    return f"{labels.get(NAME, '')}{show_labels(bare(labels))}"
