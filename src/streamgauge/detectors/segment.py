"""Which segments of a model moved: tested only where that is worth a false alarm, and ranked.

A deployment has a thousand times as many segments as models. To look at all of them in every window
would raise a thousand times as many false alarms, so a segment is looked at when its model version
has already been found to have moved, or when it is large enough to speak for itself.
"""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from streamgauge.contracts.measure import Part
from streamgauge.detectors import psi
from streamgauge.detectors.window_test import Counts, Floats, Side, Sides


class Segment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="segment"):
    """Parameters: a segment of `least` values is looked at whatever its model version does.

    With fewer than `few` it never is.
    """

    least: int = 10_000
    few: int = 250

    def wants(self, count: int, *, parent_active: bool) -> bool:
        """Whether a segment of so many values is to be tested.

        >>> Segment().wants(500, parent_active=False), Segment().wants(500, parent_active=True)
        (False, True)
        """
        return count >= self.least or (parent_active and count >= self.few)


def rank(excess: Mapping[str, float], count: Mapping[str, int]) -> list[Part]:
    """Segments by what they contribute: how far each moved (debiased PSI) times its values.

    >>> [(part.name, part.share) for part in rank({"de": 0.3, "fr": 0.1}, {"de": 100, "fr": 100})]
    [('de', 0.75), ('fr', 0.25)]
    """
    weight = {name: max(far, 0.0) * count.get(name, 0) for name, far in excess.items()}
    whole = sum(weight.values()) or 1.0
    ranked = sorted(weight, key=lambda name: (-weight[name], name))
    return [
        Part(name=name, share=weight[name] / whole, score=excess[name], kind="segment")
        for name in ranked
        if weight[name] > 0
    ]


def blame(names: Sequence[str], reference: Counts, segments: Counts) -> list[Part]:
    """Segments by how much of the drift of their model version would go if they were left out.

    `reference` (bins,) is of all of them together, `segments` (segments, bins) what the window has;
    so no reference of their own is needed. The score is the PSI that goes.
    """
    counts = np.asarray(segments, np.float64)
    whole = counts.sum(axis=0)
    left = np.vstack([whole, whole - counts])
    theirs = np.broadcast_to(np.asarray(reference, np.float64), left.shape)
    far = _debiased(theirs, left)
    gone = np.nan_to_num(far[0] - far[1:], nan=max(float(np.nan_to_num(far[0])), 0.0))
    score = dict(zip(names, np.maximum(gone, 0.0).tolist(), strict=True))
    return rank(score, dict.fromkeys(names, 1))


def _debiased(reference: Floats, current: Floats) -> Floats:
    sides = Sides(Side(reference), Side(current))
    return sides.told(psi.index(sides) - psi.bias(sides))
