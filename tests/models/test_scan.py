"""Against the table in the requirements, "The two models of seed 001".

Forests of 300 trees, leaf >= 2, shuffled 5-fold cross-validation, measured with scikit-learn 1.9.1
over 12 seeds (150 records) and 4 seeds (600 and 1500). The generator's formulas come from there.
"""

from typing import NamedTuple

import numpy as np
import pytest

from streamgauge.models import forest
from streamgauge.models.feature import learn, matrix
from streamgauge.models.forest import VARIANTS
from streamgauge.models.predictor import Predictor
from streamgauge.models.scan import CATEGORIES, NUMBERS, PROFILES, scans
from streamgauge.models.target import TARGETS, Floats


def rows_of(records: int, seed: int, drift: float = 0.0) -> list[dict[str, object]]:
    names = (*NUMBERS, *CATEGORIES, *(target.name for target in TARGETS))
    return [{n: getattr(scan, n) for n in names} for scan in scans(records, seed, drift)]


def cross_validated(records: int, seed: int, drift: float = 0.0) -> dict[str, Floats]:
    """Per target: MAE of the forest and of the median, over all five folds."""
    rows = rows_of(records, seed, drift)
    x = matrix(rows, learn(rows, NUMBERS, CATEGORIES))  # type: ignore[arg-type]  # rows hold numbers and text
    folds = np.random.default_rng(seed).permutation(records) % 5
    found = {}
    for target in TARGETS:
        y = np.array([row[target.name] for row in rows], dtype=np.float64)
        said = np.empty(records)
        for fold in range(5):
            unseen = folds == fold
            fitted = forest.fit(x[~unseen], y[~unseen], target, VARIANTS["deep"], seed)
            model = Predictor(fitted, transform=target.transform)
            said[unseen] = model.predict(x[unseen])[0]
        found[target.name] = np.array([np.abs(said - y).mean(), np.abs(y - np.median(y)).mean()])
    return found


class Row(NamedTuple):
    records: int
    seeds: int
    empty: float
    median_count: float
    median_seconds: float
    found: tuple[float, float]
    seconds: float


TABLE = [
    Row(150, 4, 0.19, 14.8, 6.0, (6.4, 10.4), 1.9),
    Row(600, 2, 0.17, 14.4, 5.8, (5.6, 6.6), 1.1),
    Row(1500, 1, 0.17, 14.7, 6.0, (5.4, 6.2), 0.8),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.records} records")
def test_forests_err_as_the_requirements_measured(row: Row) -> None:
    """Here with 100 trees and fewer seeds: seeds 0, 1, ..."""
    found = [cross_validated(row.records, seed) for seed in range(row.seeds)]
    counts = np.mean([one["result_count"] for one in found], axis=0)
    times = np.mean([one["duration_s"] for one in found], axis=0)
    made = [scan for seed in range(row.seeds) for scan in scans(row.records, seed)]

    assert row.found[0] <= counts[0] <= row.found[1]
    assert times[0] == pytest.approx(row.seconds, rel=0.2)
    # The figures without a range: a mean over few seeds lies within 15 %.
    assert counts[1] == pytest.approx(row.median_count, rel=0.15)
    assert times[1] == pytest.approx(row.median_seconds, rel=0.15)
    empty = np.mean([scan.result_count == 0 for scan in made])
    assert empty == pytest.approx(row.empty, abs=0.04)


def test_drift_moves_two_features_and_shrinks_the_error() -> None:
    # Source: the same section: with d = 1 the MAE of the counts falls, for counts shrink.
    still, moved = scans(600, 3), scans(600, 3, drift=1.0)

    for before, after in zip(still, moved, strict=True):
        assert after.min_score == pytest.approx(before.min_score + 0.1)
        assert after.activity == pytest.approx(before.activity * np.exp(0.6), rel=1e-4)
    for name in set(NUMBERS) - {"min_score", "activity"}:
        assert [getattr(scan, name) for scan in still] == [getattr(scan, name) for scan in moved]
    first, then = cross_validated(600, 3), cross_validated(600, 3, drift=1.0)
    assert then["result_count"][0] < first["result_count"][0]


def test_the_same_seed_gives_the_same_history() -> None:
    assert scans(200, 11) == scans(200, 11)
    assert scans(200, 11) != scans(200, 12)


def test_history_has_the_shares_and_the_order_that_it_promises() -> None:
    history = scans(6000, 5)

    stamps = [scan.timestamp for scan in history]
    assert stamps == sorted(stamps)
    assert len({scan.scan_id for scan in history}) == len(history)
    for profile, (share, median) in PROFILES.items():
        sizes = [scan.universe_size for scan in history if scan.profile == profile]
        assert len(sizes) / len(history) == pytest.approx(share, abs=0.02)
        assert np.median(sizes) == pytest.approx(median, rel=0.05)
    assert np.mean([scan.cache_warm for scan in history]) == pytest.approx(0.78, abs=0.02)
    assert max(scan.n_filters for scan in history) <= 6
    for scan in history:
        assert (scan.time_to_first_result_s is None) == (scan.result_count == 0)
        assert scan.time_to_first_result_s is None or scan.time_to_first_result_s < scan.duration_s
