"""All watchers together, as the stage has them."""

from random import Random
from typing import Any

import msgspec
from tests.metrics.event import MINUTE, T0
from tests.metrics.labelled import label
from tests.stream_processors.asked import Row, minutes, reference
from tests.stream_processors.watched import measures, signals, watch, windows

from streamgauge.contracts.summary import Summary
from streamgauge.detection import Detection
from streamgauge.metrics.label import Label
from streamgauge.settings import Settings
from streamgauge.stream_processors.watchers import watchers

SEED = 20261121
KNOWN = reference()
SETTINGS = Settings(detection=Detection(baseline=2_000, retraining_labels=500))
SINCE, LAST = 14, 24


def older(_random: Random, asked: Row) -> Row:
    return asked | {"age": float(asked["age"] or 0.0) + 10.0}


def outcomes(later: float) -> list[list[Label]]:
    random = Random(SEED)
    return [
        [
            label(
                "no" if random.random() < (later if minute >= SINCE else 0.1) else "yes",
                "yes",
                ts=at,
                at=at,
                model="price",
            )
            for at in range(T0 + minute * MINUTE, T0 + minute * MINUTE + 200)
        ]
        for minute in range(LAST)
    ]


def summaries(change: Any = None, later: float = 0.1) -> list[Summary]:
    asked = windows(minutes(LAST, change, SINCE), references=[KNOWN])
    told = windows(outcomes(later), "outcomes")
    return sorted([*asked, *told], key=lambda one: (one.start, one.source))


def test_worse_truths_and_enough_of_them_are_a_recommendation_to_retrain() -> None:
    told = signals(watch(watchers(SETTINGS), summaries(later=0.4), [KNOWN]))
    findings = {one.finding: one for one in told if one.active}
    assert findings["PERFORMANCE_DEGRADED"].stream == "accuracy"
    asked = findings["RETRAINING_RECOMMENDED"]
    assert "performance fell" in asked.text
    assert asked.samples >= 500


def test_the_health_score_has_its_parts_and_falls_with_the_worst() -> None:
    every = summaries(older)
    figures = measures(watch(watchers(SETTINGS), every, [KNOWN]))
    scores = [one.values["model_health_score"] for one in figures if one.source == "drift"]
    assert scores[SINCE - 1] > 90
    # PSI of a shift of one deviation is .9; from .5 on the part is at zero, the score at most 30.
    assert scores[-1] == 30.0
    assert figures[-1].values['model_health_part{part="drift"}'] == 0.0


def test_nothing_is_said_of_a_stream_as_it_should_be() -> None:
    assert not signals(watch(watchers(SETTINGS), summaries(), [KNOWN]))


def test_a_restart_at_every_third_window_changes_nothing() -> None:
    every = summaries(older, 0.4)
    straight = watch(watchers(SETTINGS), every, [KNOWN])
    assert watch(watchers(SETTINGS), every, [KNOWN], restart=3) == straight


def test_every_state_and_finding_is_json_and_messagepack() -> None:
    for one in watch(watchers(SETTINGS), summaries(older, 0.4), [KNOWN]):
        assert msgspec.json.decode(msgspec.json.encode(one), type=type(one)) == one
