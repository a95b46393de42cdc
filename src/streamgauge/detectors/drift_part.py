"""What has changed in a feature, in a sentence and in two pictures small enough to draw."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np

from streamgauge.contracts.measure import Part, Picture
from streamgauge.detectors.psi import JEFFREYS
from streamgauge.detectors.window_test import Floats, Sides
from streamgauge.detectors.yardstick import Yardstick

Direction = Literal["up", "down", ""]
# Bars of a feature of names, without the others and those never seen.
BARS = 14
# A move is one of place, not of shape, where ranks moved by so much and by so many deviations.
_RANK = 0.02
_SURE = 3.0


class Move(NamedTuple):
    """A feature before and after: its mean, or the share of the name that says most."""

    before: float
    after: float
    direction: Direction
    text: str


def number(
    yardstick: Yardstick, sides: Sides, row: int, mean: float | None = None, called: str = ""
) -> Move:
    """How a feature of numbers has moved; `mean` is that of the window, if it is known exactly.

    Without it values beyond the grid count as if they were at its end.
    """
    name = called or list(yardstick.fields)[row]
    theirs, mine = sides.reference.share[row], sides.current.share[row]
    before = float(theirs @ yardstick.means[row])
    after = float(mine @ yardstick.means[row]) if mean is None else mean
    # The chance that a new value lies above an old one, less one half.
    lift = float(mine @ (np.cumsum(theirs) - theirs / 2)) - 0.5
    sure = abs(lift) > max(_RANK, _SURE * float(np.sqrt(sides.noise[row] / 12)))
    direction: Direction = "" if not sure else "up" if lift > 0 else "down"
    how = f"moved {direction}" if direction else "changed its shape"
    return Move(before, after, direction, f"{name} {how}: mean {before:.4g} -> {after:.4g}")


def names(yardstick: Yardstick, sides: Sides, row: int, called: str = "") -> Move:
    """How a feature of names has moved, by the name that has the largest part in its PSI."""
    name, bins = list(yardstick.known.items())[row]
    theirs, mine = sides.reference.share[row], sides.current.share[row]
    smooth = sides.smooth(JEFFREYS)
    most = int(np.argmax((mine - theirs) * smooth.log_ratio[row]))
    before, after = float(theirs[most]), float(mine[most])
    values = list(bins)
    last = len(theirs) - 1
    what = (
        f'"{values[most]}"'
        if most < len(values)
        else "names never seen before"
        if most == last
        else "other names"
    )
    direction: Direction = "up" if after > before else "down"
    text = f"{called or name}: {what} went {direction} from {before:.1%} to {after:.1%}"
    return Move(before, after, direction, text)


def part(
    kind: str,
    yardstick: Yardstick,
    sides: tuple[Sides, Sides],
    place: int,
    mean: float | None = None,
) -> tuple[Move, Part]:
    """What has changed in the feature at a place of `yardstick.features`; no share or score yet."""
    row = place - len(yardstick.fields)
    name = yardstick.features[place]
    called = name if kind == "feature" else f"{kind} {name}"
    if row < 0:
        move = number(yardstick, sides[0], place, mean, called)
        before, after = _bars(yardstick, sides[0], place)
    else:
        move = names(yardstick, sides[1], row, called)
        before, after = _columns(yardstick, sides[1], row)
    told = Part(
        name=name,
        share=0.0,
        score=0.0,
        kind=kind,
        text=move.text,
        before=before,
        after=after,
    )
    return move, told


def _bars(yardstick: Yardstick, sides: Sides, row: int) -> Iterator[Picture]:
    """At most 16 bars between the cuts of the grid, before and after."""
    field = list(yardstick.fields.values())[row]
    cuts = field.cuts
    edges = [min([field.low, *cuts]), *cuts, max([field.high, *cuts])]
    for side in sides.pair:
        yield Picture(shares=_rounded(side.share[row, : len(cuts) + 1]), edges=edges)


def _columns(yardstick: Yardstick, sides: Sides, row: int) -> Iterator[Picture]:
    """The most frequent names, the others together and those never seen before."""
    values = list(list(yardstick.known.values())[row])[:BARS]
    for side in sides.pair:
        share = side.share[row]
        rest = share[len(values) : -1].sum()
        shares = np.array([*share[: len(values)], rest, share[-1]])
        yield Picture(shares=_rounded(shares), names=[*values, "other", "unseen"])


def _rounded(shares: Floats) -> list[float]:
    return [float(share) for share in shares.round(4)]
