"""Adds windows up until there is enough to judge, and says what was judged last while it holds."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from streamgauge.detectors.drift import Drift
from streamgauge.detectors.gathered import Gathered
from streamgauge.detectors.segment_baseline import SegmentBaseline
from streamgauge.detectors.yardstick import Window, Yardstick
from streamgauge.stream_processors.finding import Found
from streamgauge.stream_processors.watcher import Look, Seen


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

    A part of a model version also has what it was like at first, its `own`.
    """

    gathered: Gathered
    missed: dict[str, int]
    reference: str = ""
    found: Found | None = None
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
        state.reference = reference
    state.gathered, enough = state.gathered.add(
        compared.window, look.summary.start, least=drift.least
    )
    if enough is None:
        return Seen(found=() if state.found is None else (state.found,))
    # A PSI is the sum of both divergences: of small moves, twice one of them.
    floors = {name: 2.0 * nats for name, nats in look.tolerance.items()}
    verdict = drift.judge(compared.yardstick, enough.window, state.missed, compared.means, floors)
    state.missed, state.found = verdict.missed, None
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
