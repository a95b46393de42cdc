"""Several metrics side by side in one row of cells, so that a whole batch is one addition."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, NamedTuple

import numpy as np

from streamgauge.metrics.base import B, Metric, Named
from streamgauge.metrics.category import Counts
from streamgauge.metrics.column import Ints


class Added(NamedTuple):
    """Events `place` add to cells `cell`: first those that add one, then those that add `amount`.

    The last `len(amount)` entries of `place` and `cell` are the ones that add an amount.
    """

    place: Ints
    cell: Ints
    amount: Ints


class Layout(Generic[B]):
    """Where the cells of each metric stand in a row; the first metric counts the events."""

    def __init__(self, metrics: Iterable[Metric[B]], named: Iterable[Named[B]] = ()) -> None:
        self.metrics = tuple(metrics)
        self.named = tuple(named)
        ends = [int(end) for end in np.cumsum([metric.width for metric in self.metrics])]
        self.width = ends[-1]
        self._slices = tuple(
            slice(end - metric.width, end) for metric, end in zip(self.metrics, ends, strict=True)
        )

    @property
    def signature(self) -> dict[str, int]:
        """The widths of the metrics by name, in order: what a reader of the cells must know."""
        return {metric.name: metric.width for metric in self.metrics}

    def marks(self, batch: B, size: int) -> Added:
        """What `size` events of a batch add."""
        everyone = np.arange(size)
        places: list[Ints] = []
        cells: list[Ints] = []
        late: tuple[list[Ints], list[Ints], list[Ints]] = ([], [], [])
        for metric, part in zip(self.metrics, self._slices, strict=True):
            for cell, place, amount in metric.marks(batch):
                of = everyone if place is None else place
                if amount is None:
                    places.append(of)
                    cells.append(cell + part.start)
                else:
                    late[0].append(of)
                    late[1].append(cell + part.start)
                    late[2].append(amount)
        amounts = np.concatenate(late[2]) if late[2] else np.zeros(0, np.int64)
        return Added(np.concatenate(places + late[0]), np.concatenate(cells + late[1]), amounts)

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
            if names.get(named.name):
                samples[named.name] = int(cells[0])
        return samples

    def remap(self, cells: Ints, signature: Mapping[str, int]) -> Ints | None:
        """Indices of cells under another version's signature; None where it knows more than we.

        A metric that has been added since has no cells there; one that is not known here, or has
        another width, means that the row was written by a newer version.
        """
        if dict(signature) == self.signature:
            return cells
        here = dict(zip(self.signature, self._slices, strict=True))
        table = np.empty(sum(signature.values()), np.int64)
        start = 0
        for name, width in signature.items():
            part = here.get(name)
            if part is None or part.stop - part.start != width:
                return None
            table[start : start + width] = np.arange(part.start, part.stop)
            start += width
        return table[cells]
