"""True numbers stand on the cells of predicted ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.metrics.confusion import Confusion, truths
from streamgauge.metrics.label_column import arrived, cohort
from streamgauge.metrics.label_value import LabelValue
from streamgauge.metrics.prediction import PredictionValue

from .event import counted as counted_predictions
from .event import prediction
from .labelled import EXTREMES, counted, label, values

numbers = st.lists(
    st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(EXTREMES), max_size=20
)


@given(numbers)
def test_truths_fall_into_the_cells_of_predictions(some: list[float]) -> None:
    mine = counted(LabelValue(), arrived([label(one) for one in some]))
    events = [prediction(prediction=one) for one in some]
    if events:
        assert mine.tolist() == counted_predictions(PredictionValue(), events).tolist()
    else:
        assert not mine.any()


def test_the_mean_and_quantiles_of_truths_are_told() -> None:
    told = values(LabelValue(), [label(float(one)) for one in range(1, 101)])
    assert told["label_value_mean"] == pytest.approx(50.5, abs=1e-3)
    assert told['label_value{quantile="0.5"}'] == pytest.approx(50, rel=0.026)
    assert values(LabelValue(), [label("cat", "cat")]) == {}


def test_a_corrected_truth_leaves_its_day() -> None:
    first = label(3.0)
    better = label(8.0, verdict="correction", old_truth=3.0, old_at=first.at)
    both = counted(LabelValue(), cohort([first, better]))
    assert both.tolist() == counted(LabelValue(), cohort([label(8.0)])).tolist()
    assert LabelValue().values(counted(LabelValue(), cohort([better])), 1.0) == {}


def test_truths_by_class_are_those_of_the_confusion() -> None:
    held = [label("a", "b"), label("a", "a"), label("b", "a")]
    names = [name for name in Confusion().column(arrived(held)) if name is not None]
    counts = {name: names.count(name) for name in names}
    assert truths(counts) == {"a": 2, "b": 1}
    assert truths({"a\x1fb": 0, "__other__": 4}) == {"__other__": 4}
    assert np.array(list(truths({}).values())).size == 0
