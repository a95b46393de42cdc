from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.models.feature import matrix
from streamgauge.models.lesson import split
from streamgauge.models.predictor import Predictor, calibrate, confidence
from streamgauge.models.registry import Registry
from streamgauge.models.shelf import serve
from streamgauge.models.target import TARGETS, Target, backward


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
@pytest.mark.parametrize("version", ["1", "2"])
def test_the_fast_way_answers_as_scikit_learn_does(
    target: Target, version: str, artifacts: Path, rows: list[dict[str, Any]]
) -> None:
    card, forest = Registry(artifacts).load(target.name, version)
    x = matrix(rows, card.features)

    values, _ = Predictor(forest, transform=card.transform).predict(x)

    assert values.tolist() == backward(forest.predict(x), card.transform).tolist()


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_confidence_is_the_share_that_is_right(
    target: Target, artifacts: Path, rows: list[dict[str, Any]]
) -> None:
    """On 150 held-out rows: as a whole within 8 points, and the surer half is right more often."""
    served = serve(Registry(artifacts), target.name, "1")
    places = split(len(rows), served.card.data.seed)[1]
    unseen = [rows[place] for place in places]
    truth = np.array([row[target.name] for row in unseen])

    values, sure = served.predictor.predict(matrix(unseen, served.card.features))

    assert sure is not None
    right = np.abs(values - truth) <= target.within
    assert sure.mean() == pytest.approx(right.mean(), abs=0.08)
    surer = sure >= np.median(sure)
    assert right[surer].mean() > right[~surer].mean() + 0.1


@given(
    errors=st.lists(st.floats(0, 1e6), min_size=1, max_size=50),
    spread=st.lists(st.floats(0, 1e6), min_size=2, max_size=20),
    within=st.floats(0, 1e6),
)
def test_confidence_is_a_share_that_falls_with_the_spread(
    errors: list[float], spread: list[float], within: float
) -> None:
    ratios = calibrate(np.array(errors), np.ones(len(errors)))

    found = confidence(np.sort(np.array(spread)), np.array(ratios), within)

    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(found) <= 1e-9).all()
