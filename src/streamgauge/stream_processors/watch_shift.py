"""Watches all features of a model together: one always-valid alarm, and who it is about."""

import math
from typing import Any

import msgspec
import numpy as np

from streamgauge.contracts.measure import Part, Picture
from streamgauge.contracts.reference import GROUPS, Number, Reference
from streamgauge.detection import Detection
from streamgauge.detectors.budget import Budget
from streamgauge.detectors.feature_mood import FeatureMood, FeatureMoodState
from streamgauge.detectors.feature_season import FeatureSeason, FeatureSeasonState
from streamgauge.detectors.feature_shift import FeatureState, FeatureWatch, Held, Moved
from streamgauge.detectors.group_table import GroupTable, tabulate
from streamgauge.detectors.yardstick import Window, Yardstick
from streamgauge.metrics.column import Floats
from streamgauge.metrics.rollup import DAY
from streamgauge.stream_processors.feature_window import Yardsticks
from streamgauge.stream_processors.finding import Found
from streamgauge.stream_processors.rate_stream import STREAMS
from streamgauge.stream_processors.watcher import Look, Seen

# Fewer rows are not a reference.
_LEAST = 1_000
_KEPT = 200
# Of names the most frequent have groups of their own, then come all others, then those never seen.
_NAMED = GROUPS - 2


class ShiftState(msgspec.Struct):
    """What speaks for a change of each feature, against which reference.

    `came` is when (ms) each of those that moved had values last.
    """

    reference: str = ""
    features: FeatureState | None = None
    season: FeatureSeasonState | None = None
    mood: FeatureMoodState | None = None
    came: dict[str, int] = {}


class ShiftWatcher:
    """An e-process a feature, averaged to one alarm for the model version.

    Of models that are said to have a season nothing is said before the hours of a day are known;
    then as much is tolerated as these were off the reference.
    """

    name = "shift"
    state = ShiftState

    def __init__(self, settings: Detection, yardsticks: Yardsticks) -> None:
        self._watch = FeatureWatch()
        self._budget = Budget(settings.false_alarms, len(STREAMS) + 1)
        self._yardsticks = yardsticks
        self._seasonal = settings.seasonal
        self._season = FeatureSeason()
        self._mood = FeatureMood()
        self._tables: dict[str, GroupTable] = {}

    def start(self) -> ShiftState:
        return ShiftState()

    def wants(self, look: Look) -> bool:
        if look.reference is None or look.reference.rows < _LEAST or not look.reference.schema:
            return False
        return not look.is_part and look.summary.source == "predictions"

    def look(self, state: Any, look: Look) -> Seen:
        reference = look.reference
        assert reference is not None
        compared = self._yardsticks.compare(look.closed, reference)
        table = self._table(reference, compared.yardstick)
        fresh = state.reference != reference.hash
        if fresh or state.features is None or state.season is None or state.mood is None:
            state.reference, state.came = reference.hash, {}
            state.features = self._watch.start(table)
            state.season, state.mood = self._season.start(table), self._mood.start(table)
        counts, at = groups(compared.window), look.summary.start
        tolerance = None
        if look.labels["model"] in self._seasonal:
            tolerance = self._season.expect(state.season)
            if tolerance is None or not state.features.held:
                self._season.learn(state.season, table, at, counts)
            if tolerance is None:
                look.tolerance = dict.fromkeys(table.names, math.inf)
                return Seen()
            look.tolerance = dict(zip(table.names, tolerance.tolist(), strict=True))
        spent = self._budget.of_time(look.summary.end - at)
        worth = self._mood.expect(state.mood)
        self._watch.step(
            state.features, table, counts, spent=spent, tolerance=tolerance, worth=worth
        )
        if not state.features.held:
            self._mood.learn(state.mood, table, at, counts)
        _end_absent(state, state.features.held, table, counts, at)
        moved = [held.moved for held in state.features.held.values()]
        if not moved:
            return Seen()
        return Seen(found=(_found(moved, reference, compared.yardstick),))

    def _table(self, reference: Reference, yardstick: Yardstick) -> GroupTable:
        made = self._tables.get(reference.hash)
        if made is None:
            if len(self._tables) >= _KEPT:
                self._tables.clear()
            counts = np.vstack([yardstick.cells.counts, _fold(yardstick.names.counts)])
            ordered = [True] * len(yardstick.fields) + [False] * len(yardstick.known)
            made = tabulate(yardstick.features, counts, ordered)
            self._tables[reference.hash] = made
        return made


def _end_absent(
    state: ShiftState, held: dict[str, Held], table: GroupTable, counts: Floats, at: int
) -> None:
    """Of what had no values for a day nobody knows whether it is still elsewhere."""
    here = dict(zip(table.names, counts.sum(axis=1).tolist(), strict=True))
    state.came = {name: at if here[name] else state.came.get(name, at) for name in held}
    for name, last in state.came.items():
        if at - last >= DAY:
            del held[name]


def groups(window: Window) -> Floats:
    """The counts of all features in 16 groups, shape (features, 16)."""
    cells = window.cells.reshape(len(window.cells), GROUPS, -1).sum(axis=2)
    return np.vstack([cells, _fold(window.names)]).astype(np.float64)


def _fold(names: Any) -> Floats:
    """Bins of names as groups: the last two are the others and those never seen."""
    folded = np.zeros((len(names), GROUPS))
    own = min(names.shape[1] - 2, _NAMED) if names.shape[1] >= 2 else 0
    folded[:, :own] = names[:, :own]
    folded[:, -2] = names[:, own:-1].sum(axis=1)
    folded[:, -1] = names[:, -1] if names.shape[1] else 0
    return folded


def _found(moved: list[Moved], reference: Reference, yardstick: Yardstick) -> Found:
    total = sum(one.evidence for one in moved) or 1.0
    ranked = sorted(moved, key=lambda one: (-one.evidence, one.name))
    parts = [_part(one, one.evidence / total, reference) for one in ranked]
    first = ranked[0]
    before, after = _means(first, yardstick)
    return Found(
        detector="e_process",
        stream="features",
        score=first.evidence,
        before=before,
        after=after,
        samples=int(first.events),
        direction="" if before == after else "up" if after > before else "down",
        reference=reference.hash,
        parts=parts,
        text="; ".join(part.text for part in parts[:3]),
    )


def _means(one: Moved, yardstick: Yardstick) -> tuple[float, float]:
    """What a feature of numbers is on average before and since, each group as in the reference."""
    fields = list(yardstick.fields)
    if one.name not in fields:
        return 0.0, 0.0
    means = yardstick.means[fields.index(one.name)]
    return float(np.dot(one.before, means)), float(np.dot(one.after, means))


def _part(one: Moved, share: float, reference: Reference) -> Part:
    field = reference.schema[one.name]
    if isinstance(field, Number):
        used = len(field.cuts) + 1
        low, high = min([field.low, *field.cuts]), max([field.high, *field.cuts])
        shape: dict[str, Any] = {"edges": [low, *field.cuts, high]}
        before, after = one.before[:used], one.after[:used]
    else:
        own = min(len(field.values), _NAMED)
        shape = {"names": [*field.values[:own], "others", "never seen"]}
        before, after = ([*line[:own], *line[-2:]] for line in (one.before, one.after))
    return Part(
        name=one.name,
        share=share,
        score=one.evidence,
        text=f"{one.name}: {_distance(one):.0%} of its values are elsewhere",
        before=Picture(shares=[round(part, 6) for part in before], **shape),
        after=Picture(shares=[round(part, 6) for part in after], **shape),
    )


def _distance(one: Moved) -> float:
    """The share of the values that are in another group now: the total variation."""
    return float(np.abs(np.subtract(one.before, one.after)).sum()) / 2
