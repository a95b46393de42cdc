import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score
from tests.dataset import columns, numbers

from streamgauge.detectors.cbpe import CELLS, Cbpe, Estimate

Floats = NDArray[np.float64]

REFERENCE, ANALYSIS = "synthetic_car_loan_reference", "synthetic_car_loan_analysis"
# The predictions of the car-loan set say yes from .65 on.
CAR_LOAN = Cbpe(threshold=0.65)
# NannyML's documentation, "Tutorial - Estimating Standard Performance Metrics - Binary
# Classification": CBPE of car-loan in chunks of 5,000, to the six places it prints.
PUBLISHED_AUC = (970744, 971011, 971407, 971091, 971123, 961090, 961825, 961073, 962533, 961316)
PUBLISHED_F1 = (943030, 941324, 943574, 943159, 944204, 911753, 911766, 911661, 913763, 914751)
PUBLISHED_ACCURACY = (941792, 943321, 945492, 944816, 944645)


def cell(score: Floats) -> NDArray[np.int64]:
    return np.rint(score * (CELLS - 1)).astype(np.int64)


def labelled(score: Floats, truth: Floats) -> dict[int, int]:
    """The cells of a score histogram, as a reference has them."""
    cells, counts = np.unique(cell(score) + CELLS * (truth > 0.5), return_counts=True)
    return dict(zip(cells.tolist(), counts.tolist(), strict=True))


def histogram(score: Floats) -> NDArray[np.int64]:
    return np.bincount(cell(score), minlength=CELLS)


def row_wise(score: Floats, called: Floats, fitted: IsotonicRegression) -> dict[str, float]:
    """The published method, one prediction after the other: the oracle."""
    chance = fitted.predict(score)
    right = np.where(called > 0.5, chance, 1.0 - chance)
    hits = right[called > 0.5].sum()
    wrong = (1.0 - right).sum()
    rates = [(0.0, 0.0)]
    for edge in np.unique(score)[::-1]:
        above = score >= edge
        rates.append(
            ((1.0 - chance[above]).sum() / (1.0 - chance).sum(), chance[above].sum() / chance.sum())
        )
    false_rate, true_rate = np.array(rates).T
    return {
        "accuracy": right.mean(),
        "precision": hits / (called > 0.5).sum(),
        "recall": hits / chance.sum(),
        "f1": 2 * hits / (2 * hits + wrong),
        "auc": np.trapezoid(true_rate, false_rate),
    }


@pytest.fixture(scope="module")
def chances() -> Floats:
    found = CAR_LOAN.calibrate(
        labelled(numbers(REFERENCE, "y_pred_proba"), numbers(REFERENCE, "repaid"))
    )
    assert found is not None
    return found


def chunks(column: str, name: str = ANALYSIS) -> list[Floats]:
    return np.split(numbers(name, column), 10)


def test_car_loan_is_estimated_as_nannyml_publishes_it(chances: Floats) -> None:
    held = [CAR_LOAN.estimate(histogram(score), chances) for score in chunks("y_pred_proba")]
    told = [one for one in held if one is not None]
    assert tuple(round(1e6 * (one.auc or 0)) for one in told) == PUBLISHED_AUC
    assert tuple(round(1e6 * (one.f1 or 0)) for one in told) == PUBLISHED_F1
    assert tuple(round(1e6 * one.accuracy) for one in told[:5]) == PUBLISHED_ACCURACY


def test_the_expected_confusion_matrix_is_that_of_nannymls_own_tests() -> None:
    # NannyML, tests/performance_estimation/CBPE/test_cbpe_metrics.py: its synthetic sample in
    # chunks of 20,000 and 30,000. The predictions of this set say yes from .48 on.
    sample = "synthetic_sample_reference"
    cbpe = Cbpe(threshold=0.48)
    fitted = cbpe.calibrate(
        labelled(numbers(sample, "y_pred_proba"), numbers(sample, "work_home_actual"))
    )
    assert fitted is not None
    score = numbers("synthetic_sample_analysis", "y_pred_proba")
    first = cbpe.estimate(histogram(score[:20_000]), fitted)
    last = cbpe.estimate(histogram(score[20_000:]), fitted)
    assert first is not None
    assert last is not None
    near = 1e-6
    assert first.true_positives == pytest.approx(9488.96406430504, rel=near)
    assert first.true_negatives == pytest.approx(9468.107941981285, rel=near)
    assert last.false_positives == pytest.approx(1267.8197989638852, rel=near)
    assert last.false_negatives == pytest.approx(994.4018804500995, rel=near)
    assert (first.f1, last.f1) == pytest.approx((0.9479079222515973, 0.9278089207836576), abs=near)
    auc = (0.9711057564966745, 0.9636286015592977)
    assert (first.auc, last.auc) == pytest.approx(auc, abs=1e-5)


def test_california_housing_is_estimated_as_nannyml_publishes_it() -> None:
    # NannyML's documentation, "Examples California Housing": the AUC of March and April 2022.
    name = "california_housing"
    fitted = Cbpe().calibrate(
        labelled(
            numbers(f"{name}_reference", "y_pred_proba"), numbers(f"{name}_reference", "clf_target")
        )
    )
    assert fitted is not None
    score = numbers(f"{name}_analysis", "y_pred_proba")
    for rows, published in ((slice(6_552, 7_296), 0.829077), (slice(7_296, 8_016), 0.910661)):
        told = Cbpe().estimate(histogram(score[rows]), fitted)
        assert told is not None
        assert told.auc == pytest.approx(published, abs=1e-6)


def test_scores_off_the_grid_are_estimated_as_row_by_row_within_a_thousandth() -> None:
    # Those that lie less than half a cell below the threshold are taken for a yes.
    random = np.random.default_rng(20261121)
    score, drifted = random.beta(2, 2, 20_000), random.beta(2, 4, 20_000)
    truth = (random.random(20_000) < score**2).astype(np.float64)
    cbpe = Cbpe()
    fitted = cbpe.calibrate(labelled(score, truth))
    assert fitted is not None
    told = cbpe.estimate(histogram(drifted), fitted)
    exact = IsotonicRegression(out_of_bounds="clip").fit(score, truth)
    expected = row_wise(drifted, (drifted >= 0.5).astype(np.float64), exact)
    for name, value in expected.items():
        assert getattr(told, name) == pytest.approx(value, abs=1e-3), name


def test_car_loan_is_estimated_as_row_by_row(chances: Floats) -> None:
    exact = IsotonicRegression(out_of_bounds="clip").fit(
        numbers(REFERENCE, "y_pred_proba"), numbers(REFERENCE, "repaid")
    )
    for score, called in zip(chunks("y_pred_proba"), chunks("y_pred"), strict=True):
        told = CAR_LOAN.estimate(histogram(score), chances)
        for name, value in row_wise(score, called, exact).items():
            assert getattr(told, name) == pytest.approx(value, abs=1e-9), name


def test_the_estimates_are_close_to_what_the_late_labels_of_car_loan_say(chances: Floats) -> None:
    truths = chunks("repaid", "synthetic_car_loan_analysis_target")
    gaps: dict[str, list[float]] = {"accuracy": [], "f1": [], "auc": []}
    for score, called, truth in zip(chunks("y_pred_proba"), chunks("y_pred"), truths, strict=True):
        told = CAR_LOAN.estimate(histogram(score), chances)
        assert told is not None
        gaps["accuracy"].append(abs(told.accuracy - accuracy_score(truth, called)))
        gaps["f1"].append(abs((told.f1 or 0) - f1_score(truth, called)))
        gaps["auc"].append(abs((told.auc or 0) - roc_auc_score(truth, score)))
        assert abs(told.accuracy - accuracy_score(truth, called)) < 4 * told.error
    assert all(np.mean(gap) <= 0.0035 for gap in gaps.values())


def test_the_fixture_has_what_it_is_said_to_have() -> None:
    assert len(columns(ANALYSIS)["id"]) == len(columns(REFERENCE)["id"]) == 50_000
    assert ((numbers(ANALYSIS, "y_pred_proba") >= 0.65) == numbers(ANALYSIS, "y_pred")).all()


def test_of_many_classes_the_accuracy_is_the_mean_calibrated_confidence() -> None:
    # NannyML's credit-card set: from row 30,000 on features and concept drift, so that the truth is
    # even worse than what confidence alone can tell.
    reference = columns("mc_reference")
    classes = ["prepaid_card", "highstreet_card", "upmarket_card"]

    def confidence(name: str) -> Floats:
        found = np.max([numbers(name, f"y_pred_proba_{one}") for one in classes], axis=0)
        return np.asarray(found, np.float64)

    hit = np.array(reference["y_pred"]) == np.array(reference["y_true"])
    sure = confidence("mc_reference")
    place = np.searchsorted(np.linspace(0, 1, 11)[1:-1], sure)
    cells: dict[int, int] = {}
    for at in range(10):
        cells[2 * at] = int((~hit[place == at]).sum())
        cells[2 * at + 1] = int(hit[place == at].sum())
        cells[20 + at] = round(1e6 * float(sure[place == at].sum()))
    fitted = Cbpe().calibrate_confidence(cells)
    assert fitted is not None
    truth = np.array(columns("mc_analysis_gt")["y_true"])
    realised = truth == np.array(columns("mc_analysis")["y_pred"])
    parts = np.split(confidence("mc_analysis"), 10)
    held = [Cbpe().estimate_confidence(histogram(part), fitted) for part in parts]
    told = [one.accuracy for one in held if one is not None and one.auc is None]
    known = [float(part.mean()) for part in np.split(realised, 10)]
    assert told[:5] == pytest.approx(known[:5], abs=0.01)
    assert max(told[5:]) < min(told[:5]) - 0.1
    assert max(known[5:]) < min(told[5:])


def test_too_few_labels_or_one_class_alone_calibrate_nothing() -> None:
    cbpe = Cbpe(least=100)
    assert cbpe.calibrate({}) is None
    assert cbpe.calibrate({500: 10_000}) is None
    assert cbpe.calibrate({CELLS + 500: 10_000}) is None
    assert cbpe.calibrate({100: 49, CELLS + 900: 50}) is None
    assert cbpe.calibrate({100: 50, CELLS + 900: 50}) is not None
    assert cbpe.calibrate_confidence({}) is None


def test_strange_cells_are_not_counted() -> None:
    cbpe = Cbpe(least=100)
    plain = {100: 60, 900: 10, CELLS + 100: 10, CELLS + 900: 60}
    strange = plain | {-1: 99, 2 * CELLS: 10**15, 500: -7}
    first, second = cbpe.calibrate(plain), cbpe.calibrate(strange)
    assert first is not None
    assert np.array_equal(first, np.asarray(second))


def test_an_empty_window_has_no_estimate_and_one_sample_has() -> None:
    half = np.full(CELLS, 0.5)
    scores = np.zeros(CELLS, np.int64)
    assert Cbpe().estimate(scores, half) is None
    assert Cbpe().estimate_confidence(scores, half) is None
    scores[7] = 1
    told = Cbpe().estimate(scores, half)
    assert told == Estimate(
        samples=1,
        accuracy=0.5,
        error=0.5,
        recall=0.0,
        f1=0.0,
        auc=0.5,
        true_negatives=0.5,
        false_negatives=0.5,
    )
    scores[7] = -1
    assert Cbpe().estimate(scores, half) is None


def test_rates_of_nothing_are_absent() -> None:
    scores = np.zeros(CELLS, np.int64)
    scores[0] = 10
    told = Cbpe().estimate(scores, np.zeros(CELLS))
    assert told is not None
    assert told.values() == {"model_estimated_accuracy": 1.0}
    assert told.error == 0.0


def test_huge_counts_stay_finite() -> None:
    told = Cbpe().estimate(np.full(CELLS, 2**52), np.linspace(0, 1, CELLS))
    assert told is not None
    assert all(np.isfinite(value) for value in told.values().values())


def test_estimates_and_parameters_travel() -> None:
    told = Cbpe().estimate(np.ones(CELLS, np.int64), np.linspace(0, 1, CELLS))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(told), type=Estimate) == told
    cbpe = Cbpe(threshold=0.3)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(cbpe), type=Cbpe) == cbpe
