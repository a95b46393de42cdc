"""Whether a stream's values are still distributed as in its reference, and if not, which of them.

A value is a feature, a prediction, a truth: whatever a yardstick counts. One of them has moved if
chance hardly explains it (chi-square, corrected for how many are tested and for how often) and if
it has moved by enough to matter (debiased PSI).
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from streamgauge.contracts.measure import Part
from streamgauge.detectors import benjamini_hochberg, drift_measure, drift_part
from streamgauge.detectors.distances import Distances, join, measure_all
from streamgauge.detectors.drift_part import Direction, Move
from streamgauge.detectors.window_test import Floats, Sides
from streamgauge.detectors.yardstick import Window, Yardstick

Level = Literal["", "warning", "alarm", "critical"]
_MILLION = 1e6
# What has moved stays moved while it is at least half as far away and this unlikely to be chance.
_HALF = 0.5
_UNLIKELY = 0.01
_NOTHING = Move(0.0, 0.0, "", "")


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What one window says. `score` is the largest PSI of a value with enough samples, or NaN.

    `parts` rank what has moved; `before`, `after` and `direction` are of the first of them.
    `values` and `samples` are measures. `missed` is the state for the next window: for how many
    windows in a row what has moved was not seen to.
    """

    active: bool
    score: float
    level: Level
    parts: list[Part]
    before: float
    after: float
    direction: Direction
    text: str
    count: int
    values: dict[str, float]
    samples: dict[str, int]
    missed: dict[str, int]


class Drift(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Parameters: when there is enough to judge, what counts as a move, and how long it holds.

    Nothing is said with fewer than `rows` values in the reference or `least` in the window. Of the
    windows of a stream that has not moved a share of at most `q` raise an alarm, and no more than
    `per_million` values allow. A move has a debiased PSI of `floor` or more, and is over when
    `hold` windows in a row have not shown it.
    """

    kind: ClassVar[str] = "value"

    rows: int = 1_000
    least: int = 250
    q: float = 0.001
    per_million: float = 0.25
    floor: float = 0.02
    hold: int = 3
    warning: float = 0.05
    alarm: float = 0.10
    critical: float = 0.25

    def judge(
        self,
        yardstick: Yardstick,
        window: Window,
        missed: Mapping[str, int] | None = None,
        means: Mapping[str, float] | None = None,
        floors: Mapping[str, float] | None = None,
    ) -> Verdict:
        """Hold a window against the reference; `missed` is what the last verdict left.

        `means` are those of the window's numbers where they are known exactly. `floors` are the
        least PSI that matters, where that is more than for others.
        """
        sides = yardstick.sides(window)
        far = _measure(sides)
        rows = np.concatenate([side.reference.total for side in sides])
        count = np.concatenate([side.current.total for side in sides])
        enough = (rows >= self.rows) & (count >= self.least)
        most = float(count[enough].max(initial=0.0))
        p = benjamini_hochberg.adjust(np.where(enough, far.chi_square_p, np.nan))
        q = min(self.q, self.per_million * most / _MILLION)
        # Comparisons with NaN are false: what was not judged has not moved.
        names = yardstick.features
        own = floors or {}
        floor = np.array([max(own.get(name, 0.0), self.floor) for name in names])
        moved = (p <= q) & (far.psi >= floor)
        still = (far.chi_square_p <= _UNLIKELY) & (far.psi >= _HALF * floor) & enough
        held = self._hold(names, moved, still, enough, missed or {})
        score = max(float(far.psi[enough].max()), 0.0) if enough.any() else np.nan
        active = [place for place, name in enumerate(names) if name in held]
        psi = np.where(enough, np.maximum(far.psi, 0.0), 0.0)
        parts, move = self._rank(yardstick, sides, active, psi, means or {})
        judged = np.flatnonzero(enough).tolist()
        return Verdict(
            active=bool(held),
            score=score,
            level=self.level(score),
            parts=parts,
            before=move.before,
            after=move.after,
            direction=move.direction,
            text=_sentence(parts, len(names)),
            count=int(most),
            values=drift_measure.values(self.kind, names, judged, far, p),
            samples=drift_measure.samples(self.kind, names, judged, count),
            missed=held,
        )

    def level(self, score: float) -> Level:
        """How bad a score is."""
        if score >= self.critical:
            return "critical"
        if score >= self.alarm:
            return "alarm"
        return "warning" if score >= self.warning else ""

    def _hold(
        self,
        names: tuple[str, ...],
        moved: NDArray[np.bool_],
        still: NDArray[np.bool_],
        enough: NDArray[np.bool_],
        missed: Mapping[str, int],
    ) -> dict[str, int]:
        held: dict[str, int] = {}
        for place, name in enumerate(names):
            if moved[place] or (name in missed and still[place]):
                held[name] = 0
            elif name in missed:
                held[name] = missed[name] + int(enough[place])
        return {name: count for name, count in held.items() if count < self.hold}

    def _rank(
        self,
        yardstick: Yardstick,
        sides: tuple[Sides, Sides],
        active: list[int],
        psi: Floats,
        means: Mapping[str, float],
    ) -> tuple[list[Part], Move]:
        """What has moved, the largest share of the summed PSI first."""
        ranked = sorted(active, key=lambda place: -psi[place])
        whole = float(psi[ranked].sum()) or 1.0
        first = _NOTHING
        parts: list[Part] = []
        for place in ranked:
            mean = means.get(yardstick.features[place])
            move, part = drift_part.part(self.kind, yardstick, sides, place, mean)
            first = first if parts else move
            score = float(psi[place])
            parts.append(msgspec.structs.replace(part, share=score / whole, score=score))
        return parts, first


def _measure(sides: tuple[Sides, Sides]) -> Distances:
    numbers, names = sides
    if not len(names.bins):
        return measure_all(numbers)
    # Names have no order: sums up to one mean nothing.
    told = measure_all(names)._replace(ks=names.no_p, ks_p=names.no_p)
    return join(measure_all(numbers), told) if len(numbers.bins) else told


def _sentence(parts: list[Part], all_of_them: int) -> str:
    if not parts:
        return ""
    more = f", and {len(parts) - 1} of {all_of_them - 1} more" if len(parts) > 1 else ""
    return f"{parts[0].text} (PSI {parts[0].score:.2f}){more}"
