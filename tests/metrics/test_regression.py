import math

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score
from tests.metrics.labelled import label, values

from streamgauge.metrics.regression import Regression
from streamgauge.metrics.residual import Residual

RANDOM = np.random.default_rng(11)


@pytest.mark.parametrize(("shift", "spread"), [(0.0, 1.0), (5.0, 300.0), (-1e6, 1e3)])
def test_errors_are_those_of_scikit_learn(shift: float, spread: float) -> None:
    truth = RANDOM.normal(shift, spread, 2_000)
    predicted = truth + RANDOM.normal(spread / 10, spread / 3, 2_000)
    said = values(
        Regression(), [label(t, p) for t, p in zip(truth.tolist(), predicted.tolist(), strict=True)]
    )
    # Each number is off by at most half a millionth.
    near = pytest.approx
    assert said["model_mae"] == near(mean_absolute_error(truth, predicted), abs=1e-6)
    rmse = math.sqrt(mean_squared_error(truth, predicted))
    assert said["model_rmse"] == near(rmse, abs=1e-6)
    assert said["model_bias"] == near(float((predicted - truth).mean()), abs=1e-6)
    assert said["model_r2"] == near(r2_score(truth, predicted), abs=2e-6)
    assert said['model_skill{baseline="mean"}'] == near(1 - rmse / truth.std(), abs=2e-6)


def test_whole_numbers_are_exact_where_floats_cancel() -> None:
    # Truths of a billion that differ by one: sums of squares in floats have no digit left for it.
    truth = [1e9 - 2 + n % 2 for n in range(10)]
    said = values(Regression(), [label(t, t + 0.5) for t in truth])
    assert said == {
        "model_mae": 0.5,
        "model_rmse": 0.5,
        "model_bias": 0.5,
        "model_r2": 0.0,
        'model_skill{baseline="mean"}': 0.0,
    }


def test_one_label_and_equal_truths_have_no_r2() -> None:
    assert values(Regression(), [label(3.0, 5.0)]) == {
        "model_mae": 2.0,
        "model_rmse": 2.0,
        "model_bias": 2.0,
    }
    assert "model_r2" not in values(Regression(), [label(3.0, 5.0), label(3.0, 1.0)])


def test_a_perfect_model_has_no_error_and_full_skill() -> None:
    said = values(Regression(), [label(1.0, 1.0), label(2.0, 2.0)])
    assert said["model_mae"] == said["model_rmse"] == said["model_bias"] == 0.0
    assert said["model_r2"] == said['model_skill{baseline="mean"}'] == 1.0


def test_huge_numbers_count_as_the_largest() -> None:
    assert values(Regression(), [label(-1e308, 1e308)])["model_mae"] == 1e9


def test_residuals_are_within_two_and_a_half_percent_and_keep_their_sign() -> None:
    errors = RANDOM.normal(2.0, 30.0, 5_000)
    said = values(Residual(), [label(0.0, error) for error in errors.tolist()])
    for share in (0.05, 0.5, 0.95):
        true = float(np.quantile(errors, share, method="inverted_cdf"))
        assert said[f'model_residual{{quantile="{share}"}}'] == pytest.approx(true, rel=0.026)
    size = float(np.quantile(np.abs(errors), 0.95, method="inverted_cdf"))
    assert said['model_absolute_error{quantile="0.95"}'] == pytest.approx(size, rel=0.026)


def test_classes_have_no_residual() -> None:
    assert values(Residual(), [label("a", "b")]) == values(Regression(), [label("a", 1.0)]) == {}
