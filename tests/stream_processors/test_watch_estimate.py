"""What scores promise before any truth is known, against the labelled reference."""

from random import Random
from typing import Any

import msgspec
import pytest
from tests.metrics.event import MINUTE, prediction
from tests.stream_processors.asked import reference
from tests.stream_processors.watched import measures, signals, watch, windows

from streamgauge.contracts.codec import encode
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.reference import Reference, freeze
from streamgauge.contracts.summary import Summary
from streamgauge.detection import Detection
from streamgauge.stream_processors.reference_shelf import ReferenceShelf
from streamgauge.stream_processors.watch import Watch
from streamgauge.stream_processors.watch_estimate import EstimateWatcher

SEED = 20261121
SINCE = 6


def known() -> Reference:
    """10,000 scores that are right as often as they say."""
    random = Random(SEED)
    cells: dict[int, int] = {}
    for _ in range(10_000):
        score = round(random.betavariate(0.4, 0.4) * 1_000)
        cell = score + 1_001 * (random.random() < score / 1_000)
        cells[cell] = cells.get(cell, 0) + 1
    return reference(cells={"score_histogram": cells})


def minutes(later: float, last: int = 14) -> list[list[Prediction]]:
    random = Random(SEED + 1)
    task: Any = "score"
    return [
        [
            prediction(at, at=at, task=task, prediction=random.betavariate(shape, shape))
            for at in range(minute * MINUTE, minute * MINUTE + 200)
        ]
        for minute in range(last)
        for shape in [later if minute >= SINCE else 0.4]
    ]


def test_scores_that_are_less_sure_are_a_degradation_before_labels() -> None:
    told = watch([EstimateWatcher(Detection())], windows(minutes(3.0)), [known()])
    (one,) = signals(told)
    assert (one.finding, one.stream, one.direction) == ("PERFORMANCE_DEGRADED", "estimate", "down")
    # E max(x, 1 - x) of Beta(.4, .4) and of Beta(3, 3), by integration: .840 and .656.
    assert one.before == pytest.approx(0.840, abs=0.015)
    assert one.after == pytest.approx(0.656, abs=0.03)
    last = measures(told)[-1].values
    assert last["model_estimated_accuracy"] == pytest.approx(0.656, abs=0.05)
    assert {"model_estimated_f1", "model_estimated_auc"} <= last.keys()


def test_another_reference_ends_what_was_found_by_the_one_before() -> None:
    every = windows(minutes(3.0, last=24))
    shelf = ReferenceShelf()
    shelf.put(known())
    looker = Watch([EstimateWatcher(Detection())], shelf)
    found = signals(told for one in every[:20] for told in looker.step(encode(one)))
    assert [one.active for one in found] == [True]
    shelf.put(freeze(msgspec.structs.replace(known(), ts=2, importances={"age": 1.0})))
    (end,) = signals(looker.step(encode(every[20])))
    assert not end.active


def test_a_window_without_scores_ends_nothing_but_a_day_without_does() -> None:
    every = windows(minutes(3.0))
    bare = windows([[prediction(1, at=1)]])[0]

    def later(number: int) -> Summary:
        start = every[-1].start + number * MINUTE
        return msgspec.structs.replace(bare, start=start, end=start + MINUTE)

    watchers = [EstimateWatcher(Detection())]
    found = signals(watch(watchers, [*every, later(1)], [known()]))
    assert [one.active for one in found] == [True]
    found = signals(watch(watchers, [*every, later(1), later(24 * 60 + 9)], [known()]))
    assert [one.active for one in found] == [True, False]


def test_scores_as_they_were_are_none() -> None:
    told = watch([EstimateWatcher(Detection())], windows(minutes(0.4)), [known()])
    assert measures(told)
    assert not signals(told)


def test_a_restart_in_between_changes_nothing() -> None:
    summaries = windows(minutes(3.0))
    straight = watch([EstimateWatcher(Detection())], summaries, [known()])
    assert straight == watch([EstimateWatcher(Detection())], summaries, [known()], restart=3)


def test_without_labels_in_the_reference_nothing_is_promised() -> None:
    assert not watch([EstimateWatcher(Detection())], windows(minutes(0.4, 2)), [reference()])


def test_a_model_may_say_yes_from_another_score_on() -> None:
    settings = Detection(thresholds={"price": 0.9})
    told = watch([EstimateWatcher(settings)], windows(minutes(0.4, 3)), [known()])
    usual = watch([EstimateWatcher(Detection())], windows(minutes(0.4, 3)), [known()])
    name = "model_estimated_recall"
    assert measures(told)[0].values[name] < measures(usual)[0].values[name]
