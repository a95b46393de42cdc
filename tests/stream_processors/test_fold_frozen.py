"""Windows of a model version that has a reference: counted on its grid from a time on."""

from random import Random

import numpy as np
import pytest
from tests.metrics.event import MINUTE, T0, cut, prediction
from tests.metrics.frozen import fields, grids, reference
from tests.stream_processors.partition_log import (
    SETTINGS,
    Log,
    Published,
    Reader,
    closed,
    finals,
    measures,
)

from streamgauge.contracts.codec import decode, encode
from streamgauge.contracts.measure import Measure
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.summary import Summary
from streamgauge.metrics import frozen_grid, grid
from streamgauge.metrics.closed import Feature, read_closed
from streamgauge.metrics.column import Floats
from streamgauge.metrics.rollup import DAY, HOUR
from streamgauge.metrics.schema import Grids
from streamgauge.settings import Settings, Window

EFFECTIVE = T0 + 2 * MINUTE
AGES = [float(one) for one in np.random.default_rng(1).normal(40, 5, 2_000)]
REFERENCE = reference(fields(age=AGES), effective=EFFECTIVE)
REGIONS = Settings(window=Window(dimensions=("region",), declared={"region": ("eu",)}))


def events(random: Random, minutes: int = 5, each: int = 40) -> list[Prediction]:
    return [
        prediction(
            number,
            at=number * MINUTE // each,
            features={"age": random.gauss(42, 6), "new": float(number)},
            dimensions={"region": random.choice(("eu", "us"))},
        )
        for number in range(minutes * each)
    ]


def told(
    parts: list[list[Prediction]], known: list[Grids], settings: Settings = SETTINGS
) -> Published:
    """What is published of partitions, of which each has a book of its own; `merge` knows all."""
    reader = Reader(len(parts), settings=settings, grids=grids(REFERENCE))
    for place, (part, book) in enumerate(zip(parts, known, strict=True)):
        log = Log(settings=settings, grids=book)
        for batch in cut(Random(place), part):
            reader.take(log.add(batch), 0.0, place)
        # A restart reads its own rows again, and a base holds them.
        reader.take(log.rebase(), 0.0, place)
        log.acquire()
        reader.take(log.add([], idle=T0 + DAY + HOUR), 0.0, place)
    return reader.publish(0.0)


def ages(published: Published, window: str) -> dict[int, Feature]:
    return {
        one.start: read_closed(decode(Summary, encode(one))).features["age"]
        for one in closed(published, window)
        if one.profile and one.labels.keys() == {"model", "version"}
    }


def sent(made: list[Prediction], begin: int, end: int) -> Floats:
    held = [one.features["age"] for one in made if begin <= one.ts < end]
    return np.array(held, np.float64)


def test_windows_are_counted_on_the_grid_from_the_time_that_the_reference_says() -> None:
    # Seed 2.
    made = events(Random(2))
    published = told([made], [grids(REFERENCE)])
    plan = frozen_grid.plan(REFERENCE.schema["age"])  # type: ignore[arg-type]  # a Number
    for start, feature in ages(published, "1m").items():
        numbers = sent(made, start, start + MINUTE)
        frozen = start >= EFFECTIVE
        cells = frozen_grid.cell(plan, numbers) if frozen else grid.cell(numbers)
        assert feature.frozen == (REFERENCE.grid[:16] if frozen else "")
        assert feature.grid.tolist() == np.bincount(cells // 32, minlength=16).tolist()
        assert feature.groups.tolist() == feature.grid.tolist()
        out = (numbers < min(AGES)) | (numbers > max(AGES))
        assert feature.out == (out.sum() if frozen else 0)
    assert len(ages(published, "1m")) == 5


def test_an_hour_in_which_a_grid_takes_effect_has_both_and_mixes_nothing() -> None:
    # Seed 3.
    made = events(Random(3))
    published = told([made], [grids(REFERENCE)])
    for window, width in (("1h", HOUR), ("1d", DAY)):
        (feature,) = (one for start, one in ages(published, window).items() if start <= T0)
        numbers = sent(made, EFFECTIVE, T0 - T0 % width + width)
        cells = frozen_grid.cell(frozen_grid.plan(REFERENCE.schema["age"]), numbers)  # type: ignore[arg-type]  # a Number
        assert feature.grid.tolist() == np.bincount(cells, minlength=512).tolist()
        assert feature.groups.tolist() == feature.grid.reshape(16, 32).sum(axis=1).tolist()
        every = sent(made, T0, T0 + HOUR)
        assert feature.known == len(every)
        assert (feature.low, feature.high) == (every.min(), every.max())
        assert feature.total == pytest.approx(every.sum() * 1e6, abs=len(every))
    names = {name for one in published if isinstance(one, Measure) for name in one.values}
    assert {name for name in names if "\x1f" in name} == set()


def test_partitions_that_learn_of_a_reference_at_different_times_add_up() -> None:
    # Seed 4.
    made = events(Random(4))
    published = told([made[::2], made[1::2]], [grids(REFERENCE), Grids()])
    late = ages(published, "1m")[EFFECTIVE]
    mine = sent(made[::2], EFFECTIVE, EFFECTIVE + MINUTE)
    assert int(late.grid.sum()) == len(mine)
    assert late.known == len(sent(made, EFFECTIVE, EFFECTIVE + MINUTE))
    (hour,) = (
        one
        for one in published
        if isinstance(one, Measure) and one.source == "features" and one.window == "1h"
    )
    assert hour.values['feature_count{feature="age"}'] == len(made)
    every = sent(made, T0, T0 + HOUR)
    for share in (0.05, 0.5, 0.95):
        shown = hour.values[f'feature_value{{feature="age",quantile="{share}"}}']
        assert shown == pytest.approx(np.quantile(every, share), rel=0.1)


@pytest.mark.parametrize("settings", [SETTINGS, REGIONS])
def test_however_the_stream_is_cut_into_partitions_it_says_the_same(settings: Settings) -> None:
    # Seed 5.
    made = events(Random(5))
    answers = []
    for count in (1, 3):
        parts = [made[place::count] for place in range(count)]
        published = told(parts, [grids(REFERENCE)] * count, settings)
        whole = {
            (one.window, one.start, *one.labels.values()): one
            for one in published
            if isinstance(one, Summary)
        }
        answers.append((finals(published), whole))
    assert answers[0] == answers[1]


def test_a_segment_is_counted_on_the_grid_of_its_version() -> None:
    # Seed 6.
    made = events(Random(6))
    published = told([made], [grids(REFERENCE)], REGIONS)
    eu = [one for one in made if one.dimensions["region"] == "eu"]
    (one,) = (
        one
        for one in closed(published, "1m")
        if one.labels.get("region") == "eu" and one.start == EFFECTIVE
    )
    feature = read_closed(one).features["age"]
    assert feature.frozen == REFERENCE.grid[:16]
    assert feature.known == len(sent(eu, EFFECTIVE, EFFECTIVE + MINUTE))


def test_without_references_nothing_is_different() -> None:
    # Seed 7.
    made = events(Random(7))
    published = told([made], [Grids()])
    assert {one.frozen for one in ages(published, "1h").values()} == {""}
    assert measures(published)
