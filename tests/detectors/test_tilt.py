import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.detectors import tilt
from streamgauge.detectors.tilt import Course

rates = st.floats(0.0, 1.0)


@given(st.floats(0.01, 2.0), rates, rates, rates)
def test_the_mean_of_an_e_value_is_at_most_one_within_the_bound(
    by: float, bound: float, share: float, low: float
) -> None:
    # A value that is `high` or `low` with chances that make its mean lie on the near side.
    mean = bound * share
    low = low * mean
    chance = (mean - low) / (1.0 - low) if low < 1.0 else 1.0
    for sign, edge in ((by, bound), (-by, 1.0 - bound)):
        one, other = (1.0, low) if sign > 0 else (0.0, 1.0 - low)
        expected = chance * math.exp(tilt.growth(sign, edge, 1, one))
        expected += (1.0 - chance) * math.exp(tilt.growth(sign, edge, 1, other))
        assert expected <= 1.0 + 1e-9


def test_for_zeros_and_ones_it_is_the_likelihood_ratio() -> None:
    by = tilt.logit(0.2) - tilt.logit(0.1)
    expected = 7 * math.log(0.2 / 0.1) + 43 * math.log(0.8 / 0.9)
    assert tilt.growth(by, 0.1, 50, 7) == pytest.approx(expected)


def test_event_by_event_it_is_the_shiryaev_roberts_statistic() -> None:
    random = np.random.default_rng(5)
    course, plain = Course(), 0.0
    by = tilt.logit(0.2) - tilt.logit(0.1)
    for value in (random.random(500) < 0.1).astype(float):
        tilt.follow(course, by, 0.1, 1, float(value), spent=1e-3)
        plain = (plain + 1e-3) * (2.0 if value else 0.8 / 0.9)
        assert math.exp(course.evidence) == pytest.approx(plain)


def test_the_likeliest_moment_of_the_change_is_where_the_run_began() -> None:
    course = Course()
    for total in [1, 1, 1, 4, 4, 4]:
        tilt.follow(course, 0.8, 0.1, 10, total, spent=1e-6)
    assert (course.count, course.total) == (30, 12)


def test_the_mean_of_statistics_neither_overflows_nor_needs_any() -> None:
    assert tilt.mean([Course(), Course()]) == -math.inf
    assert tilt.mean([Course(evidence=5e6), Course()]) == pytest.approx(5e6 - math.log(2))


@given(st.floats(0.001, 0.999))
def test_odds_lead_back_to_the_rate(rate: float) -> None:
    assert tilt.expit(tilt.logit(rate)) == pytest.approx(rate)


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_certain_rates_have_finite_odds(rate: float) -> None:
    assert math.isfinite(tilt.logit(rate))
