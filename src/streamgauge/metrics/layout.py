"""Several metrics side by side in one row of cells, so that a whole batch is one addition."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamgauge.metrics.base import B, Marks, Metric, Named
from streamgauge.metrics.category import Counts
from streamgauge.metrics.column import Ints


class Added(NamedTuple):
    """Events `place` add to cells `cell`: first those that add one, then those that add `amount`.

    The last `len(amount)` entries of `place` and `cell` are the ones that add an amount.
    """

    place: Ints
    cell: Ints
    amount: Ints

    def only(self, wanted: NDArray[np.bool_]) -> "Added":
        """What is left when only some events count; `wanted` has one entry an event."""
        held = wanted[self.place]
        ones = len(self.place) - len(self.amount)
        return Added(self.place[held], self.cell[held], self.amount[held[ones:]])


class Layout(Generic[B]):
    """Where the cells of each metric stand in a row; the first metric counts the events."""

    def __init__(self, metrics: Iterable[Metric[B]], named: Iterable[Named[B]] = ()) -> None:
        self.metrics = tuple(metrics)
        self.named = tuple(named)
        self.limits = {one.name: one.limit for one in self.named}
        ends = [int(end) for end in np.cumsum([metric.width for metric in self.metrics])]
        self.width = ends[-1]
        self._slices = tuple(
            slice(end - metric.width, end) for metric, end in zip(self.metrics, ends, strict=True)
        )

    @property
    def brief(self) -> "Layout[B]":
        """What of it is kept for each value of a dimension as well."""
        return Layout(
            (metric for metric in self.metrics if metric.brief),
            (named for named in self.named if named.brief),
        )

    @property
    def signature(self) -> dict[str, int]:
        """The widths of the metrics by name, in order: what a reader of the cells must know."""
        return {metric.name: metric.width for metric in self.metrics}

    def marks(self, batch: B) -> dict[str, list[Marks]]:
        """What a batch adds, by metric; a layout with fewer metrics can lay it out as well."""
        return {metric.name: list(metric.marks(batch)) for metric in self.metrics}

    def lay(self, marks: Mapping[str, Sequence[Marks]], size: int) -> Added:
        """Marks of `size` events as cells of this row."""
        everyone = np.arange(size)
        ones: tuple[list[Ints], list[Ints]] = ([], [])
        more: tuple[list[Ints], list[Ints], list[Ints]] = ([], [], [])
        for metric, part in zip(self.metrics, self._slices, strict=True):
            for cell, place, amount in marks[metric.name]:
                kind = ones if amount is None else more
                kind[0].append(everyone if place is None else place)
                kind[1].append(cell + part.start)
                if amount is not None:
                    more[2].append(amount)
        amounts = np.concatenate(more[2]) if more[2] else np.zeros(0, np.int64)
        return Added(np.concatenate(ones[0] + more[0]), np.concatenate(ones[1] + more[1]), amounts)

    def names(self, batch: B) -> dict[str, Sequence[str | None]]:
        """The names that the events carry, of those named metrics that any event has one for."""
        columns = {named.name: named.column(batch) for named in self.named}
        return {
            name: column
            for name, column in columns.items()
            if any(one is not None for one in column)
        }

    def values(self, cells: Ints, names: Mapping[str, Counts], seconds: float) -> dict[str, float]:
        """All measures of a window that is `seconds` long."""
        values: dict[str, float] = {}
        for metric, part in zip(self.metrics, self._slices, strict=True):
            values |= metric.values(cells[part], seconds)
        for named in self.named:
            if counts := names.get(named.name):
                values |= named.values(counts, int(cells[0]))
        return values

    def samples(self, cells: Ints, names: Mapping[str, Counts]) -> dict[str, int]:
        """How many observations stand behind each name of `values`."""
        samples: dict[str, int] = {}
        for metric, part in zip(self.metrics, self._slices, strict=True):
            samples |= metric.samples(cells[part])
        for named in self.named:
            if counts := names.get(named.name):
                samples |= named.samples(counts, int(cells[0]))
        return samples

    def remap(self, cells: Ints, signature: Mapping[str, int]) -> Ints:
        """Indices of cells under another signature; -1 for those of metrics that are not known.

        A metric that has been added since has no cells there. One that is not known here, or has
        another width, was written by a newer version or under other settings.
        """
        if list(signature.items()) == list(self.signature.items()):
            return cells
        here = dict(zip(self.signature, self._slices, strict=True))
        table = np.full(sum(signature.values()), -1, np.int64)
        start = 0
        for name, width in signature.items():
            part = here.get(name)
            if part is not None and part.stop - part.start == width:
                table[start : start + width] = np.arange(part.start, part.stop)
            start += width
        return np.asarray(table[cells])
