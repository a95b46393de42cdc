"""Rates of closed windows, as `measure` counts them, under the always-valid detector."""

from collections.abc import Callable
from random import Random

import msgspec
import pytest
from tests.metrics.event import MINUTE, prediction
from tests.stream_processors.watched import signals, watch, windows

from streamgauge.contracts.prediction import Prediction
from streamgauge.detection import Detection
from streamgauge.metrics.rollup import DAY
from streamgauge.stream_processors.watch_rate import RateWatcher

SEED = 20261121
SETTINGS = Detection(baseline=2_000)
A_WINDOW = 200
CHANGE = 14


def minutes(make: Callable[[Random, bool, int], Prediction]) -> list[list[Prediction]]:
    """Windows that are one way up to CHANGE, and another from there on."""
    random = Random(SEED)
    return [
        [
            make(random, minute >= CHANGE, minute * MINUTE + number * 100)
            for number in range(A_WINDOW)
        ]
        for minute in range(CHANGE + 6)
    ]


def failing(random: Random, later: bool, at: int) -> Prediction:
    failed = random.random() < (0.3 if later else 0.05)
    return prediction(
        at, at=at, status="error" if failed else "ok", error="5xx" if failed else None
    )


def falling_back(random: Random, later: bool, at: int) -> Prediction:
    return prediction(at, at=at, fallback=random.random() < (0.4 if later else 0.05))


def cold(random: Random, later: bool, at: int) -> Prediction:
    return prediction(at, at=at, cache_hit=random.random() < (0.4 if later else 0.8))


def empty(random: Random, later: bool, at: int) -> Prediction:
    nothing = random.random() < (0.3 if later else 0.02)
    return prediction(at, at=at, features={"a": None if nothing else 1.0, "b": 2.0})


@pytest.mark.parametrize(
    ("make", "stream", "direction", "finding"),
    [
        (failing, "error_rate", "up", "DRIFT_DETECTED"),
        (falling_back, "fallback_rate", "up", "DRIFT_DETECTED"),
        (cold, "cache_hit_rate", "down", "DRIFT_DETECTED"),
        (empty, "null_rate", "up", "DATA_QUALITY_ISSUE"),
    ],
    ids=["errors", "fallback", "cache", "nulls"],
)
def test_a_rate_that_moves_is_one_signal_with_both_rates(
    make: Callable[[Random, bool, int], Prediction], stream: str, direction: str, finding: str
) -> None:
    told = signals(watch([RateWatcher(SETTINGS)], windows(minutes(make))))
    assert [(one.stream, one.direction, one.finding, one.active) for one in told] == [
        (stream, direction, finding, True)
    ]
    assert stream in told[0].text


def test_a_restart_in_between_changes_nothing() -> None:
    summaries = windows(minutes(failing))
    straight = watch([RateWatcher(SETTINGS)], summaries)
    assert straight == watch([RateWatcher(SETTINGS)], summaries, restart=3)
    assert signals(straight)


def test_still_rates_stay_silent() -> None:
    assert not signals(watch([RateWatcher(SETTINGS)], windows(minutes(failing)[:CHANGE])))


def test_a_rate_that_nobody_tells_any_more_holds_nothing_after_a_day() -> None:
    every = windows(minutes(cold))
    bare = windows([[prediction(at, at=at) for at in range(9)]])[0]
    later = [
        msgspec.structs.replace(bare, start=every[-1].start + after, end=every[-1].end + after)
        for after in (MINUTE, DAY + MINUTE)
    ]
    found = signals(watch([RateWatcher(SETTINGS)], [*every, later[0]]))
    assert [one.active for one in found] == [True]
    found = signals(watch([RateWatcher(SETTINGS)], [*every, *later]))
    assert [one.active for one in found] == [True, False]
