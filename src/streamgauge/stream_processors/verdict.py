"""Adds windows up until there is enough to judge, and says what was judged last while it holds."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import msgspec
import numpy as np

from streamgauge.detectors.drift import Drift
from streamgauge.detectors.gathered import HOUR_MS, Gathered
from streamgauge.detectors.segment_baseline import SegmentBaseline
from streamgauge.detectors.yardstick import Window, Yardstick
from streamgauge.metrics.rollup import DAY
from streamgauge.stream_processors.finding import Found
from streamgauge.stream_processors.watcher import Look, Seen

_PSI = "_psi{"


class Compared(NamedTuple):
    """A window as its yardstick has it, and the exact means of its numbers where they are known.

    `floors` are the least PSI that matters, by value, where that is more than usual.
    """

    yardstick: Yardstick
    window: Window
    means: Mapping[str, float] = {}
    floors: Mapping[str, float] = {}


class VerdictState(msgspec.Struct):
    """Windows that wait for more values, what has moved, and the finding that holds.

    `came` is when (ms) each of what has moved had enough values last. `values` and `samples` are
    what was said last, of windows up to `judged` (ms). A part of a model version also has what it
    was like at first, its `own`.
    """

    gathered: Gathered
    missed: dict[str, int]
    reference: str = ""
    found: Found | None = None
    values: dict[str, float] = {}
    samples: dict[str, int] = {}
    judged: int = 0
    own: SegmentBaseline = msgspec.field(default_factory=SegmentBaseline)
    came: dict[str, int] = {}

    @classmethod
    def fresh(cls) -> "VerdictState":
        """Before any window."""
        return cls(Gathered(), {})


def judge(state: VerdictState, drift: Drift, stream: str, compared: Compared, look: Look) -> Seen:
    """Take a window; figures where it made enough values whole, and what holds."""
    waits = held(state, look)
    start = look.summary.start
    state.gathered, enough = state.gathered.add(compared.window, start, least=drift.least)
    if enough is None:
        # Rules count windows: what was said last holds until there is enough to say more.
        fresh = look.summary.end - state.judged < HOUR_MS
        return Seen(state.values, state.samples, waits.found) if fresh else Seen(found=waits.found)
    verdict = drift.judge(
        compared.yardstick, enough.window, state.missed, compared.means, compared.floors
    )
    state.missed, state.found, state.judged = verdict.missed, None, look.summary.end
    state.came = _came(state, compared.yardstick, enough.window, start)
    score = f"{drift.kind}_drift_score"
    kept = {name: one for name, one in verdict.values.items() if name == score or _PSI in name}
    state.values, state.samples = kept, verdict.samples
    if verdict.active:
        state.found = Found(
            detector="psi",
            stream=stream,
            score=verdict.score if math.isfinite(verdict.score) else 0.0,
            before=verdict.before,
            after=verdict.after,
            samples=verdict.count,
            direction=verdict.direction,
            reference=state.reference,
            parts=verdict.parts,
            text=verdict.text,
        )
    found = () if state.found is None else (state.found,)
    return Seen(verdict.values, verdict.samples, found)


def follow(state: VerdictState, look: Look) -> None:
    """Begin anew where another reference is in force than before."""
    reference = "" if look.reference is None else look.reference.hash
    if state.reference != reference:
        state.gathered, state.own = Gathered(), SegmentBaseline()
        state.missed, state.came, state.found = {}, {}, None
        state.reference, state.values, state.samples = reference, {}, {}


def held(state: VerdictState, look: Look) -> Seen:
    """What holds after a window that says nothing: not what had no values for a day."""
    before, start = state.reference, look.summary.start
    follow(state, look)
    missed = {
        name: count
        for name, count in state.missed.items()
        if start - state.came.get(name, start) < DAY
    }
    same = state.reference == before and len(missed) == len(state.missed)
    state.missed = missed
    if not missed:
        state.found = None
    return Seen(found=() if state.found is None else (state.found,), same=same)


def _came(state: VerdictState, yardstick: Yardstick, window: Window, start: int) -> dict[str, int]:
    counts = np.concatenate([window.cells.sum(axis=1), window.names.sum(axis=1)])
    here = {name for name, count in zip(yardstick.features, counts, strict=True) if count}
    return {name: start if name in here else state.came.get(name, start) for name in state.missed}
