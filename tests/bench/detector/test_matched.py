import numpy as np
import pytest

from streamgauge.bench.detector.matched import TIMES, adwins, match_adwin, rates

SEED = 20261121
# An error rate of .1 in 100 windows of 50, then one of .5.
LEAP = [5] * 100 + [25] * 20


def test_both_find_a_leap_within_two_windows_and_see_nothing_before_it() -> None:
    for alarms in (rates, adwins(0.002)):
        first = next(alarms(iter(LEAP), np.random.default_rng(SEED)))
        assert 100 < first <= 102


def test_who_is_less_strict_has_more_false_alarms() -> None:
    random = np.random.default_rng(SEED)
    calm = random.binomial(50, 0.1, 10_000).tolist()
    loose, strict = (sum(1 for _ in adwins(delta)(iter(calm), random)) for delta in (0.9, 1e-6))
    assert loose > strict == 0


def test_the_comparison_says_how_it_was_made() -> None:
    found = match_adwin(100_000, 10, SEED)
    assert 0.0 < found.delta < 0.1
    # At most one false alarm of ADWIN's in 100,000 events where the e-process has none.
    assert found.adwin_false <= max(found.rate_false, 10.0)
    assert set(found.rate_delays) == set(found.adwin_delays) == set(TIMES)
    figures = found.figures()
    assert figures["matched_slower"] == pytest.approx(
        max(found.rate_delays[x] / found.adwin_delays[x] for x in TIMES)
    )
    # Medians of ten, far from what is promised: an order of magnitude.
    assert figures["matched_rate_delay_x3"] <= figures["matched_rate_delay_x1_5"] <= 3_000
