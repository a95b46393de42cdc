"""Predictions, texts and embeddings of closed windows against those of a reference."""

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pytest
from tests.metrics.event import MINUTE, prediction
from tests.stream_processors.asked import reference
from tests.stream_processors.everything import learned
from tests.stream_processors.watched import measures, signals, watch, windows

from streamgauge.contracts.measure import Signal
from streamgauge.contracts.prediction import Prediction
from streamgauge.stream_processors.watch_distribution import (
    PREDICTION,
    TEXT,
    DistributionWatcher,
)
from streamgauge.stream_processors.watch_embedding import EmbeddingWatcher
from streamgauge.stream_processors.watcher import Watcher

SEED = 20261121
SINCE, LAST = 6, 12
Fields = dict[str, Any]


def answered(random: Random, later: bool) -> Fields:
    value = random.gauss(20.0 + 4.0 * later, 4.0)
    return {"prediction": value, "confidence": random.uniform(0.5, 1.0), "task": "regression"}


def named(random: Random, later: bool) -> Fields:
    classes = ("cat", "dog", "newt") if later else ("cat", "cat", "dog")
    return {"prediction": random.choice(classes), "task": "classification"}


def written(random: Random, later: bool) -> Fields:
    length = int(random.lognormvariate(5.5 if later else 5.0, 0.5))
    return {"text_length": length, "language": "en"}


def spoken(random: Random, later: bool) -> Fields:
    languages = ("en", "fr") if later else ("en", "en", "en", "de")
    return {"text_length": 20, "language": random.choice(languages)}


def embedded(random: Random, later: bool) -> Fields:
    numbers = np.random.default_rng(random.getrandbits(32)).normal(0.0, 1.0, 24)
    numbers[0] += 1.0 * later
    return {"embedding": numbers.tolist()}


def minutes(
    make: Callable[[Random, bool], Fields], since: int, last: int, seed: int = SEED
) -> list[list[Prediction]]:
    random = Random(seed)
    return [
        [
            prediction(at, at=at, **make(random, minute >= since))
            for at in range(minute * MINUTE, minute * MINUTE + 200)
        ]
        for minute in range(last)
    ]


def found(
    watcher: Watcher, make: Callable[[Random, bool], Fields], since: int, last: int = LAST
) -> list[Signal]:
    known = reference(**learned(windows(minutes(make, 99, 12, seed=SEED + 7))))
    told = watch([watcher], windows(minutes(make, since, last)), [known])
    assert any("_psi" in name for one in measures(told) for name in one.values)
    return signals(told)


@pytest.mark.parametrize(
    ("make", "watcher", "stream", "part"),
    [
        (answered, DistributionWatcher(PREDICTION), "prediction", "value"),
        (named, DistributionWatcher(PREDICTION), "prediction", "class"),
        (written, DistributionWatcher(TEXT), "text", "length"),
        (spoken, DistributionWatcher(TEXT), "text", "language"),
        (embedded, EmbeddingWatcher(), "embedding", "direction"),
    ],
    ids=["value", "class", "length", "language", "embedding"],
)
def test_what_moves_is_found_and_what_stays_is_not(
    make: Callable[[Random, bool], Fields], watcher: Watcher, stream: str, part: str
) -> None:
    (one,) = found(watcher, make, SINCE)
    assert (one.stream, one.finding, one.active) == (stream, "DRIFT_DETECTED", True)
    assert one.parts[0].name.startswith(part)
    assert one.reference
    assert one.text
    # A false alarm of these windows has a chance of some 1 in 1,000; the seed is fixed.
    assert not found(watcher, make, 99)


def test_a_reference_without_such_cells_says_nothing() -> None:
    watchers: list[Watcher] = [DistributionWatcher(PREDICTION), EmbeddingWatcher()]
    assert not watch(watchers, windows(minutes(answered, 2, 4)), [reference()])
