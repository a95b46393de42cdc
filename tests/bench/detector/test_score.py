import numpy as np
import pytest

from streamgauge.bench.detector.candidate import always_fire
from streamgauge.bench.detector.score import Found, match
from streamgauge.bench.detector.stream import WINDOW, Alarm, Stream

STREAM = Stream(
    "s", "table", np.zeros((10_000, 2)), np.zeros((10, 2)), (2_000, 7_000), 1_000, moved=1
)


def test_the_first_alarm_within_the_horizon_is_the_detection() -> None:
    found = match(STREAM, [Alarm(2_300, 1), Alarm(2_900, 0), Alarm(7_050, 0)])
    assert found == Found(delays=[300, 50], missed=[], false=0, right=1)
    assert (found.precision, found.recall, found.median_delay) == (1.0, 1.0, 175.0)


@pytest.mark.parametrize("at", [50, 2_000, 3_001, 6_999])
def test_an_alarm_at_any_other_time_is_false(at: int) -> None:
    found = match(STREAM, [Alarm(at)])
    assert (found.false, found.recall, found.precision) == (1, 0.0, 0.0)
    assert found.missed == [1_000, 1_000]


def test_a_change_that_nobody_found_took_the_whole_horizon() -> None:
    found = match(STREAM, [Alarm(2_100)])
    assert found.missed == [1_000]
    assert found.median_delay == 550.0


def test_silence_has_neither_precision_nor_recall() -> None:
    found = match(STREAM, [])
    assert (found.precision, found.recall) == (0.0, 0.0)
    assert Found().median_delay == 0.0


def test_scores_of_several_streams_add_up() -> None:
    total = Found()
    total.add(match(STREAM, [Alarm(2_100)]))
    total.add(match(STREAM, [Alarm(40), Alarm(2_100), Alarm(7_100)]))
    assert (total.delays, total.missed, total.false) == ([100, 100, 100], [1_000], 1)
    assert (total.recall, total.precision) == (0.75, 0.75)


def test_who_always_fires_finds_all_at_once_and_is_never_to_be_trusted() -> None:
    found = match(STREAM, always_fire(STREAM))
    assert found.recall == 1.0
    assert found.delays == [WINDOW, WINDOW]
    # Of 140 alarms up to the second change 20 are within the first one's horizon.
    assert found.false == 2_000 // WINDOW + 4_000 // WINDOW
    assert found.precision < 0.02
