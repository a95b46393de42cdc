import math
from datetime import UTC, datetime

import msgspec
import pytest

from streamgauge.detectors.retraining import (
    Evaluation,
    Evidence,
    Recommendation,
    Retraining,
    RetrainingState,
)

HOUR = 3_600_000
DAY = 24 * HOUR
T0 = int(datetime(2026, 11, 3, tzinfo=UTC).timestamp() * 1_000)
RETRAINING = Retraining()
Told = list[tuple[Recommendation | None, Evaluation | None]]


def run(evidence: list[Evidence]) -> Told:
    state = RETRAINING.start()
    return [RETRAINING.step(state, one) for one in evidence]


def windows(
    number: int,
    start: int = T0,
    labels: int = 100,
    loss: float | None = None,
    *,
    performance_alarm: bool = False,
    feature_alarm: bool = False,
) -> list[Evidence]:
    return [
        Evidence(start + place * HOUR, labels, performance_alarm, feature_alarm, loss)
        for place in range(number)
    ]


def begins(told: Told) -> list[int]:
    return [
        place
        for place, (one, _) in enumerate(told)
        if one is not None and (place == 0 or told[place - 1][0] != one)
    ]


def test_a_model_of_which_all_is_well_is_never_recommended_to_be_retrained() -> None:
    assert begins(run(windows(24 * 100, loss=0.0, feature_alarm=True))) == []


def test_performance_that_fell_is_a_reason_once_there_are_enough_new_truths() -> None:
    told = run(windows(40, performance_alarm=True))
    # The tenth hour has the thousandth truth.
    assert begins(told) == [9]
    one = told[9][0]
    assert one is not None
    assert one.cause == "alarm"
    assert one.text == (
        "retrain: the truths say that performance fell; 1,000 new truths to learn from"
    )


def test_an_estimate_that_fell_needs_a_feature_that_drifts() -> None:
    assert begins(run(windows(50, loss=0.05))) == []
    assert begins(run(windows(50, feature_alarm=True))) == []
    assert begins(run(windows(50, loss=0.02, feature_alarm=True))) == []
    told = run(windows(50, loss=0.021, feature_alarm=True))
    assert begins(told) == [9]
    one = told[9][0]
    assert one is not None
    assert one.reasons == ["the estimated accuracy is 2.1 points lower while features drift"]


def test_it_holds_while_its_reasons_do_and_then_cools_down() -> None:
    ill = windows(30, performance_alarm=True)
    well = windows(10, start=T0 + 30 * HOUR)
    again = windows(24 * 8, start=T0 + 40 * HOUR, performance_alarm=True)
    told = run(ill + well + again)
    first, second = begins(told)
    assert told[29][0] is not None
    assert told[30][0] is None
    assert first == 9
    assert second == first + 7 * 24


def test_new_truths_are_counted_from_the_last_recommendation_on() -> None:
    sick = windows(20, performance_alarm=True)
    well = windows(24 * 8, start=T0 + 20 * HOUR, labels=0)
    again = windows(20, start=T0 + (20 + 24 * 8) * HOUR, labels=0, performance_alarm=True)
    # Eleven windows of a hundred truths after the first: enough.
    assert len(begins(run(sick + well + again))) == 2
    few = [one._replace(labels=99) for one in sick[:11]]
    assert len(begins(run(few + well + again))) == 1


def test_a_month_is_evaluated_when_the_next_begins() -> None:
    told = run(windows(24 * 30, loss=0.001, feature_alarm=True))
    ended = [one for _, one in told if one is not None]
    assert len(ended) == 1
    assert ended[0].month == "2026-11"
    assert ended[0].windows == 28 * 24
    assert ended[0].labels == 28 * 24 * 100
    assert ended[0].feature_alarms == 1.0
    assert ended[0].loss == pytest.approx(0.001)
    assert not ended[0].recommended


def test_a_model_that_is_a_little_worse_all_month_is_found_at_its_end() -> None:
    told = run(windows(24 * 30, loss=0.015))
    (begin,) = begins(told)
    assert begin == 28 * 24
    one, evaluation = told[begin]
    assert one is not None
    assert evaluation is not None
    assert one.cause == "month"
    assert evaluation.recommended
    assert one.reasons == ["accuracy was 1.5 points lower over the month"]
    # For a day.
    assert told[begin + 23][0] == one
    assert told[begin + 24][0] is None


def test_a_month_of_silence_is_not_evaluated() -> None:
    told = run(windows(1) + windows(1, start=T0 + 400 * DAY))
    assert told[0][1] is None
    assert told[1][1] is not None
    assert told[1][1].month == "2026-11"


def test_nothing_nan_and_huge_counts_are_taken() -> None:
    told = run([Evidence(ts=T0), Evidence(ts=T0 + 1, loss=math.nan, labels=-5)])
    assert begins(told) == []
    told = run(windows(1, loss=math.inf, labels=2**60, feature_alarm=True))
    assert begins(told) == [0]


def test_it_goes_on_where_it_was_written() -> None:
    evidence = windows(24 * 40, loss=0.015)
    evidence[500:520] = [one._replace(performance_alarm=True) for one in evidence[500:520]]
    state = RETRAINING.start()
    told = []
    for one in evidence:
        told.append(RETRAINING.step(state, one))
        state = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=RetrainingState)
    assert told == run(evidence)
    assert begins(told) == [500, 28 * 24]
    changed = Retraining(drop=0.01)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(changed), type=Retraining) == changed
