import numpy as np
import pytest

from streamgauge.detectors.importance import ImportanceDrift

DRIFT = ImportanceDrift()


def test_the_same_importances_in_another_unit_are_the_same() -> None:
    found = DRIFT.judge({"a": 5, "b": 3, "c": 2}, {"a": 0.5, "b": 0.3, "c": 0.2})
    assert not found.active
    assert found.distance == pytest.approx(0)
    assert found.rank_correlation == pytest.approx(1)
    assert found.values["importance_rank_correlation"] == pytest.approx(1)


def test_the_feature_that_changed_most_comes_first_and_new_ones_count() -> None:
    found = DRIFT.judge({"a": 0.6, "b": 0.4}, {"b": 0.3, "c": 0.7})
    assert found.active
    assert found.distance == pytest.approx(0.7)
    assert [part.name for part in found.parts] == ["c", "a", "b"]
    assert [part.score for part in found.parts] == pytest.approx([0.7, -0.6, -0.1])
    assert sum(part.share for part in found.parts) == pytest.approx(1)
    assert found.text == "c had 0% of the importance and has 70%"


def test_the_rank_correlation_is_spearmans() -> None:
    # d = 0 2 1 1: 1 - 6 * 6 / (4 * 15).
    found = DRIFT.judge({"a": 4, "b": 3, "c": 2, "d": 1}, {"a": 4, "b": 1, "c": 3, "d": 2})
    assert found.rank_correlation == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("before", "after"),
    [({}, {}), ({"a": 1.0}, {}), ({"a": 0.0}, {"a": 1.0}), ({"a": np.nan}, {"a": -1.0})],
)
def test_without_importances_nothing_is_said(
    before: dict[str, float], after: dict[str, float]
) -> None:
    found = DRIFT.judge(before, after)
    assert not found.active
    assert found.values == {}


def test_huge_importances_are_shares_too() -> None:
    found = DRIFT.judge({"a": 1e308, "b": 1e308}, {"a": 1e308, "b": 1e308, "c": 5e-324})
    assert found.distance == pytest.approx(0)
