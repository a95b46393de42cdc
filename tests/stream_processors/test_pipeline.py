from collections.abc import Sequence

import pytest
from tests.metrics.event import MINUTE, T0, prediction
from tests.stream_processors.partition_log import STALL_S, Log, Reader, end

from streamgauge.contracts.measure import Measure
from streamgauge.metrics.rollup import DAY, HOUR
from streamgauge.stream_processors.pipeline import Pipeline

NAME = "monitor_availability_ratio"
TOPIC = "predictions"


class Watched:
    """One topic with one partition that moves, and who tells of it."""

    def __init__(self, told: Sequence[Measure] = (), alive: int = 0) -> None:
        self.log, self.reader = Log(), Reader()
        self.pipeline = Pipeline(MINUTE, told, alive)
        self.told: list[Measure] = list(told)

    def tell(self, clock: int, stalled: float = 0.0) -> list[Measure]:
        """What is told at a time of the wall clock, with a partition that moved so long ago."""
        self.reader.take(self.log.add([], idle=clock), clock / 1_000)
        now = clock / 1_000 + stalled
        told = list(self.pipeline.measures([self.reader.fold], now, clock))
        self.told += told
        return told

    def newest(self) -> list[Measure]:
        """What a successor reads back."""
        return list({(one.labels["topic"], one.window): one for one in self.told}.values())


def shares(told: Sequence[Measure], window: str) -> list[tuple[int, float, int, bool]]:
    return [
        (one.start, one.values[NAME], one.samples[NAME], one.final)
        for one in told
        if one.window == window
    ]


def test_what_came_in_a_window_is_told_when_it_ends() -> None:
    watched = Watched()
    watched.tell(end(0))
    watched.tell(end(1))
    watched.reader.take(watched.log.add([prediction(1, at=MINUTE), prediction(2, at=MINUTE)]), 0.0)
    assert watched.tell(end(2) - 1) == []
    (told, *_) = watched.tell(end(2) + 5)
    assert (told.start, told.end, told.window, told.base) == (end(1), end(2), "1m", True)
    assert told.labels == {"stage": "measure", "topic": TOPIC}
    assert told.source == "pipeline"
    assert told.values["pipeline_accepted_count"] == 2.0
    assert told.values["pipeline_rejected_count"] == 0.0
    assert told.values["pipeline_late_count"] == 0.0
    assert told.values["pipeline_rejected_ratio"] == 0.0
    assert told.values["pipeline_lag_events"] == 0.0
    assert told.values["pipeline_live_ratio"] == 1.0
    assert told.values["pipeline_state_log_bytes"] > 0
    assert told.values["pipeline_watermark_age_seconds"] == pytest.approx(0.0, abs=60)
    assert told.values[NAME] == 1.0
    assert told.revision == 2


def test_what_could_not_be_read_is_told_by_reason() -> None:
    watched = Watched()
    for minute in range(2):
        watched.tell(end(minute))
    counts = watched.log.kept._counts
    counts.accepted, counts.rejected = 6, {"json": 1, 'a "b"': 1}
    watched.log.kept.position += 8
    watched.reader.take(watched.log.add([]), 0.0)
    (told, *_) = watched.tell(end(2))
    assert told.values["pipeline_rejected_ratio"] == 0.25
    assert told.values['pipeline_rejected_reason_count{reason="json"}'] == 1.0
    assert told.values['pipeline_rejected_reason_count{reason="a \\"b\\""}'] == 1.0
    (next_one, *_) = watched.tell(end(3))
    assert next_one.values["pipeline_rejected_count"] == 0.0
    assert "pipeline_rejected_ratio" not in next_one.values


def test_of_the_window_in_which_it_began_it_tells_no_counts() -> None:
    watched = Watched()
    assert watched.tell(end(0) + 30_000) == []
    (told, *_) = watched.tell(end(1))
    assert told.values[NAME] == 1.0
    assert not any(name.endswith("_count") for name in told.values)
    (told, *_) = watched.tell(end(2))
    assert told.values["pipeline_accepted_count"] == 0.0


def test_a_window_with_a_partition_that_stands_still_was_not_available() -> None:
    watched = Watched()
    watched.tell(end(0))
    (well, *_) = watched.tell(end(1))
    (ill, *longer) = watched.tell(end(2), stalled=STALL_S + 1.0)
    assert (well.values[NAME], well.values["pipeline_live_ratio"]) == (1.0, 1.0)
    assert (ill.values[NAME], ill.values["pipeline_live_ratio"]) == (0.0, 0.0)
    assert [one.values[NAME] for one in longer] == [0.5, 0.5]


def test_the_hour_and_the_day_say_which_share_of_their_windows_was_complete() -> None:
    watched = Watched()
    midnight = T0 - T0 % DAY + DAY
    watched.tell(midnight)
    for minute in range(1, 121):
        ill = 30 <= minute < 36
        told = watched.tell(midnight + minute * MINUTE, stalled=(STALL_S + 1.0) * ill)
        assert {one.base for one in told if one.window != "1m"} == {False}
    hours = shares(watched.told, "1h")
    assert (midnight, 0.9, 60, True) in hours
    assert hours[-1] == (midnight + HOUR, 1.0, 60, True)
    assert shares(watched.told, "1d")[-1] == (midnight, 0.95, 120, False)
    (last,) = [one for one in watched.told[-3:] if one.window == "1d"]
    assert (last.as_of, last.end, last.revision) == (midnight + 2 * HOUR, midnight + DAY, 120)


def test_windows_that_ended_while_nobody_was_there_count_as_zero() -> None:
    first = Watched()
    midnight = T0 - T0 % DAY + DAY
    for minute in range(31):
        first.tell(midnight + minute * MINUTE)
    second = Watched(first.newest(), alive=midnight + 30 * MINUTE + 4_000)
    told = second.tell(midnight + 40 * MINUTE + 17_000)
    missed = [one for one in told if one.window == "1m"]
    assert [one.start for one in missed] == [midnight + at * MINUTE for at in range(30, 40)]
    assert {(one.values[NAME], one.completeness, one.final) for one in missed} == {(0.0, 0.0, True)}
    assert shares(told, "1h") == [(midnight, 0.75, 40, False)]
    assert shares(told, "1d") == [(midnight, 0.75, 40, False)]
    told = second.tell(midnight + 41 * MINUTE)
    assert [one.values[NAME] for one in told if one.base] == [1.0]
    assert shares(told, "1h") == [(midnight, 31 / 41, 41, False)]


def test_who_is_back_before_the_window_ends_has_missed_none() -> None:
    first = Watched()
    for minute in range(3):
        first.tell(end(minute))
    second = Watched(first.newest(), alive=end(2) + 4_000)
    assert second.tell(end(2) + 50_000) == []
    (told, *_) = second.tell(end(3))
    assert (told.start, told.values[NAME]) == (end(2), 1.0)


def test_an_outage_over_midnight_ends_the_hours_and_days_in_it() -> None:
    first = Watched()
    midnight = T0 - T0 % DAY + DAY
    for minute in range(-60, 1):
        first.tell(midnight - HOUR + minute * MINUTE)
    second = Watched(first.newest(), alive=midnight - HOUR)
    told = second.tell(midnight + HOUR // 2)
    assert [one for one in shares(told, "1h") if one[3]] == [(midnight - HOUR, 0.0, 60, True)]
    assert shares(told, "1h")[-1] == (midnight, 0.0, 30, False)
    assert shares(told, "1d") == [(midnight - DAY, 0.5, 120, True), (midnight, 0.0, 30, False)]


def test_a_process_that_was_held_up_tells_what_it_missed() -> None:
    watched = Watched()
    watched.tell(end(0))
    watched.tell(end(1))
    told = [one for one in watched.tell(end(4)) if one.base]
    assert [(one.start, one.values[NAME]) for one in told] == [
        (end(1), 0.0),
        (end(2), 0.0),
        (end(3), 1.0),
    ]


def test_without_measures_of_a_former_process_the_last_tick_says_when_it_lived() -> None:
    watched = Watched(alive=end(0) + 4_000)
    told = watched.tell(end(3))
    assert [one.start for one in told if one.base] == [end(0), end(1), end(2)]


def test_after_a_long_outage_the_day_counts_what_is_not_told_one_by_one() -> None:
    midnight = T0 - T0 % DAY + DAY
    watched = Watched(alive=midnight)
    told = watched.tell(midnight + 3 * DAY)
    assert len([one for one in told if one.base]) == 1_440
    assert shares(told, "1d") == [(midnight + day * DAY, 0.0, 1_440, True) for day in range(3)]


def test_a_clock_that_goes_back_tells_nothing_twice() -> None:
    watched = Watched()
    for minute in range(3):
        watched.tell(end(minute))
    assert watched.tell(end(1)) == []
    assert watched.tell(end(2) + 1) == []
