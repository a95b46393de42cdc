"""Closed windows of a stream become a reference."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.metrics.event import MINUTE, T0
from tests.metrics.frozen import fields, reference

from streamgauge.baseline.closed_window import Windows, choose
from streamgauge.baseline.period import Period
from streamgauge.baseline.pinned import TooFewError, from_samples, from_windows, spread
from streamgauge.contracts.reference import Category, Number, Reference
from streamgauge.contracts.summary import Sample, Summary
from streamgauge.metrics import frozen_grid
from streamgauge.metrics.rollup import DAY

from .stream import AGES, EVER, HELD, MADE, WINDOWS, summaries


def chosen(windows: list[Summary] = WINDOWS, period: Period = EVER) -> Windows:
    return choose(windows, "price", "1", period)


def pinned(windows: Windows, held: Reference = HELD) -> Reference:
    return from_windows("price", "1", windows, EVER, now=7, held=held)


def within(cells: dict[int, int]) -> list[int]:
    counts = np.zeros(frozen_grid.CELLS, np.int64)
    counts[list(cells)] = list(cells.values())
    return counts.tolist()


def test_a_period_with_whole_hours_has_the_exact_counts() -> None:
    found = pinned(chosen())

    field = HELD.schema["age"]
    assert isinstance(field, Number)
    assert found.features["age"].cells == frozen_grid.count(frozen_grid.plan(field), AGES)
    assert found.features["city"].names == {"ams": 1_000, "ber": 1_000, "__other__": 1_000}
    assert found.features["city"].nulls == 1_000
    assert (found.kind, found.rows, found.ts, found.grid) == ("live", 4_000, 7, HELD.grid)
    assert (found.start, found.end, found.effective) == (*EVER, T0)
    assert sum(n for cell, n in found.cells["prediction_value"].items() if cell) == 4_000


def test_minutes_alone_have_exact_groups_and_nearly_the_same_cells() -> None:
    minutes = chosen()._replace(hours=[])
    exact = np.array(within(pinned(chosen()).features["age"].cells))
    found = np.array(within(pinned(minutes).features["age"].cells))

    assert found.reshape(16, 32).sum(axis=1).tolist() == exact.reshape(16, 32).sum(axis=1).tolist()
    # Between the samples' 200 of each minute and all: what Kolmogorov and Smirnov see.
    assert np.abs(np.cumsum(found - exact)).max() / len(AGES) < 0.005
    nobody = [msgspec.structs.replace(one, sample=Sample()) for one in minutes.base]
    spread_evenly = within(pinned(minutes._replace(base=nobody)).features["age"].cells)
    assert sum(spread_evenly) == len(AGES)


def test_windows_on_another_grid_are_left_out() -> None:
    late = msgspec.structs.replace(HELD, effective=T0 + 10 * MINUTE)
    mixed = chosen(summaries(MADE, late))
    found = pinned(mixed)
    assert found.rows == 2_000
    assert sum(found.features["age"].cells.values()) == 2_000

    other = reference(fields(age=[1.0, 2.0, 3.0]))
    with pytest.raises(TooFewError, match=r"0 closed windows .* 20 more"):
        pinned(mixed, other)


def test_too_few_predictions_are_told() -> None:
    few = choose(WINDOWS, "price", "1", Period(T0, T0 + 4 * MINUTE))
    with pytest.raises(TooFewError, match=r"4 closed .* 800 predictions.* 1,000"):
        pinned(few)


def test_a_version_without_a_grid_gets_one_from_its_samples() -> None:
    found = from_samples(
        "price", "1", chosen(summaries(MADE, None)), EVER, now=7, effective=T0 + DAY
    )

    age = found.schema["age"]
    assert isinstance(age, Number)
    assert found.rows == 4_000
    assert len(age.cuts) == 15
    assert abs(age.cuts[7] - float(np.median(AGES))) < 0.05
    assert sum(found.features["age"].cells.values()) == 4_000
    assert found.schema["city"] == Category(values=["ams", "ber", "rom"], nulls=0.25)
    assert found.effective == T0 + DAY
    assert sum(n for cell, n in found.cells["prediction_value"].items() if cell) == 4_000


def test_samples_without_features_make_no_grid() -> None:
    bare = [
        msgspec.structs.replace(one, sample=msgspec.structs.replace(one.sample, features={}))
        for one in WINDOWS
    ]
    with pytest.raises(TooFewError, match="20 closed windows with 0 sampled predictions with feat"):
        from_samples("price", "1", chosen(bare), EVER, now=7, effective=0)


def test_a_window_counts_once_and_the_highest_generation_holds() -> None:
    first = chosen().base[0]
    again = msgspec.structs.replace(first, generation=1, count=1)
    other = msgspec.structs.replace(first, labels={"model": "price", "version": "2"})
    part = msgspec.structs.replace(first, labels={**first.labels, "region": "eu"})

    found = choose([first, again, first, other, part], "price", "1", EVER)

    assert found.base == [again]
    assert choose([first], "price", "1", Period(first.start + 1, first.end)).base == []


@given(
    st.lists(st.integers(0, 10_000), min_size=16, max_size=16),
    st.lists(st.integers(0, 50), min_size=512, max_size=512),
)
def test_what_is_spread_stays_in_its_group_and_adds_up(groups: list[int], shape: list[int]) -> None:
    cells = spread(np.array(groups), np.array(shape)).reshape(16, 32)
    assert cells.min() >= 0
    assert cells.sum(axis=1).tolist() == groups
    known = np.array(shape).reshape(16, 32)
    known = known[known.sum(axis=1) > 0]
    assert not cells[np.array(shape).reshape(16, 32).sum(axis=1) > 0][known == 0].any()
