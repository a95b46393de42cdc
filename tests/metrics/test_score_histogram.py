import numpy as np
import pytest
from sklearn.metrics import (
    brier_score_loss,
    confusion_matrix,
    precision_score,
    recall_score,
    roc_auc_score,
)
from tests.metrics.labelled import counted, label, values

from streamgauge.metrics.accuracy import EDGES
from streamgauge.metrics.label_calibration import BINS, LabelCalibration
from streamgauge.metrics.label_column import arrived
from streamgauge.metrics.score_histogram import ScoreHistogram

RANDOM = np.random.default_rng(3)


def scores(size: int, places: int | None = None) -> tuple[list[float], list[float]]:
    truth = (RANDOM.random(size) < 0.2).astype(float)
    score = np.where(truth > 0, RANDOM.beta(3, 2, size), RANDOM.beta(2, 4, size))
    return truth.tolist(), (score if places is None else score.round(places)).tolist()


def test_auc_of_scores_to_three_places_is_that_of_scikit_learn() -> None:
    truth, score = scores(5_000, places=3)
    told = values(
        ScoreHistogram(), [label(t, s, task="score") for t, s in zip(truth, score, strict=True)]
    )
    assert told["model_auc"] == pytest.approx(roc_auc_score(truth, score), abs=1e-12)
    assert told["model_brier_score"] == pytest.approx(brier_score_loss(truth, score), abs=1e-12)
    assert told["model_positive_ratio"] == sum(truth) / len(truth)


def test_auc_of_any_scores_is_within_a_hundred_thousandth() -> None:
    truth, score = scores(50_000)
    told = values(
        ScoreHistogram(), [label(t, s, task="score") for t, s in zip(truth, score, strict=True)]
    )
    assert told["model_auc"] == pytest.approx(roc_auc_score(truth, score), abs=1e-5)
    assert told["model_brier_score"] == pytest.approx(brier_score_loss(truth, score), abs=1e-6)


def test_the_confidence_in_one_of_two_classes_is_the_doubt_in_the_other() -> None:
    truth, score = scores(2_000, places=3)
    told = values(
        ScoreHistogram(),
        [
            label("yes" if t else "no", "yes" if s >= 0.5 else "no", confidence=max(s, 1 - s))
            for t, s in zip(truth, score, strict=True)
        ],
    )
    assert told["model_auc"] == pytest.approx(roc_auc_score(truth, score), abs=1e-12)


def test_a_positive_class_may_have_any_name() -> None:
    held = [label("spam", "spam", score=0.9), label("ham", "ham", score=0.2)]
    assert arrived(held, {"m": "spam"}).positive.tolist() == [1, 0]
    assert arrived(held).positive.tolist() == [-1, -1]


def test_one_kind_of_truth_has_no_auc() -> None:
    told = values(ScoreHistogram(), [label(1.0, 0.9, task="score")])
    assert "model_auc" not in told
    assert told["model_positive_ratio"] == 1.0
    assert told["model_brier_score"] == pytest.approx(0.01)


@pytest.mark.parametrize("edge", EDGES)
def test_rates_at_a_threshold_are_those_of_scikit_learn(edge: float) -> None:
    truth, score = scores(5_000, places=3)
    # At the edge itself, too.
    score[:6] = EDGES
    held = [label(t, s, task="score") for t, s in zip(truth, score, strict=True)]
    told = values(ScoreHistogram(), held)
    called = [float(one >= edge) for one in score]
    at = f'{{min_score="{edge}"}}'
    assert told[f"model_score_precision{at}"] == pytest.approx(precision_score(truth, called))
    assert told[f"model_score_recall{at}"] == pytest.approx(recall_score(truth, called))
    (right, alarms), (missed, hits) = confusion_matrix(truth, called).tolist()
    assert told[f"model_score_false_positive_rate{at}"] == alarms / (alarms + right)
    assert told[f"model_score_false_negative_rate{at}"] == missed / (missed + hits)


def test_a_rate_of_nothing_is_absent() -> None:
    told = values(ScoreHistogram(), [label(1.0, 0.5, task="score")])
    assert {name for name in told if "0.5" in name} == {
        'model_score_precision{min_score="0.5"}',
        'model_score_recall{min_score="0.5"}',
        'model_score_recall{min_score="0.55"}',
        'model_score_false_negative_rate{min_score="0.5"}',
        'model_score_false_negative_rate{min_score="0.55"}',
    }
    assert told['model_score_recall{min_score="0.55"}'] == 0.0


def test_each_name_has_its_samples_once() -> None:
    held = [label(float(n % 2), n / 10, task="score") for n in range(10)]
    cells = counted(ScoreHistogram(), arrived(held))
    assert ScoreHistogram().samples(cells) == dict.fromkeys(
        (
            "model_auc",
            "model_brier_score",
            "model_positive_ratio",
            "model_score_false_negative_rate",
            "model_score_false_positive_rate",
            "model_score_precision",
            "model_score_recall",
        ),
        10,
    )


def test_calibration_error_is_the_mean_gap_over_ten_bins() -> None:
    sure = RANDOM.random(5_000).round(6)
    hit = RANDOM.random(5_000) < sure**1.5
    told = values(
        LabelCalibration(),
        [
            label("a", "a" if h else "b", confidence=c)
            for h, c in zip(hit.tolist(), sure.tolist(), strict=True)
        ],
    )
    place = np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], sure)
    gaps = [abs(sure[place == b].sum() - hit[place == b].sum()) for b in range(BINS)]
    assert told["model_calibration_error"] == pytest.approx(sum(gaps) / len(sure), abs=1e-9)
    brier = float(((sure - hit) ** 2).mean())
    assert told["model_confidence_brier_score"] == pytest.approx(brier, abs=1e-9)
