"""Labels that the tests of the label metrics count."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from streamgauge.metrics.base import Metric
from streamgauge.metrics.column import Ints
from streamgauge.metrics.confusion import Confusion
from streamgauge.metrics.label import Label
from streamgauge.metrics.label_column import LabelColumns, arrived

T0 = 1_760_000_040_000
EXTREMES = (1e308, -1e308, 0.0, -0.0, 5e-324, 1e9, -1e9)


def label(truth: float | str = 1.0, prediction: float | str | None = 1.0, **fields: Any) -> Label:
    """A label whose truth came a minute after its prediction."""
    known: dict[str, Any] = {"verdict": "label", "model": "m", "version": "1"}
    known |= {"ts": T0, "at": T0 + 60_000, "truth": truth, "prediction": prediction}
    return Label(**(known | fields))


def truths() -> st.SearchStrategy[float | str]:
    """All that a stranger may call the truth."""
    return (
        st.sampled_from(EXTREMES)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.sampled_from(("cat", "dog", "yes", "no", "1", "x" * 300, '"\\', "__other__"))
    )


def labels() -> st.SearchStrategy[Label]:
    """First labels of all tasks."""
    return st.builds(
        label,
        truths(),
        st.none() | truths(),
        ts=st.integers(T0, T0 + 10_000),
        at=st.integers(T0 - 1_000, T0 + 1_000_000_000),
        task=st.sampled_from((None, "regression", "classification", "score")),
        confidence=st.none() | st.floats(0.0, 1.0),
        score=st.none() | st.floats(0.0, 1.0),
    )


def counted(metric: Metric[LabelColumns], batch: LabelColumns) -> Ints:
    """The cells of a metric for rows of one series and window."""
    return np.asarray(metric.count(batch, np.zeros(len(batch), np.int64), 1)[0])


def values(metric: Metric[LabelColumns], held: Sequence[Label]) -> dict[str, float]:
    """What a metric says of labels as they arrived."""
    return metric.values(counted(metric, arrived(held)), 60.0)


def confusion(held: Sequence[Label]) -> dict[str, float]:
    """What the confusion matrix says of labels as they arrived."""
    names = Confusion().column(arrived(held))
    return Confusion().values(Counter(name for name in names if name is not None), len(held))
