"""Reference cases of streams whose changes others have published, for river's detectors and ours.

The numbers are those of research/drift.md, section 4; each names who published it.
"""

import random
from typing import Any

import numpy as np
import pytest
from river import drift
from river.datasets import synth
from river.drift import binary
from sklearn.tree import DecisionTreeClassifier

from streamgauge.detectors.adwin import Adwin
from streamgauge.detectors.ddm import Ddm
from streamgauge.detectors.hddm_a import HddmA
from streamgauge.detectors.page_hinkley import PageHinkley
from streamgauge.detectors.rate import Rate

from .stream import alarms

ADWIN: Any = drift.ADWIN  # river's constructors are untyped
PAGE_HINKLEY: Any = drift.PageHinkley
DDM: Any = binary.DDM
HDDM_A: Any = binary.HDDMA


def raw(river: Any, values: list[float]) -> list[int]:
    found = []
    for place, value in enumerate(values):
        river.update(value)
        if river.drift_detected:
            found.append(place)
    return found


def test_case_13_the_doctests_of_river() -> None:
    made = random.Random(12345)
    drawn = made.choices([0, 1], k=1000) + made.choices(range(4, 8), k=1000)
    values = [float(value) for value in drawn]
    assert raw(ADWIN(), values) == [1023]
    assert raw(PAGE_HINKLEY(), values) == [1006]
    assert alarms(Adwin(), values)[0] - 1000 <= 48
    assert alarms(PageHinkley(), values)[0] - 1000 <= 20


def test_case_15_the_doctests_of_river_on_errors() -> None:
    made = random.Random(42)
    drawn = made.choices([0, 1], k=1000) + made.choices([0, 1], k=1000, weights=[0.3, 0.7])
    values = [float(value) for value in drawn]
    assert raw(DDM(), values) == [1334]
    assert raw(HDDM_A(), values) == [1206]
    # Ours are river's, and see falls as well as rises.
    assert 1334 in alarms(Ddm(rate=True), values)
    assert 1206 in alarms(HddmA(rate=True), values)


def test_case_16_the_stream_of_river_issue_574() -> None:
    made = np.random.RandomState(42)
    parts = [made.normal(*part, 1000) for part in ((0.8, 0.05), (0.4, 0.02), (0.6, 0.1))]
    values = np.concatenate(parts).tolist()
    assert raw(ADWIN(), values) == [1023, 2047]
    ours = alarms(Adwin(), values)
    assert len(ours) == 2
    assert 1000 < ours[0] <= 1050
    assert 2000 < ours[1] <= 2050


def test_case_20_the_stream_of_the_tests_of_frouros() -> None:
    np.random.seed(31)  # noqa: NPY002  # the stream is published with the old generator
    parts = [np.random.normal(*part, 100) for part in ((0, 0.5), (4, 0.2), (6, 0.5))]  # noqa: NPY002
    values = np.concatenate(parts).tolist()
    assert raw(PAGE_HINKLEY(min_instances=1), values) == [113, 226]
    assert raw(ADWIN(), values) == [127, 223]
    first, second = alarms(PageHinkley(warm_up=50), values)
    assert 100 < first <= 120
    assert 200 < second <= 220
    # Where ADWIN's bound holds, on 0 ... 1, the 50 values before the change are few: 93 after it.
    assert alarms(Adwin(warm_up=50), values) == [193]


MAKERS: dict[str, tuple[Any, int]] = {
    "agrawal": (synth.Agrawal, 2),
    "stagger": (synth.STAGGER, 1),
    "sine": (synth.Sine, 1),
}


@pytest.mark.parametrize(
    ("concept", "error", "page_hinkley"),
    [("agrawal", 0.53, 94), ("stagger", 0.59, 84), ("sine", 0.99, 50)],
)
def test_case_30_a_model_whose_concept_changes(
    concept: str, error: float, page_hinkley: int
) -> None:
    """The errors of a tree, by the generators of river; delays measured for research/drift.md."""
    make, other = MAKERS[concept]

    def rows(function: int, size: int, seed: int) -> tuple[list[list[float]], list[int]]:
        taken = list(make(classification_function=function, seed=seed).take(size))
        return [[float(x) for x in row.values()] for row, _ in taken], [int(y) for _, y in taken]

    tree = DecisionTreeClassifier(random_state=0).fit(*rows(0, 5000, 1))
    (calm, truth), (strange, other_truth) = rows(0, 2000, 2), rows(other, 2000, 3)
    errors = (tree.predict(calm + strange) != np.array(truth + other_truth)).astype(float)
    assert errors[2000:].mean() == pytest.approx(error, abs=0.03)
    values = errors.tolist()
    assert raw(ADWIN(), values) == [2015]
    assert raw(PAGE_HINKLEY(), values)[0] - 2000 == pytest.approx(page_hinkley, abs=10)
    assert alarms(Adwin(rate=True), values)[0] - 2000 <= 31
    assert alarms(PageHinkley(), values)[0] - 2000 <= page_hinkley
    watch = Rate(warm_up=2000)
    state = watch.start(20_000, 10 * errors[:2000].sum())
    # One batch of fifty, as published.
    assert watch.step(state, 50, errors[2000:2050].sum()) is not None
