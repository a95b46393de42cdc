"""Whether several measures of a series are unusual together, each of them hardly by itself.

river's half-space trees (Tan, Ting and Liu, "Fast anomaly detection for streaming data", 2011) see
the deviations of all measures at once, as `anomaly` has them, and say how empty the place is where
they lie. What river knows is what the last one or two windows of rows have taught it: so the state
holds these rows, and the trees are grown again from them, the same to the last bit.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import msgspec

from streamgauge.contracts.measure import Part

# Deviations from -8 to 8 are the range of the trees.
_RANGE = 8.0
_TREES = 10
_HEIGHT = 6
_SEED = 20261121


class Together(msgspec.Struct, frozen=True, kw_only=True, tag="together"):
    """Measures that are unusual together: the trees' score (0 to 1), and each one's part in it."""

    score: float
    usual: float
    parts: list[Part]


class JointState(msgspec.Struct, dict=True):
    """The measures, their last rows, and the highest score that a few rows in a row ever had."""

    window: int
    names: list[str] = []
    rows: list[list[float]] = []
    recent: list[float] = []
    record: float = 0.0
    seen: int = 0
    held: Together | None = None
    calm: int = 0

    @cached_property
    def forest(self) -> Any:
        """The trees, grown from the rows; not written."""
        from river import anomaly

        trees: Any = anomaly.HalfSpaceTrees  # river's constructors are untyped
        forest = trees(n_trees=_TREES, height=_HEIGHT, window_size=self.window, seed=_SEED)
        for row in self.rows:
            forest.learn_one(dict(zip(self.names, row, strict=True)))
        return forest

    def learn(self, row: list[float]) -> None:
        """Teach the trees a row; of the windows before the last full one nothing is left."""
        self.forest.learn_one(dict(zip(self.names, row, strict=True)))
        self.rows.append(row)
        if len(self.rows) == 2 * self.window:
            self.rows = self.rows[self.window :]


class JointAnomaly(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="joint_anomaly"
):
    """The parameters: `rows` in a row score `far`, and `margin` more than ever before.

    `least` rows are seen before anything is said.
    """

    window: int = 128
    far: float = 0.75
    margin: float = 0.05
    rows: int = 3
    least: int = 512
    end: int = 5

    def start(self) -> JointState:
        """Before any window."""
        return JointState(self.window)

    def step(self, state: JointState, scores: Mapping[str, float | None]) -> Together | None:
        """Take the deviations of all measures in a window; what holds after it.

        One that is missing counts as usual. Where other measures come, it begins anew.
        """
        names = sorted(scores)
        if not names:
            return state.held
        if names != state.names:
            state.__dict__.pop("forest", None)
            state.names, state.rows, state.recent, state.record, state.seen = names, [], [], 0.0, 0
            state.held = None
        row = [_placed(scores[name]) for name in names]
        score = float(state.forest.score_one(dict(zip(names, row, strict=True))))
        state.learn(row)
        state.seen += 1
        state.recent = [*state.recent, score][-self.rows :]
        if state.held is not None:
            state.calm = state.calm + 1 if score < self.far else 0
            if state.calm >= self.end:
                state.held, state.calm = None, 0
            return state.held
        lowest = min(state.recent) if len(state.recent) == self.rows else 0.0
        if lowest >= max(self.far, state.record + self.margin) and state.seen >= self.least:
            state.held = Together(score=score, usual=state.record, parts=_parts(names, row))
            lowest -= self.margin
        # In their first window the trees know nothing, and all is far.
        if state.seen > state.window + self.rows:
            state.record = max(state.record, lowest)
        return state.held


def _placed(score: float | None) -> float:
    """A deviation on the range of the trees, 0 to 1; NaN is as usual."""
    if score is None or score != score:  # noqa: PLR0124 - NaN
        return 0.5
    return 0.5 + min(max(score, -_RANGE), _RANGE) / (2 * _RANGE)


def _parts(names: list[str], row: list[float]) -> list[Part]:
    scores = sorted(
        ((2 * _RANGE * (place - 0.5), name) for name, place in zip(names, row, strict=True)),
        key=lambda one: (-abs(one[0]), one[1]),
    )
    total = sum(abs(score) for score, _ in scores) or 1.0
    return [
        Part(
            name=name,
            share=abs(score) / total,
            score=score,
            kind="measure",
            text=f"{name}: {score:+.1f} deviations",
        )
        for score, name in scores
    ]
