import numpy as np
import pytest

from streamgauge.metrics.certainty import Certainty

from .event import counted, prediction

SEED = 20261121
METRIC = Certainty()


def certainty(*carried: dict[str, float]) -> dict[str, float]:
    events = [prediction(), *(prediction(probabilities=held) for held in carried)]
    return METRIC.values(counted(METRIC, events), 60.0)


def test_margin_and_entropy_are_those_of_the_textbook() -> None:
    # Cover, Thomas, "Elements of Information Theory", example 1.1.2: 2 bits.
    horses = (1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 64, 1 / 64, 1 / 64, 1 / 64)
    values = certainty({str(place): share for place, share in enumerate(horses)})
    assert values["prediction_entropy_mean"] == 2.0
    assert values["prediction_margin_mean"] == 0.25


def test_many_of_different_lengths_are_read_apart() -> None:
    random = np.random.default_rng(SEED)
    carried = [random.dirichlet(np.ones(size)) for size in random.integers(2, 9, 200)]
    values = certainty(*({str(i): float(p) for i, p in enumerate(one)} for one in carried))
    margins = [np.sort(one)[-1] - np.sort(one)[-2] for one in carried]
    entropies = [-(one * np.log2(one)).sum() for one in carried]
    assert values["prediction_margin_mean"] == pytest.approx(np.mean(margins), abs=1e-6)
    assert values["prediction_entropy_mean"] == pytest.approx(np.mean(entropies), abs=1e-6)


def test_the_order_of_the_classes_does_not_matter() -> None:
    assert certainty({"a": 0.1, "b": 0.2, "c": 0.7}) == certainty({"c": 0.7, "b": 0.2, "a": 0.1})


def test_shares_are_of_their_sum() -> None:
    assert certainty({"a": 0.4, "b": 0.4}) == certainty({"a": 0.5, "b": 0.5})
    assert certainty({"a": 0.4}) == {"prediction_margin_mean": 1.0, "prediction_entropy_mean": 0.0}


def test_without_any_probability_nothing_is_said() -> None:
    assert certainty({}, {"a": 0.0}) == {}
