"""Features that go up and down each day, of a model that is said to do so."""

import math
from random import Random

import msgspec
from tests.metrics.event import prediction
from tests.stream_processors.asked import reference, row
from tests.stream_processors.partition_log import SETTINGS
from tests.stream_processors.watched import signals, watch, windows

from streamgauge.contracts.measure import Signal
from streamgauge.contracts.prediction import Prediction
from streamgauge.detection import Detection
from streamgauge.settings import Window
from streamgauge.stream_processors.feature_window import Yardsticks
from streamgauge.stream_processors.watch_feature import FeatureWatcher
from streamgauge.stream_processors.watch_shift import ShiftWatcher
from streamgauge.stream_processors.watcher import Watcher

SEED = 20261121
QUARTER = 900_000
A_DAY = 96
KNOWN = reference()
WIDE = msgspec.structs.replace(SETTINGS, window=Window(width=900.0, dimensions=()))


def quarters(last: int, since: int) -> list[list[Prediction]]:
    """Four windows an hour; the mean age swings by 4 of its deviation of 10 each day."""
    random = Random(SEED)
    made = []
    for quarter in range(last):
        swing = 4.0 * math.sin(2 * math.pi * quarter / A_DAY)
        batch = []
        for at in range(quarter * QUARTER, quarter * QUARTER + 80):
            asked = row(random)
            asked["age"] = float(asked["age"] or 0.0) + swing + (15.0 if quarter >= since else 0.0)
            batch.append(prediction(at, at=at, features=asked))
        made.append(batch)
    return made


def told(last: int, since: int, settings: Detection) -> list[Signal]:
    yardsticks = Yardsticks()
    watchers: list[Watcher] = [ShiftWatcher(settings, yardsticks), FeatureWatcher(yardsticks)]
    batches = quarters(last, since)
    summaries = windows(batches, settings=WIDE, references=[KNOWN], width=QUARTER)
    return signals(watch(watchers, summaries, [KNOWN]))


def test_a_daily_cycle_is_drift_only_where_nobody_said_that_there_is_one() -> None:
    last = 3 * A_DAY
    assert told(last, last, Detection())
    assert not told(last, last, Detection(seasonal=("price",)))


def test_what_moves_farther_than_the_hours_do_is_found() -> None:
    since = 2 * A_DAY
    found = told(since + 20, since, Detection(seasonal=("price",)))
    assert {one.parts[0].name for one in found} == {"age"}
    assert {one.detector for one in found} == {"psi", "e_process"}
