"""Declared values of a dimension have profiles of their own."""

from random import Random

import msgspec
import numpy as np
import pytest
from tests.metrics.event import T0, cut, prediction
from tests.stream_processors.partition_log import (
    SETTINGS,
    Log,
    Published,
    Reader,
    closed,
    end,
    finals,
)

from streamgauge.contracts.measure import Measure
from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics.closed import read_closed
from streamgauge.metrics.rollup import DAY, HOUR
from streamgauge.settings import Settings, Window

DECLARED = msgspec.structs.replace(
    SETTINGS,
    window=Window(
        dimensions=("region", "endpoint"),
        declared={"region": ("eu", "us"), "endpoint": ("/v1",), "unmeasured": ("x",)},
    ),
)
REGIONS = ("eu", "us", "moon", None)


def events(random: Random, number: int) -> list[Prediction]:
    """Predictions of two models in regions with different features, on two endpoints."""
    made = []
    for one in range(number):
        region = random.choice(REGIONS)
        value = random.gauss(10.0 if region == "eu" else -10.0, 1.0)
        made.append(
            prediction(
                one,
                at=one * 500,
                model=random.choice(("price", "rank")),
                features={"age": value, "kind": random.choice(("a", "b"))},
                dimensions={"unmeasured": "x"} | ({"region": region} if region else {}),
                endpoint=random.choice(("/v1", "/v2")),
            )
        )
    return made


def told(made: list[Prediction], settings: Settings = DECLARED) -> tuple[Reader, Published]:
    log, reader = Log(settings=settings), Reader(settings=settings)
    reader.take(log.add(made), 0.0)
    reader.take(log.add([], idle=T0 + 2 * HOUR), 0.0)
    return reader, reader.publish(0.0)


def features(published: Published) -> dict[tuple[str, ...], Measure]:
    """The measures of features of an hour, by the values of the labels."""
    return {
        tuple(one.labels.values()): one
        for one in published
        if isinstance(one, Measure) and one.source == "features" and one.window == "1h"
    }


def test_features_of_a_declared_value_are_told_with_its_label() -> None:
    # Seed 1.
    made = events(Random(1), 100)
    _, published = told(made)
    found = features(published)
    models = ("price", "rank")
    places = ((), ("eu",), ("us",), ("/v1",))
    assert set(found) == {(model, "1", *place) for model in models for place in places}
    for model in models:
        labels = found[model, "1", "eu"].labels
        assert labels == {"model": model, "version": "1", "region": "eu"}
        for region, mean in (("eu", 10.0), ("us", -10.0)):
            values = found[model, "1", region].values
            sent = [
                float(one.features["age"] or 0.0)
                for one in made
                if one.model == model and one.dimensions.get("region") == region
            ]
            assert values['feature_count{feature="age"}'] == len(sent)
            assert values['feature_mean{feature="age"}'] == pytest.approx(np.mean(sent), abs=1e-5)
            assert values['feature_mean{feature="age"}'] == pytest.approx(mean, abs=2.0)
            assert values['feature_value{feature="age",quantile="0.5"}']
    assert found["price", "1", "/v1"].labels["endpoint"] == "/v1"


def test_a_closed_window_of_a_declared_value_travels_whole() -> None:
    # Seed 2.
    made = events(Random(2), 100)
    _, published = told(made)
    for window in ("1m", "1h"):
        found = {
            tuple(one.labels.values()): read_closed(one)
            for one in closed(published, window)
            if one.start <= T0 < one.end
        }
        assert ("price", "1", "moon") not in found
        segment = found["price", "1", "eu"]
        sent = [
            one
            for one in made
            if one.model == "price" and one.dimensions.get("region") == "eu" and one.ts < end(1)
        ]
        assert segment.cells["traffic"].tolist() == [len(sent)]
        assert int(segment.features["age"].grid.sum()) == segment.features["age"].known
        assert segment.features["age"].known == len(sent)
        assert sum(segment.features["kind"].categories.values()) == len(sent)


def test_without_declared_values_there_are_none() -> None:
    reader, published = told(events(Random(3), 100), SETTINGS)
    assert {len(key) for key in features(published)} == {2}
    assert {len(key) for key in reader.fold._view(4, T0 - T0 % DAY).profile.rows} == {3}


def test_however_the_stream_is_cut_a_segment_says_the_same() -> None:
    # Seed 4.
    random = Random(4)
    made = events(random, 120)
    answers = []
    for partitions in (1, 3):
        logs = [Log(settings=DECLARED) for _ in range(partitions)]
        reader = Reader(partitions, settings=DECLARED)
        published: Published = []
        for number, batch in enumerate(cut(random, made)):
            place = number % partitions
            reader.take(logs[place].add(batch), 0.0, place)
            if random.random() < 0.5:
                reader.take(logs[place].rebase(), 0.0, place)
                logs[place].acquire()
        for place, log in enumerate(logs):
            reader.take(log.add([], idle=T0 + 26 * HOUR), 0.0, place)
        published += reader.publish(0.0)
        whole = {(one.window, one.start, *one.labels.values()): one for one in closes(published)}
        answers.append((finals(published), whole))
    assert answers[0] == answers[1]
    assert any(key[2:] == ("price", "1", "eu") for key in answers[0][1])


def closes(published: Published) -> Published:
    return [one for one in published if not isinstance(one, Measure)]


def test_a_window_that_holds_a_segment_holds_the_model_too() -> None:
    reader, _ = told([prediction(1, features={"a": 1.0}, dimensions={"region": "eu"})], DECLARED)
    rows = reader.fold._view(4, T0 - T0 % DAY).profile.rows
    assert sorted(rows) == [("price", "1", "a"), ("price", "1", "region", "eu", "a")]
