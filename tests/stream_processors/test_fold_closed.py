"""What detectors get of a closed window is what the fold has added up itself."""

from random import Random

import numpy as np
import pytest
from tests.metrics.event import MINUTE, T0, prediction
from tests.metrics.labelled import label
from tests.stream_processors.partition_log import Log, Published, Reader, closed, measures

from streamgauge.archive.record import READERS
from streamgauge.contracts.codec import decode, encode
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.summary import Summary
from streamgauge.contracts.topics import TOPICS
from streamgauge.metrics import grid
from streamgauge.metrics.category import LIMIT
from streamgauge.metrics.closed import read_closed
from streamgauge.metrics.label_summary import LABEL_METRICS
from streamgauge.metrics.profile import HALF, HIGH, KNOWN, LOW, NULL, SCALE, TEXT, ProfileTable
from streamgauge.metrics.rollup import DAY, HOUR
from streamgauge.metrics.sample import FEATURES, SIZE, Draw, Drawn, Features, carried
from streamgauge.metrics.series_table import SeriesTable, rule
from streamgauge.metrics.summary import FULL
from streamgauge.stream_processors.closing import Window, close_series

SERIES = ("price", "1")
WIDTHS = {"1m": (0, MINUTE), "1h": (3, HOUR), "1d": (4, DAY)}


def events(random: Random, number: int, features: int = 4) -> list[Prediction]:
    """Predictions of a minute whose features are numbers, texts and nothing."""

    def value(place: int) -> float | str | None:
        if place == 0:
            return random.choice(("a", "b", 'c"'))
        return None if random.random() < 0.1 else random.gauss(place, 3.0)

    return [
        prediction(
            one,
            at=random.randrange(MINUTE),
            latency_ms=random.uniform(1, 50),
            prediction=random.choice(("cat", "dog")),
            features={f"f{place}": value(place) for place in range(features)},
        )
        for one in range(number)
    ]


def told(batches: list[list[Prediction]], watermark: int) -> tuple[Reader, Published]:
    """Events of two partitions, and all that is told when it is as late as that."""
    reader, logs = Reader(2), [Log(), Log()]
    for number, batch in enumerate(batches):
        reader.take(logs[number % 2].add(batch), 0.0, number % 2)
    for place, log in enumerate(logs):
        reader.take(log.add([], idle=watermark), 0.0, place)
    return reader, reader.publish(0.0)


@pytest.mark.parametrize("window", WIDTHS)
def test_the_integers_of_a_closed_window_are_those_of_the_fold(window: str) -> None:
    # Seed 3.
    random = Random(3)
    level, width = WIDTHS[window]
    start = T0 - T0 % width
    reader, published = told([events(random, 200) for _ in range(3)], start + width)
    whole = reader.fold._view(level, start)
    (one,) = closed(published, window)
    back = read_closed(decode(Summary, encode(one)))
    row = whole.series.column("cells")[whole.series.rows[SERIES]]
    assert list(back.cells) == list(FULL.signature)
    assert np.concatenate(list(back.cells.values())).tolist() == row.tolist()
    assert back.cells["traffic"].tolist() == [600] == [one.count]
    assert back.names == whole.series.names[SERIES]
    assert sorted(back.features) == ["f0", "f1", "f2", "f3"]
    for name, feature in back.features.items():
        key = (*SERIES, name)
        place = whole.profile.rows[key]
        stats = whole.profile.column("stats")[place]
        assert (feature.known, feature.null, feature.text) == tuple(stats[[KNOWN, NULL, TEXT]])
        assert feature.total == int(stats[HIGH]) * HALF + int(stats[LOW])
        assert feature.low == whole.profile.column("low")[place, 0]
        assert feature.high == whole.profile.column("high")[place, 0]
        assert feature.grid.tolist() == whole.profile.column("grid")[place].tolist()
        assert len(feature.grid) == (grid.COARSE if window == "1m" else grid.CELLS)
        assert feature.categories == whole.profile.categories.get(key, {})


def test_the_grid_counts_what_was_sent() -> None:
    # Seed 5.
    made = events(Random(5), 500)
    sent = np.array([one.features["f1"] for one in made if one.features["f1"] is not None])
    day = T0 - T0 % DAY
    _, published = told([made], day + DAY)
    fine = read_closed(closed(published, "1h")[0]).features["f1"]
    assert fine.grid.tolist() == np.bincount(grid.cell(sent), minlength=grid.CELLS).tolist()
    assert (fine.low, fine.high) == (sent.min(), sent.max())
    assert fine.known + fine.null == 500
    assert fine.total == pytest.approx(sent.sum() * SCALE, abs=len(sent))
    coarse = read_closed(closed(published, "1m")[0]).features["f1"]
    groups = np.bincount(grid.cell(sent) // (grid.CELLS // grid.COARSE), minlength=grid.COARSE)
    assert coarse.grid.tolist() == groups.tolist()


def test_only_the_narrowest_hours_and_days_of_models_are_told_whole() -> None:
    some = events(Random(1), 20)
    one = prediction(99, dimensions={"region": "eu"}, features={"f0": 1.0})
    _, published = told([[*some, one], [prediction(98, purpose="training")]], T0 + 2 * DAY)
    whole = [one for one in published if isinstance(one, Summary) and one.profile]
    assert {(one.window, one.base) for one in whole} == {("1m", True), ("1h", False), ("1d", False)}
    assert {tuple(one.labels) for one in whole} == {("model", "version")}
    for summary in published:
        if isinstance(summary, Summary):
            assert read_closed(summary).cells
            assert bool(summary.sample.id) == summary.base
    assert {one.window for one in published if isinstance(one, Summary)} == {"1m", "1h", "1d"}


def test_the_archive_keeps_days_only() -> None:
    _, published = told([events(Random(1), 20)], T0 + 2 * DAY)
    read, keep = READERS["summaries"]
    summaries = [encode(one) for one in published if isinstance(one, Summary)]
    rows = [row for row in map(keep, read(summaries).events) if row is not None]
    assert len(summaries) == 3
    assert [b'"1d"' in row.body and b"profile" not in row.body for row in rows] == [True]


def test_a_summary_without_integers_holds_nothing() -> None:
    bare = Summary(labels={}, window="1m", start=0, end=1, count=0)
    assert read_closed(bare) == ({}, {}, {})


@pytest.mark.parametrize("features", [8, 20, 512])
def test_a_closed_window_fits_its_topic(features: int) -> None:
    made = events(Random(features), 1_000, features)
    _, published = told([made], T0 + 2 * DAY)
    sizes = {one.window: len(encode(one)) for one in published if isinstance(one, Summary)}
    assert max(sizes.values()) < TOPICS["summaries"].max_message_bytes / 4


def test_strangers_cannot_make_a_record_that_its_topic_refuses() -> None:
    # Seed 11.
    random = Random(11)
    texts: Features = {f"f{number}": "\U00020000" * 999 for number in range(100)}
    table = ProfileTable(fine=True)
    keys = [(*SERIES, f"f{number}") for number in range(300)]
    table.place(keys)
    for key in keys:
        names = (random.randbytes(64).hex() for _ in range(LIMIT))
        table.add_categories(key, dict.fromkeys(names, 1))
    series = SeriesTable(FULL, rule())
    series.place([SERIES])
    drawn = (
        Drawn(at, "\U00020000" * 30 + str(at), T0, None, None, 0, carried([texts])[0])
        for at in range(SIZE)
    )
    series.add_draw(SERIES, Draw.of(drawn))
    minute = Window(MINUTE, T0, final=True, base=True)
    summary = close_series(series, SERIES, minute, {"model": "price"}, "predictions", table)
    assert len(summary.sample.features) == FEATURES
    assert len(encode(summary)) < TOPICS["summaries"].max_message_bytes * 0.95
    features = read_closed(summary).features
    assert features
    assert len(features) + summary.left_out == 300
    assert len(next(iter(features.values())).categories) == LIMIT


def test_the_narrowest_windows_of_outcomes_are_told_of_whole_models() -> None:
    labels = [
        label(float(at), at + 0.5, model="price", at=T0 + at * 1_000, dimensions={"region": "eu"})
        for at in range(200)
    ]
    log, reader = Log("outcomes"), Reader(topic="outcomes")
    reader.take(log.add(labels), 0.0)
    reader.take(log.add([], idle=T0 + 2 * DAY), 0.0)
    summaries = [one for one in reader.publish(0.0) if isinstance(one, Summary)]
    assert {one.source for one in summaries} == {"outcomes"}
    base = [one for one in summaries if one.base]
    assert [one.labels for one in base] == [{"model": "price", "version": "1"}] * 4
    assert {one.window for one in summaries if not one.base} == {"1d"}
    for one in base:
        back = read_closed(decode(Summary, encode(one)))
        here = [held for held in labels if one.start <= held.at < one.end]
        assert one.count == len(here)
        assert list(back.cells) == [metric.name for metric in LABEL_METRICS]
        assert back.cells["label_value"][1:].sum() == len(here)
        assert back.features == {}
        assert not one.sample.id


def test_the_sample_carries_features_and_how_often_an_id_came() -> None:
    made = events(Random(4), 20)
    _, published = told([made, made[:5]], T0 + MINUTE)
    (one,) = closed(published)
    sample = decode(Summary, encode(one)).sample
    sent = {event.id: event.features for event in made}
    assert sorted(sample.id) == sorted(sent)
    for name, column in sample.features.items():
        assert column == [sent[each][name] for each in sample.id]
    assert sample.seen == [2 if each in {f"p{at}" for at in range(5)} else 1 for each in sample.id]
    (measure,) = measures(published)
    assert measure.values["prediction_duplicate_ratio"] == pytest.approx(0.2)
