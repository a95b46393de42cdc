"""What the rows of a model look like, taken in batch by batch."""

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.reference import AnyField, Category, Counted, Number
from streamgauge.metrics import category, frozen_grid
from streamgauge.metrics.base import Metric, Named
from streamgauge.metrics.catalog import METRICS, NAMED
from streamgauge.metrics.column import NAME_LENGTH, Columns, Floats, Ints, columns
from streamgauge.metrics.label import Label, Truth
from streamgauge.metrics.label_column import LabelColumns, arrived
from streamgauge.metrics.label_summary import LABEL_METRICS, LABEL_NAMED
from streamgauge.metrics.prediction_score import PredictionScore

B = TypeVar("B", Columns, LabelColumns)
Cells = dict[str, dict[int, int]]
# Of all that is measured, what rows without a service know too. Latencies, errors and delays of
# labels belong to the service; counting none of them would claim that there are none.
_SAID = {
    "prediction_value",
    "prediction_confidence",
    "text_length_characters",
    "embedding_projection",
}
_NAMED_SAID = {"prediction_class_ratio", "text_language_ratio"}
_SERVED = {"label_traffic", "label_lag_seconds"}


class Tally:
    """Counts rows with the metrics of the stream, so that both fall into the very same cells.

    `positive` names the positive class of a model, as the settings do. Values of features are kept,
    8 bytes a number, until it is known on which grid to count them.
    """

    def __init__(self, positive: Mapping[str, str] | None = None) -> None:
        self.rows = 0
        self.names: dict[str, dict[str, int]] = {}
        self._positive = dict(positive or {})
        self._score = PredictionScore(self._positive)
        self._cells: dict[str, Ints] = {}
        self._numbers: dict[str, array[float]] = {}
        self._texts: dict[str, Counter[str]] = {}
        self._features: dict[str, None] = {}

    def add(self, events: Sequence[Prediction], truths: Sequence[Truth | None]) -> None:
        """Take rows in: what was asked and said, and the truth of each where it is known."""
        if not events:
            return
        self.rows += len(events)
        for event in events:
            self._add_features(event.features)
        self._count(
            columns(events),
            [*(metric for metric in METRICS if metric.name in _SAID), self._score],
            [named for named in NAMED if named.name in _NAMED_SAID],
        )
        labels = [
            _label(event, truth, self._positive)
            for event, truth in zip(events, truths, strict=True)
            if truth is not None
        ]
        if labels:
            self._count_labels(arrived(labels, self._positive))

    @property
    def features(self) -> list[str]:
        """The features that came, in their order."""
        return list(self._features)

    @property
    def cells(self) -> Cells:
        """The counts of each metric by its cells, without those that are empty.

        They are laid out as in a closed window: where a metric keeps a sum in a cell, here too.
        """
        return {name: sparse(row) for name, row in self._cells.items() if row.any()}

    def schema(self) -> dict[str, AnyField]:
        """What each feature is: numbers if most of its values are, on a grid of their own."""
        fields: dict[str, AnyField] = {}
        for name in self._features:
            numbers, texts = self._values(name), self._texts.get(name, Counter())
            known = len(numbers) + texts.total()
            nulls = (self.rows - known) / self.rows
            if len(numbers) >= texts.total():
                fields[name] = frozen_grid.number(numbers, nulls)
            else:
                fields[name] = frozen_grid.category(list(texts.elements()), nulls)
        return fields

    def counted(self, schema: Mapping[str, AnyField]) -> dict[str, Counted]:
        """How often the values of each feature of a schema came, on the grid that it says."""
        return {name: self._counted(name, field) for name, field in schema.items()}

    def _counted(self, name: str, field: AnyField) -> Counted:
        numbers, texts = self._values(name), self._texts.get(name, Counter())
        nulls = self.rows - len(numbers) - texts.total()
        if isinstance(field, Number):
            return Counted(cells=frozen_grid.count(frozen_grid.plan(field), numbers), nulls=nulls)
        return Counted(names=known_names(field, texts), nulls=nulls)

    def _add_features(self, features: Mapping[str, float | str | None]) -> None:
        for name, value in features.items():
            self._features.setdefault(name)
            if isinstance(value, str):
                self._texts.setdefault(name, Counter())[value[:NAME_LENGTH]] += 1
            elif value is not None and math.isfinite(value):
                self._numbers.setdefault(name, array("d")).append(value)

    def _values(self, name: str) -> Floats:
        return np.frombuffer(self._numbers.get(name, array("d")), np.float64)

    def _count_labels(self, batch: LabelColumns) -> None:
        metrics = [metric for metric in LABEL_METRICS if metric.name not in _SERVED]
        self._count(batch, metrics, LABEL_NAMED)

    def _count(self, batch: B, metrics: Iterable[Metric[B]], named: Iterable[Named[B]]) -> None:
        of = np.zeros(len(batch), np.int64)
        for metric in metrics:
            row = metric.count(batch, of, 1)[0]
            held = self._cells.get(metric.name)
            self._cells[metric.name] = row if held is None else held + row
        for kind in named:
            held_names, fresh = self.names.get(kind.name, {}), category.tally(kind.column(batch))
            if held_names or fresh:
                self.names[kind.name] = category.merge(held_names, fresh, kind.limit)


def sparse(row: Ints) -> dict[int, int]:
    """The cells that are not empty.

    >>> sparse(np.array([0, 0, 7]))
    {2: 7}
    """
    places = np.flatnonzero(row)
    return dict(zip(places.tolist(), row[places].tolist(), strict=True))


def known_names(field: Category, counts: Mapping[str, int]) -> dict[str, int]:
    """Counts of names, those that the field does not know together as others."""
    known = {name: counts[name] for name in field.values if counts.get(name)}
    others = sum(counts.values()) - sum(known.values())
    return known | {category.OTHER: others} if others else known


def _label(event: Prediction, truth: Truth, positive: Mapping[str, str]) -> Label:
    named = positive.get(event.model)
    return Label(
        verdict="label",
        model=event.model,
        version=event.version,
        ts=event.ts,
        at=event.ts,
        truth=truth,
        task=event.task,
        prediction=event.prediction,
        confidence=event.confidence,
        score=(event.probabilities or {}).get(named) if named else None,
    )
