"""Rates of the truths that came in a window, under the always-valid detector."""

from collections.abc import Callable
from random import Random

import pytest
from tests.metrics.event import MINUTE, T0
from tests.metrics.labelled import label
from tests.stream_processors.watched import signals, watch, windows

from streamgauge.contracts.measure import Signal
from streamgauge.detection import Detection
from streamgauge.metrics.label import Label
from streamgauge.stream_processors.watch_rate import RateWatcher

SEED = 20261121
A_WINDOW = 200
CHANGE = 14


def told(make: Callable[[Random, bool, int], Label]) -> list[Signal]:
    """What is told of labels that are one way up to CHANGE, and another from there on."""
    random = Random(SEED)
    batches = [
        [make(random, minute >= CHANGE, T0 + minute * MINUTE + at) for at in range(A_WINDOW)]
        for minute in range(CHANGE + 6)
    ]
    watcher = RateWatcher(Detection(baseline=2_000))
    return signals(watch([watcher], windows(batches, "outcomes")))


def classified(random: Random, later: bool, at: int) -> Label:
    wrong = random.random() < (0.3 if later else 0.1)
    return label("no" if wrong else "yes", "yes", ts=at, at=at)


def regressed(random: Random, later: bool, at: int) -> Label:
    return label(10.0 + random.gauss(0.0, 3.0 if later else 1.0), 10.0, ts=at, at=at)


def test_truths_that_say_that_the_model_is_worse_are_a_degradation() -> None:
    (one,) = told(classified)
    assert (one.stream, one.direction, one.finding) == ("accuracy", "down", "PERFORMANCE_DEGRADED")
    assert one.before == pytest.approx(0.9, abs=0.03)
    assert one.after == pytest.approx(0.7, abs=0.1)


def test_errors_of_a_regression_that_grow_are_a_degradation() -> None:
    (one,) = told(regressed)
    assert (one.stream, one.direction) == ("absolute_error", "up")
    assert one.finding == "PERFORMANCE_DEGRADED"
