"""The shipped rules about streamgauge itself, on what merge tells of a log."""

import numpy as np
from tests.metrics.event import MINUTE, T0, prediction
from tests.stream_processors.partition_log import Log, Reader

from streamgauge.alerting.judging.judge import Judge
from streamgauge.alerting.rules.reader import load_rules, shipped_rules
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.measure import AnyReading, Tick
from streamgauge.stream_processors.pipeline import Pipeline
from streamgauge.stream_processors.skipped import Skipped
from streamgauge.stream_processors.validation import Read


class Watched:
    """A partition of predictions, judged each minute by the shipped rules."""

    def __init__(self) -> None:
        self.log, self.reader = Log(), Reader()
        self.pipeline = Pipeline(MINUTE)
        self.judge = Judge(load_rules(shipped_rules()))
        self.minute = self.position = 0

    def skip(self, count: int) -> None:
        """A record batch of so many events that cannot be opened."""
        kept = self.log.kept
        gone = Skipped(kept.position, kept.position + count, "checksum")
        kept.count(Read([], np.array([], np.int64), [], [], (gone,), 0))
        kept.position += count

    def pass_a_minute(self, events: int = 0) -> list[Alert]:
        """So many events are counted, and what is told of them is judged."""
        self.minute += 1
        clock = T0 + self.minute * MINUTE
        came = [prediction(number, at=clock - T0 - 1) for number in range(events)]
        self.reader.take(self.log.add(came, idle=clock - 1), self.minute * 60.0)
        told = self.pipeline.measures([self.reader.fold], self.minute * 60.0, clock)
        readings: list[AnyReading] = [*told, Tick(watermark=clock, at=clock, completeness=1.0)]
        alerts = []
        for reading in readings:
            self.position += 1
            alerts += self.judge.step(reading, self.position).transitions
        return [alert for alert in alerts if alert.rule != "Watchdog"]


def test_one_skipped_batch_among_many_events_pages_and_then_ends() -> None:
    watched = Watched()
    for _ in range(2):
        assert watched.pass_a_minute(200) == []
    watched.skip(3)
    (alert,) = watched.pass_a_minute(200)
    assert (alert.rule, alert.state, alert.severity) == (
        "pipeline_batch_skipped",
        "firing",
        "critical",
    )
    assert (alert.labels["topic"], alert.value) == ("predictions", 3.0)
    assert alert.annotations["summary"].startswith("3 events on predictions are in record batches")
    later = [alert for _ in range(5) for alert in watched.pass_a_minute(200)]
    assert [(one.rule, one.state) for one in later] == [("pipeline_batch_skipped", "resolved")]


def test_few_single_rejects_do_not_page() -> None:
    watched = Watched()
    watched.pass_a_minute(200)
    # A batch that was not whole to begin with: nothing of it lies behind what was counted.
    watched.log.kept.count(Read([], np.array([], np.int64), [], [], (Skipped(0, 5, "old"),), 0))
    assert [alert for _ in range(4) for alert in watched.pass_a_minute(200)] == []
