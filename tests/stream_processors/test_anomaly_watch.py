"""Measures without a threshold, as they stand on the topic."""

from random import Random
from typing import Any

from tests.metrics.event import MINUTE, T0

from streamgauge.contracts.codec import encode
from streamgauge.contracts.measure import Measure, Signal, Tick
from streamgauge.stream_processors.anomaly_watch import AnomalyWatch

SEED = 20261121
NAME = "prediction_rate"
LABELS = {"model": "m", "version": "1"}


def measure(minute: int, value: float, **more: Any) -> Measure:
    start = T0 + minute * MINUTE
    known: dict[str, Any] = {
        "labels": LABELS,
        "window": "1m",
        "start": start,
        "end": start + MINUTE,
        "revision": 1,
        "as_of": start + MINUTE,
        "final": True,
        "completeness": 1.0,
        "values": {NAME: value, "other": value},
        "samples": {NAME: 50},
    }
    return Measure(**known | more)


def course(last: int, jump: int) -> list[Measure]:
    random = Random(SEED)
    return [
        measure(minute, random.gauss(500.0 if minute >= jump else 100.0, 3.0))
        for minute in range(last)
    ]


def told(readings: list[Measure], restart: int = 0) -> list[Signal]:
    watch, states = AnomalyWatch([NAME]), dict[str, bytes]()
    found: list[Signal] = []
    for number, one in enumerate(readings):
        if restart and number % restart == 0:
            states |= watch.take()
            watch = AnomalyWatch([NAME], states)
        found += watch.step(encode(one))
    return found


def test_a_measure_that_jumps_is_one_signal_in_words() -> None:
    one, *others = told(course(320, 300))
    assert (one.finding, one.stream, one.direction) == ("ANOMALY_DETECTED", NAME, "up")
    assert 300 <= (one.start - T0) // MINUTE < 306
    assert one.before < 110
    assert one.after > 480
    assert NAME in one.text
    assert one.samples == 50
    assert all(not other.active for other in others)


def test_a_restart_in_between_changes_nothing() -> None:
    assert told(course(320, 300), restart=70) == told(course(320, 300))


def test_a_series_whose_state_is_of_another_version_starts_anew() -> None:
    watch = AnomalyWatch([NAME], {"drift\0model=m": b"\xa1x"})
    list(watch.step(encode(measure(0, 100.0))))
    assert len(watch.series) == 1


def test_a_window_without_the_measure_ends_nothing_but_an_hour_without_does() -> None:
    readings = course(305, 300)
    assert [one.active for one in told(readings)] == [True]
    bare = [measure(minute, 1.0, values={"other": 1.0}) for minute in range(305, 370)]
    assert [one.active for one in told([*readings, *bare[:30]])] == [True]
    again = [measure(minute, 500.0) for minute in range(320, 325)]
    assert [one.active for one in told([*readings, *bare[:15], *again])] == [True]
    assert [one.active for one in told([*readings, *bare])] == [True, False]


def test_open_windows_longer_ones_parts_and_what_nobody_asked_for_are_left_alone() -> None:
    watch = AnomalyWatch([NAME])
    for one in (
        measure(0, 1.0, final=False),
        measure(0, 1.0, base=False),
        measure(0, 1.0, labels=LABELS | {"region": "eu"}),
        measure(0, 1.0, values={"other": 1.0}),
        Tick(watermark=1, at=1, completeness=1.0),
    ):
        assert not list(watch.step(encode(one)))
    assert not watch.take()


def test_a_revision_of_a_window_is_not_a_second_value() -> None:
    watch = AnomalyWatch([NAME])
    for revision in range(3):
        list(watch.step(encode(measure(0, 100.0, revision=revision))))
    (series,) = watch.series.values()
    assert series.states[NAME].first == [100.0]
