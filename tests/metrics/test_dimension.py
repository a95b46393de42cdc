"""Predictions and their labels are counted by the same dimensions."""

from typing import Any

import pytest
from tests.metrics.event import DIMENSIONS, folded, prediction
from tests.metrics.labelled import label

from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics.dimension import FIELDS, valued
from streamgauge.metrics.label import Label
from streamgauge.metrics.label_fold import add_labels
from streamgauge.metrics.label_summary import label_shape
from streamgauge.metrics.pending import Pending
from streamgauge.metrics.rollup import Rollup
from streamgauge.metrics.window import Widths
from streamgauge.settings import Window

MINUTE = 60_000
FIELD_VALUES: dict[str, Any] = {"endpoint": "/price", "experiment": "colour", "arm": "treatment"}


def labels_by_dimension(labels: list[Label]) -> set[tuple[str, ...]]:
    pending = Pending(Rollup(label_shape({}, MINUTE), Widths(MINUTE, 0, MINUTE), (MINUTE,)))
    add_labels(pending, labels, None, DIMENSIONS)
    return {key[2:] for total in pending.totals.values() for key in total.brief.rows}


def predictions_by_dimension(events: list[Prediction]) -> set[tuple[str, ...]]:
    return {key[2:] for total in folded([events]).totals.values() for key in total.brief.rows}


def test_the_cohort_of_an_experiment_is_a_dimension_of_predictions_and_of_their_labels() -> None:
    fields = FIELD_VALUES | {"dimensions": {"region": "eu"}}
    expected = {("region", "eu"), *FIELD_VALUES.items()}
    assert predictions_by_dimension([prediction(1, **fields), prediction(2)]) == expected
    assert labels_by_dimension([label(1.0, 1.0, **fields), label(1.0, 1.0)]) == expected


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_a_field_holds_whatever_the_dimensions_say(field: str) -> None:
    said: dict[str, Any] = {"dimensions": {field: "said"}}
    assert not predictions_by_dimension([prediction(1, **said)])
    assert not labels_by_dimension([label(1.0, 1.0, **said)])
    both = said | {field: "meant"}
    assert predictions_by_dimension([prediction(1, **both)]) == {(field, "meant")}
    assert labels_by_dimension([label(1.0, 1.0, **both)]) == {(field, "meant")}


def test_a_dimension_that_nobody_has_is_none() -> None:
    events = [prediction(1, arm="b"), prediction(2, dimensions={"tier": "x"})]
    told = dict(valued(events, ("region", "arm", "tier", "endpoint")))
    assert told == {"arm": ["b", None], "tier": [None, "x"]}


def test_what_was_asked_for_is_counted_where_the_settings_say_nothing() -> None:
    asked = {"environment", "segment", "feature_group", "region", "cohort", "arm"}
    assert asked <= set(Window().dimensions)
