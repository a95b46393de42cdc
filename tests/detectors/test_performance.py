import msgspec
import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score
from tests.dataset import numbers
from tests.detectors.test_cbpe import CAR_LOAN, cell, histogram, labelled

from streamgauge.detectors.cbpe import CELLS
from streamgauge.detectors.level import Level, estimated, mean, rate
from streamgauge.detectors.performance import Degradation, Performance, Standing

PERFORMANCE = Performance()
HOUR = 3_600_000


def stage(labels: int, now: int) -> str:
    return PERFORMANCE.stand(labels=labels, predictions=1_000, end=0, now=now, horizon=HOUR).stage


def test_a_window_is_provisional_then_partial_then_final() -> None:
    assert [stage(0, 1), stage(249, 1), stage(250, 1), stage(1_000, HOUR - 1)] == [
        "provisional",
        "provisional",
        "partial",
        "partial",
    ]
    assert stage(1_000, HOUR) == "final"
    # No truth will come any more, however few there are.
    assert stage(3, HOUR) == "final"


def test_the_coverage_is_told_in_words() -> None:
    assert Standing(stage="final", labels=0, predictions=0).coverage == 0.0
    standing = PERFORMANCE.stand(labels=1_001, predictions=1_000, end=0, now=9, horizon=HOUR)
    assert standing.coverage == 1.0
    assert standing.text == "partial: 100 % of the truths are known"
    few = Standing(stage="provisional", labels=1, predictions=1_000)
    assert few.text == "provisional: less than 1 % of the truths are known"


def car_loan(part: int) -> tuple[Level, Level]:
    """The accuracy of a tenth of the analysis rows, by estimate and by its truths."""
    rows = slice(5_000 * part, 5_000 * part + 5_000)
    reference = "synthetic_car_loan_reference"
    chances = CAR_LOAN.calibrate(
        labelled(numbers(reference, "y_pred_proba"), numbers(reference, "repaid"))
    )
    assert chances is not None
    score = numbers("synthetic_car_loan_analysis", "y_pred_proba")[rows]
    estimate = CAR_LOAN.estimate(histogram(score), chances)
    truth = numbers("synthetic_car_loan_analysis_target", "repaid")[rows]
    hits = int((truth == (score >= 0.65)).sum())
    realised = rate(hits, 5_000)
    assert estimate is not None
    assert realised is not None
    return estimated(estimate), realised


def test_car_loan_is_worse_after_its_drift_by_estimate_and_by_truth_and_not_before() -> None:
    reference = "synthetic_car_loan_reference"
    hits = int((numbers(reference, "repaid") == numbers(reference, "y_pred")).sum())
    before = rate(hits, 50_000)
    for part in range(10):
        for level in car_loan(part):
            told = PERFORMANCE.judge("accuracy", before, level)
            assert told is not None
            assert told.worse == (part >= 5)
            if told.worse:
                assert told.effect > 0.08
                assert "accuracy is worse: 0.9" in told.text


def test_truths_known_so_far_and_chances_of_the_rest_make_one_estimate() -> None:
    # Positives are known first: what is labelled looks better than it is, the whole does not.
    reference = "synthetic_car_loan_reference"
    chances = CAR_LOAN.calibrate(
        labelled(numbers(reference, "y_pred_proba"), numbers(reference, "repaid"))
    )
    assert chances is not None
    score = numbers("synthetic_car_loan_analysis", "y_pred_proba")[:5_000]
    truth = numbers("synthetic_car_loan_analysis_target", "repaid")[:5_000]
    called = score >= 0.65
    exact = accuracy_score(truth, called), f1_score(truth, called), roc_auc_score(truth, score)
    first = np.random.default_rng(20261121).random(5_000) < np.where(truth > 0, 0.8, 0.1)
    gaps = []
    for known in (first, np.ones(5_000, np.bool_)):
        cells = cell(score[known]) + CELLS * (truth[known] > 0)
        counts = np.bincount(cells, minlength=2 * CELLS)
        told = CAR_LOAN.estimate(histogram(score), chances, counts)
        assert told is not None
        assert told.samples == 5_000
        gaps.append([abs((told.f1 or 0.0) - exact[1]), abs((told.auc or 0.0) - exact[2])])
        exactly = told.accuracy == exact[0] and told.error == 0.0
        assert exactly == bool(known.all())
    assert max(gaps[0]) < 0.01
    assert abs(f1_score(truth[first], called[first]) - exact[1]) > 0.015
    assert max(gaps[1]) < 1e-12


@pytest.mark.parametrize("size", [250, 1_000, 20_000])
def test_a_model_that_stayed_as_it_was_is_not_called_worse(size: int) -> None:
    # 20,000 windows of each size against a reference of 10,000; budget: none at 4 errors and 2 %.
    random = np.random.default_rng(20261121)
    before = rate(9_000, 10_000)
    hits = random.binomial(size, 0.9, 20_000).tolist()
    told = [PERFORMANCE.judge("accuracy", before, rate(one, size)) for one in hits]
    assert not any(one.worse for one in told if one is not None)


def test_a_drop_of_five_points_is_found_in_a_thousand_labels() -> None:
    random = np.random.default_rng(20261121)
    hits = random.binomial(1_000, 0.85, 2_000).tolist()
    told = [PERFORMANCE.judge("accuracy", rate(9_000, 10_000), rate(one, 1_000)) for one in hits]
    assert np.mean([one is not None and one.worse for one in told]) > 0.6


def test_a_loss_that_is_certain_but_small_or_large_but_uncertain_is_none() -> None:
    small = PERFORMANCE.judge("accuracy", rate(900_000, 10**6), rate(890_000, 10**6))
    assert small is not None
    assert small.certainty > 20
    assert not small.worse
    assert "hardly worse" in small.text
    vague = PERFORMANCE.judge("accuracy", rate(9_000, 10_000), rate(215, 250))
    assert vague is not None
    assert vague.loss > 0.03
    assert not vague.worse


def test_an_error_that_rises_is_worse_and_one_that_falls_is_not() -> None:
    before = mean(10_000, 20_000.0, 80_000.0)
    up, down = mean(1_000, 3_000.0, 15_000.0), mean(1_000, 1_000.0, 3_000.0)
    worse = PERFORMANCE.judge("mae", before, up, is_error=True)
    better = PERFORMANCE.judge("mae", before, down, is_error=True)
    assert worse is not None
    assert better is not None
    assert (worse.worse, worse.loss, better.worse, better.loss) == (True, 1.0, False, -1.0)
    assert "mae is as it was" in better.text


def test_too_little_says_nothing() -> None:
    assert PERFORMANCE.judge("accuracy", None, rate(9, 10)) is None
    assert PERFORMANCE.judge("accuracy", rate(9_000, 10_000), None) is None
    assert PERFORMANCE.judge("accuracy", rate(900, 999), rate(500, 1_000)) is None
    assert PERFORMANCE.judge("accuracy", rate(9_000, 10_000), rate(0, 249)) is None


def test_constants_do_not_hide_a_loss() -> None:
    told = PERFORMANCE.judge("mae", mean(1_000, 0.0, 0.0), mean(250, 500.0, 1e3), is_error=True)
    assert told is not None
    assert told.worse


def test_what_is_told_travels() -> None:
    standing = Standing(stage="partial", labels=1, predictions=2)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(standing), type=Standing) == standing
    told = PERFORMANCE.judge("accuracy", rate(9_000, 10_000), rate(500, 1_000))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(told), type=Degradation) == told
    changed = Performance(drop=0.01)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(changed), type=Performance) == changed
