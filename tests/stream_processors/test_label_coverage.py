"""How many predictions a day had stands in their state log: labels come weeks later."""

import pytest
from tests.metrics.event import MINUTE, T0, prediction
from tests.metrics.labelled import label
from tests.stream_processors.partition_log import SETTINGS, STALL_S, Log, Placed, end

from streamgauge.contracts.measure import Measure
from streamgauge.metrics.rollup import DAY
from streamgauge.metrics.total import Total
from streamgauge.stream_processors.closing import Window
from streamgauge.stream_processors.fold_state import StateFold
from streamgauge.stream_processors.log_record import Base
from streamgauge.stream_processors.shown import Predicted, Shown
from streamgauge.stream_processors.source import SOURCES, widths

WEEK = 7 * DAY
KNOWN = {"model": "price"}


class Merge:
    """Both folds, as `merge` has them."""

    def __init__(self, partitions: int = 1) -> None:
        predicted: dict[int, Predicted] = {}
        self.folds = {
            topic: StateFold(
                topic,
                partitions if topic == "predictions" else 1,
                SOURCES[topic].shape(SETTINGS),
                widths(SETTINGS.window),
                SOURCES[topic].telling(SETTINGS),
                stall=STALL_S,
                wide=0.0,
                now=0.0,
                predicted=predicted,
            )
            for topic in ("predictions", "outcomes")
        }

    def take(self, topic: str, records: list[Placed], partition: int = 0) -> None:
        for offset, record in records:
            self.folds[topic].take(partition, offset, record, 0.0)

    def coverage(self) -> dict[int, float]:
        """What is told now of each day."""
        told = [one for fold in self.folds.values() for one in fold.publish(0.0)]
        return {
            one.start: one.values["label_coverage_ratio"]
            for one in told
            if isinstance(one, Measure) and one.source == "coverage"
        }


def week() -> tuple[Log, Log]:
    """Ten predictions a day for a week, bases in between; labels of the first day at the end."""
    predictions, outcomes = Log(), Log("outcomes")
    for day in range(7):
        at = day * DAY
        predictions.add([prediction(day * 10 + one, at=at + one * MINUTE) for one in range(10)])
        predictions.rebase()
    predictions.add([], idle=T0 + WEEK)
    predictions.rebase()
    outcomes.add([label(**KNOWN, at=T0 + WEEK) for _ in range(3)])
    return predictions, outcomes


def newest_base(log: Log) -> list[Placed]:
    """What is read by who starts at the newest base."""
    places = [place for place, one in log.records if isinstance(one, Base) and one.part == 0]
    return log.records[places[-1] :]


def first_day() -> int:
    return T0 - T0 % DAY


def test_labels_of_an_earlier_day_are_covered_after_a_restart_from_a_later_base() -> None:
    predictions, outcomes = week()
    always, restarted = Merge(), Merge()
    always.take("predictions", predictions.records)
    restarted.take("predictions", newest_base(predictions))
    for merge in (always, restarted):
        merge.take("outcomes", outcomes.records)
        assert merge.coverage() == {first_day(): 0.3}
    more = outcomes.add([label(**KNOWN, at=T0 + WEEK + 1)])
    for merge in (always, restarted):
        merge.take("outcomes", more[-1:])
        assert merge.coverage() == {first_day(): 0.4}


def test_an_owner_that_takes_over_goes_on_counting_the_day() -> None:
    predictions, outcomes = week()
    predictions.acquire()
    predictions.add([prediction(99, at=WEEK + MINUTE)])
    predictions.rebase()
    outcomes.add([label(**KNOWN, ts=T0 + WEEK, at=T0 + WEEK + MINUTE)])
    merge = Merge()
    merge.take("predictions", newest_base(predictions))
    merge.take("outcomes", outcomes.records)
    assert merge.coverage() == {first_day(): 0.3, first_day() + WEEK: 1.0}


def test_days_are_those_of_all_partitions() -> None:
    one, other, outcomes = Log(), Log(), Log("outcomes")
    one.add([prediction(number) for number in range(3)])
    other.add([prediction(3), prediction(4, purpose="training")], idle=end(1))
    outcomes.add([label(**KNOWN)])
    merge = Merge(2)
    merge.take("predictions", one.records, 0)
    merge.take("predictions", other.records, 1)
    merge.take("outcomes", outcomes.records)
    assert merge.coverage() == {first_day(): 0.25}


def test_a_day_is_forgotten_when_no_label_can_come_any_more() -> None:
    log = Log()
    log.add([prediction(1)])
    days = log.kept.held.sums.cohort
    assert days is not None
    for number in range(1, 60):
        log.add([prediction(number, at=number * DAY)])
    horizon = SETTINGS.receipt.horizon_days
    assert horizon < len(days.starts(0)) <= horizon + 7


def test_a_day_is_told_as_final_once_when_its_last_label_has_had_its_time() -> None:
    log, merge = Log("outcomes"), Merge()
    log.add([label(**KNOWN)])
    merge.take("outcomes", log.records)
    told: list[bool] = []
    for day in (1, SETTINGS.receipt.horizon_days, SETTINGS.receipt.horizon_days + 3, 60):
        done = len(log.records)
        log.add([], idle=first_day() + day * DAY)
        merge.take("outcomes", log.records[done:])
        shown = merge.folds["outcomes"].publish(0.0)
        told += [one.final for one in shown if isinstance(one, Measure) and "by" in one.labels]
    assert told == [False, True]


def test_a_day_costs_a_base_a_few_bytes() -> None:
    many, one = Log(), Log()
    for number in range(35):
        many.add([prediction(number, at=number * DAY)])
    one.add([prediction(34, at=34 * DAY)])
    sizes = [sum(map(len, log.sums.dump(log.kept.held.sums))) for log in (many, one)]
    assert sizes[0] - sizes[1] < 35 * 200


@pytest.mark.parametrize("number", [0, 3])
def test_predictions_have_no_measures_of_their_days(number: int) -> None:
    log = Log()
    log.add([prediction(one) for one in range(number)], idle=end(1))
    merge = Merge()
    merge.take("predictions", log.records)
    told = list(merge.folds["predictions"].publish(0.0))
    assert not [one for one in told if "by" in one.labels]


@pytest.mark.parametrize(
    ("labels", "final", "stage"),
    [(3, False, "provisional"), (300, False, "partial"), (3, True, "final")],
)
def test_a_day_says_how_far_its_truth_is_known(labels: int, final: bool, stage: str) -> None:
    total = Total(SOURCES["outcomes"].shape(SETTINGS).of_days())
    total.series.place([("price", "1")])
    total.series.column("cells")[0, 0] = labels
    window = Window(DAY, 0, final=final, base=False, cohort=True)
    shown = Shown("outcomes", SOURCES["outcomes"].telling(SETTINGS))
    (told,) = shown.cover(total, window, 1.0, {("price", "1"): 400})
    assert told.values == {
        "label_coverage_ratio": labels / 400,
        f'label_stage{{stage="{stage}"}}': 1.0,
    }
