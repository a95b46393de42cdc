"""Whether a new version of a model leans on other features than the one before."""

from collections.abc import Mapping

import msgspec
import numpy as np
from scipy import stats

from streamgauge.contracts.measure import Part


class Leaning(msgspec.Struct, frozen=True, kw_only=True):
    """How two versions differ in what they lean on.

    `distance` is the share of importance that is with other features now, 0 to 1 (total variation).
    `rank_correlation` is Spearman's, NaN where a version ranks nothing. `parts` are the features,
    the one whose importance changed most first; their score is the change of its share.
    """

    active: bool
    distance: float
    rank_correlation: float
    parts: list[Part]
    text: str

    @property
    def values(self) -> dict[str, float]:
        """Measures; what is not known is left out."""
        told = {
            "importance_distance": self.distance,
            "importance_rank_correlation": self.rank_correlation,
        }
        return {name: value for name, value in told.items() if np.isfinite(value)}


class ImportanceDrift(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="importance_drift"
):
    """Parameters: `floor` of the importance must be with other features to be told."""

    floor: float = 0.2

    def judge(self, before: Mapping[str, float], after: Mapping[str, float]) -> Leaning:
        """Compare the importances of two versions, in any unit; below zero counts as none.

        >>> found = ImportanceDrift().judge({"a": 3, "b": 1}, {"a": 1, "b": 3})
        >>> found.distance, found.text
        (0.5, 'a had 75% of the importance and has 25%')
        """
        names = sorted({*before, *after})
        old, new = (_shares(one, names) for one in (before, after))
        if not names or not old.any() or not new.any():
            return Leaning(
                active=False, distance=np.nan, rank_correlation=np.nan, parts=[], text=""
            )
        change = new - old
        size = np.abs(change)
        distance = float(size.sum()) / 2
        parts = [
            Part(
                name=names[place],
                share=float(size[place]) / (2 * distance),
                score=float(change[place]),
                text=f"{names[place]} had {old[place]:.0%} of the importance"
                f" and has {new[place]:.0%}",
            )
            for place in sorted(range(len(names)), key=lambda place: (-size[place], names[place]))
            if size[place] > 0
        ]
        return Leaning(
            active=distance >= self.floor,
            distance=distance,
            rank_correlation=_correlation(old, new),
            parts=parts,
            text=parts[0].text if parts else "",
        )


def _shares(importances: Mapping[str, float], names: list[str]) -> np.ndarray:
    told = np.array([importances.get(name, 0.0) for name in names], np.float64)
    known = np.where(np.isfinite(told), np.maximum(told, 0.0), 0.0)
    most = known.max(initial=0.0)
    # Relative to the largest, so that no sum is infinite.
    small = known / most if most > 0 else known
    return np.asarray(small / small.sum() if most > 0 else small)


def _correlation(old: np.ndarray, new: np.ndarray) -> float:
    ranks = [stats.rankdata(one) for one in (old, new)]
    if any(np.ptp(rank) == 0 for rank in ranks):
        return np.nan
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])
