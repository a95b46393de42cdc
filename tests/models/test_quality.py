import math

import numpy as np
import pytest

from streamgauge.models.quality import gates, measure
from streamgauge.models.target import Target

TARGET = Target(name="t", unit="s", transform="identity", mae_below=2.0, within=1.0)


def test_quality_by_hand() -> None:
    # Errors 1, 1, 4, 0 against truths whose distances from 4 are 3, 1, 1, 3.
    truth, said = np.array([1.0, 3.0, 5.0, 7.0]), np.array([2.0, 2.0, 1.0, 7.0])

    found = measure(truth, said, 4.0, TARGET, np.array([0.5, 0.7, 0.1, 0.7]))

    assert (found.mae, found.rows, found.within) == (1.5, 4, 0.75)
    assert found.rmse == pytest.approx(math.sqrt(18 / 4))
    assert found.r2 == pytest.approx(1 - 18 / 20)
    assert found.skill == pytest.approx(1.5 / 2)
    assert found.confidence == pytest.approx(0.5)


def test_a_small_error_without_skill_fails() -> None:
    truth = np.array([1.0, 1.1, 0.9, 1.0])

    found = measure(truth, truth + 0.05, 1.0, TARGET, None)

    assert [(gate.name, gate.passed) for gate in gates(found, TARGET)] == [
        ("mae", True),
        ("skill", False),
    ]


def test_a_truth_that_never_varies_has_no_skill() -> None:
    truth = np.ones(4)

    found = measure(truth, truth, 1.0, TARGET, None)

    assert (found.skill, found.r2) == (1.0, 0.0)
