"""How clearly a model prefers one class: from the probabilities of all of them."""

from collections.abc import Iterable
from itertools import chain

import numpy as np

from streamgauge.metrics.base import Marks, Metric
from streamgauge.metrics.column import Columns, Floats, Ints

_SCALE = 1e6


class Certainty(Metric[Columns]):
    """`prediction_margin_mean`: the best class less the second; `prediction_entropy_mean` in bits.

    Over the predictions that carry probabilities; these are taken as shares of their sum.
    """

    name = "prediction_certainty"
    width = 3

    def marks(self, batch: Columns) -> Iterable[Marks]:
        carried = batch.carried("probabilities")
        if carried is None:
            return ()
        place, margin, entropy = _read(carried)
        cell = np.zeros(len(place), np.int64)
        return (
            Marks(cell, place),
            Marks(cell + 1, place, np.rint(margin * _SCALE).astype(np.int64)),
            Marks(cell + 2, place, np.rint(entropy * _SCALE).astype(np.int64)),
        )

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        total, margin, entropy = cells.tolist()
        if not total:
            return {}
        return {
            "prediction_margin_mean": margin / (_SCALE * total),
            "prediction_entropy_mean": entropy / (_SCALE * total),
        }

    def samples(self, cells: Ints) -> dict[str, int]:
        names = ("prediction_margin_mean", "prediction_entropy_mean")
        return dict.fromkeys(names, int(cells[0])) if cells[0] else {}


def _read(carried: list[dict[str, float] | None]) -> tuple[Ints, Floats, Floats]:
    """Place, margin and entropy of each event whose probabilities are not all 0."""
    place = np.array([at for at, held in enumerate(carried) if held and any(held.values())], int)
    held = [carried[at] or {} for at in place.tolist()]
    size = np.array([len(one) for one in held], np.int64)
    share = np.fromiter(chain.from_iterable(one.values() for one in held), np.float64)
    if not len(place):
        return place, share, share
    owner = np.repeat(np.arange(len(place)), size)
    first = np.concatenate(([0], np.cumsum(size)[:-1]))
    # In order, so that the sum does not depend on how a service lists its classes.
    share = share[np.lexsort((-share, owner))]
    share = share / np.add.reduceat(share, first)[owner]
    second = np.where(size > 1, share[np.minimum(first + 1, len(share) - 1)], 0.0)
    bits = np.where(share > 0, -share * np.log2(np.where(share > 0, share, 1.0)), 0.0)
    return place, share[first] - second, np.add.reduceat(bits, first)
