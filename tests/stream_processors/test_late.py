from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from structlog.testing import capture_logs
from tests.metrics.event import MINUTE, heartbeat, prediction
from tests.metrics.labelled import label
from tests.stream_processors.partition_log import SETTINGS, Log, end
from tests.stream_processors.test_fold_day import rating, usage

from streamgauge.stream_processors.late import LateSample
from streamgauge.stream_processors.validation import Read

OLD = -60 * MINUTE


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Batches:
    """Batches of one partition, as a keeper adds them."""

    def __init__(self, topic: str = "predictions") -> None:
        self.clock = Clock()
        self.sample = LateSample(topic, self.clock)
        self.log = Log(topic)
        self.log.add([], idle=end(0))

    def add(self, events: Sequence[Any], first: int) -> None:
        pending = self.log.kept.pending
        before, pending.late_places = pending.late, None
        self.log.source.add(pending, list(events), None, SETTINGS)
        taken = Read(list(events), np.arange(first, first + len(events)), [], [], (), 0)
        if pending.late > before:
            self.sample.note(3, taken, pending, pending.late - before)

    def tell(self) -> list[Any]:
        with capture_logs() as lines:
            self.sample.tell()
        return lines


def test_a_line_says_which_events_came_late_and_how_late() -> None:
    batches = Batches()
    batches.add([prediction(1), prediction(2, at=OLD), prediction(3), prediction(4, at=OLD)], 70)
    (line,) = batches.tell()
    assert (line["event"], line["log_level"]) == ("late events", "warning")
    assert (line["topic"], line["count"]) == ("predictions", 2)
    assert line["some"] == [
        {"partition": 3, "offset": 71, "id": "p2", "seconds_behind": 3_600.0},
        {"partition": 3, "offset": 73, "id": "p4", "seconds_behind": 3_600.0},
    ]


def test_however_many_are_late_there_is_one_line_in_a_while_with_a_few() -> None:
    batches = Batches()
    lines = []
    for second in range(25):
        batches.clock.now = 100.0 + second
        late = [prediction(one, at=OLD) for one in range(1_000)]
        batches.add(late, second * 1_000)
        lines += batches.tell()
    assert [line["count"] for line in lines] == [1_000, 10_000, 10_000]
    assert [len(line["some"]) for line in lines] == [5, 5, 5]
    assert [line["some"][0]["offset"] for line in lines] == [0, 1_000, 11_000]


def test_without_late_events_there_is_no_line() -> None:
    batches = Batches()
    batches.add([prediction(1), prediction(2)], 0)
    assert batches.tell() == []


def test_late_training_among_answers_is_named_too() -> None:
    batches = Batches()
    some = [prediction(1), prediction(2, at=OLD, purpose="training"), prediction(3, at=OLD)]
    batches.add([*some, prediction(4)], 0)
    (line,) = batches.tell()
    assert [one["id"] for one in line["some"]] == ["p2", "p3"]


@pytest.mark.parametrize(
    ("topic", "event", "name"),
    [
        ("outcomes", label(at=end(0) + OLD), None),
        ("usage", usage(7, OLD), "u7"),
        ("feedback", rating(7, OLD, 5), "f7"),
    ],
)
def test_late_events_of_every_source_are_named(topic: str, event: Any, name: str | None) -> None:
    batches = Batches(topic)
    batches.add([event], 9)
    (line,) = batches.tell()
    assert [(one["offset"], one["id"]) for one in line["some"]] == [(9, name)]


def test_late_heartbeats_are_counted() -> None:
    batches = Batches("heartbeats")
    batches.add([heartbeat(at=OLD)], 0)
    assert [line["count"] for line in batches.tell()] == [1]
