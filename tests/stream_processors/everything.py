"""A stream that has something for every watcher, and all figures that they make of it."""

from random import Random
from typing import Any

import numpy as np
from tests.metrics.event import MINUTE, T0, prediction
from tests.metrics.labelled import label
from tests.stream_processors import asked
from tests.stream_processors.partition_log import SETTINGS
from tests.stream_processors.watched import measures, watch, windows

from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.reference import Reference
from streamgauge.contracts.summary import Summary
from streamgauge.detection import Detection
from streamgauge.metrics.closed import read_closed
from streamgauge.metrics.label import Label
from streamgauge.settings import Settings
from streamgauge.stream_processors.watchers import watchers

SEED = 20261121
LAST, SINCE = 16, 8
DETECTION = Detection(
    consistency={"price": ("visits <= age",)}, formats={"price": {"plan": "[a-z]+"}}
)


def answer(random: Random, at: int, later: bool) -> Prediction:
    features = asked.row(random)
    if later:
        features["age"] = float(features["age"] or 0.0) + 20.0
    score: Any = random.random()
    text: dict[str, Any] = {"text_length": random.randrange(5, 50), "language": "en"}
    task: Any = "score"
    vector = np.random.default_rng(at % 1_000).normal(0.0, 1.0, 8).tolist()
    return prediction(
        at,
        at=at,
        task=task,
        prediction=score,
        confidence=max(score, 1.0 - score),
        latency_ms=random.uniform(5.0, 50.0),
        features=features,
        embedding=vector,
        **text,
    )


def answers(later: int = SINCE) -> list[list[Prediction]]:
    random = Random(SEED)
    return [
        [
            answer(random, at, minute >= later)
            for at in range(minute * MINUTE, minute * MINUTE + 300)
        ]
        for minute in range(LAST)
    ]


def truths() -> list[list[Label]]:
    random = Random(SEED)
    task: Any = "score"
    return [
        [
            label(
                float(random.random() < 0.5),
                random.random(),
                model="price",
                task=task,
                ts=at,
                at=at,
            )
            for at in range(T0 + minute * MINUTE, T0 + minute * MINUTE + 300)
        ]
        for minute in range(LAST)
    ]


def learned(summaries: list[Summary]) -> dict[str, Any]:
    """Cells and names of windows, as a reference has them."""
    cells: dict[str, dict[int, int]] = {}
    names: dict[str, dict[str, int]] = {}
    for one in map(read_closed, summaries):
        for name, row in one.cells.items():
            held = cells.setdefault(name, {})
            for cell in np.flatnonzero(row).tolist():
                held[cell] = held.get(cell, 0) + int(row[cell])
        for name, counts in one.names.items():
            told = names.setdefault(name, {})
            for value, count in counts.items():
                told[value] = told.get(value, 0) + count
    return {"cells": cells, "names": names}


def references() -> list[Reference]:
    """That of the version, and of one before it."""
    known = learned([*windows(answers(later=LAST)), *windows(truths(), "outcomes")])
    return [
        asked.reference("0", importances={"age": 0.9, "income": 0.1}),
        asked.reference(importances={"age": 0.1, "income": 0.9}, **known),
    ]


def figures() -> dict[str, dict[str, float]]:
    """All figures by source."""
    known = references()
    settings: Settings = SETTINGS
    every = [
        *windows(answers(), settings=settings, references=known),
        *windows(truths(), "outcomes", settings=settings),
    ]
    detect = Settings(detection=DETECTION)
    told = watch(watchers(detect), sorted(every, key=lambda one: one.start), known)
    found: dict[str, dict[str, float]] = {"drift": {}, "performance": {}}
    for one in measures(told):
        found[one.source] |= one.values
    return found
