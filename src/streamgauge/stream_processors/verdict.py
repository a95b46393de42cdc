"""Adds windows up until there is enough to judge, and says what was judged last while it holds."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from streamgauge.detectors.drift import Drift
from streamgauge.detectors.gathered import HOUR_MS, Gathered
from streamgauge.detectors.segment_baseline import SegmentBaseline
from streamgauge.detectors.yardstick import Window, Yardstick
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

    `values` and `samples` are what was said last, of windows up to `judged` (ms). A part of a model
    version also has what it was like at first, its `own`.
    """

    gathered: Gathered
    missed: dict[str, int]
    reference: str = ""
    found: Found | None = None
    values: dict[str, float] = {}
    samples: dict[str, int] = {}
    judged: int = 0
    own: SegmentBaseline = msgspec.field(default_factory=SegmentBaseline)

    @classmethod
    def fresh(cls) -> "VerdictState":
        """Before any window."""
        return cls(Gathered(), {})


def judge(state: VerdictState, drift: Drift, stream: str, compared: Compared, look: Look) -> Seen:
    """Take a window; figures where it made enough values whole, and what holds."""
    reference = "" if look.reference is None else look.reference.hash
    if state.reference != reference:
        state.gathered, state.missed, state.found = Gathered(), {}, None
        state.reference, state.values, state.samples = reference, {}, {}
    state.gathered, enough = state.gathered.add(
        compared.window, look.summary.start, least=drift.least
    )
    if enough is None:
        # Rules count windows: what was said last holds until there is enough to say more.
        fresh = look.summary.end - state.judged < HOUR_MS
        held = () if state.found is None else (state.found,)
        return Seen(state.values, state.samples, held) if fresh else Seen(found=held)
    verdict = drift.judge(
        compared.yardstick, enough.window, state.missed, compared.means, compared.floors
    )
    state.missed, state.found, state.judged = verdict.missed, None, look.summary.end
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
            reference=reference,
            parts=verdict.parts,
            text=verdict.text,
        )
    held = () if state.found is None else (state.found,)
    return Seen(verdict.values, verdict.samples, held)
