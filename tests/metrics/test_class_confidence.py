import itertools
from random import Random

import numpy as np
from hypothesis import given, settings
from tests.metrics.event import folded, prediction, randoms, traffic

from streamgauge.metrics import category
from streamgauge.metrics.class_confidence import ClassConfidence
from streamgauge.metrics.column import columns
from streamgauge.metrics.layout import Layout
from streamgauge.metrics.traffic import Traffic

NAME = "prediction_class_confidence_count"


def shown(title: str, bucket: str) -> str:
    return f'{NAME}{{class="{title}",confidence_bucket="{bucket}"}}'


def told(events: list[tuple[str | float | None, float | None]]) -> dict[str, float]:
    batch = columns([prediction(prediction=said, confidence=sure) for said, sure in events])
    counts = category.tally(ClassConfidence().column(batch))
    return ClassConfidence().values(counts, len(events))


def test_predictions_are_counted_by_class_and_bucket_edges_below() -> None:
    assert told(
        [("cat", 0.0), ("cat", 0.1), ("cat", 0.11), ("cat", 0.9), ("cat", 0.91), ("dog", 0.55)]
    ) == {
        shown("cat", "0-0.1"): 2.0,
        shown("cat", "0.1-0.3"): 1.0,
        shown("cat", "0.7-0.9"): 1.0,
        shown("cat", "0.9-1"): 1.0,
        shown("dog", "0.5-0.55"): 1.0,
    }


def test_what_has_no_class_or_no_confidence_is_in_no_bucket() -> None:
    assert told([("cat", 0.5), ("cat", None), (1.0, 0.5), (None, 0.5)]) == {
        shown("cat", "0.3-0.5"): 1.0
    }


def test_a_batch_without_classes_is_not_looked_through() -> None:
    assert ClassConfidence().column(columns([prediction(prediction=7.0, confidence=0.5)])) == ()


def test_classes_beyond_the_cap_count_together_exactly_and_the_named_ones_are_whole() -> None:
    named = ClassConfidence()
    names = [f"c{number:04}" for number in range(300)]
    pairs = list(itertools.product(names, (0.05, 0.2, 0.4, 0.52, 0.6, 0.8)))
    batch = columns([prediction(prediction=said, confidence=sure) for said, sure in pairs])
    counts: dict[str, int] = {}
    column = named.column(batch)
    for place in np.random.default_rng(4).permutation(len(column)).tolist():
        counts = category.merge(counts, {str(column[place]): 1}, named.limit)
    values = named.values(counts, len(pairs))
    assert sum(values.values()) == len(pairs)
    rest = values.pop(shown("__other__", "any"))
    # 1,400 pairs have a place: 233 classes with six each, and two pairs of one that is left out.
    assert (rest, len(values)) == (6.0 * (300 - 233), 6 * 233)
    assert set(values.values()) == {1.0}


@settings(max_examples=20, deadline=None)
@given(randoms)
def test_windows_hold_them(random: Random) -> None:
    events = traffic(random, 120, gap=100)
    expected = sum(
        1 for one in events if type(one.prediction) is str and one.confidence is not None
    )
    layout = Layout((Traffic(),), (ClassConfidence(),))
    found = 0.0
    for total in folded([events]).totals.values():
        for names in total.series.names.values():
            held = {NAME: names.get(NAME, {})}
            values = layout.values(np.ones(layout.width, np.int64), held, 60.0)
            found += sum(value for name, value in values.items() if name.startswith(NAME))
    assert found == expected
