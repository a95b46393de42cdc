"""What a detector found in a window, and how long that holds: findings in, signals out. Pure."""

import math
import sys
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from streamgauge.contracts.event import Labels
from streamgauge.contracts.measure import Finding, Part, Picture, Signal

_MOST = sys.float_info.max


class Found(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """Something moved, as one window shows it; the fields are those of `Signal`.

    It holds for `hold` windows after the last one that shows it: 1 where the detector itself knows
    when it is over.
    """

    detector: str
    stream: str
    score: float
    before: float
    after: float
    samples: int
    finding: Finding = "DRIFT_DETECTED"
    direction: Literal["up", "down", ""] = ""
    reference: str = ""
    parts: list[Part] = []
    sample: list[str] = []
    text: str = ""
    hold: int = 1

    @property
    def name(self) -> str:
        """What it is of: a series has one of each name at a time."""
        return f"{self.detector}/{self.stream}"

    @property
    def has_segments(self) -> bool:
        """Whether it says which parts of a model it is of."""
        return any(part.kind == "segment" for part in self.parts)


class Holding(msgspec.Struct):
    """A finding that holds: for how many more windows of its source, and since when (ms)."""

    found: Found
    left: int
    since: int
    source: str


class Course(msgspec.Struct):
    """What holds of one series."""

    held: dict[str, Holding] = {}

    def follow(
        self, found: Iterable[Found], labels: Labels, source: str, start: int, end: int
    ) -> Iterator[Signal]:
        """What begins and ends with a window of a source.

        What goes on is told again only when it is known by now which parts of the model it is of:
        their windows come after that of the whole.
        """
        seen = {one.name: one for one in found}
        for name, one in seen.items():
            before = self.held.get(name)
            since = start if before is None else before.since
            self.held[name] = Holding(one, one.hold, since, source)
            if before is None or (one.has_segments and not before.found.has_segments):
                yield signal(one, labels, since, end, active=True)
        for name, holding in list(self.held.items()):
            if name in seen or holding.source != source:
                continue
            holding.left -= 1
            if holding.left <= 0:
                del self.held[name]
                yield signal(holding.found, labels, start, end, active=False)

    def end(self, labels: Labels, at: int) -> Iterator[Signal]:
        """End all that holds: nothing has been heard of the series for too long."""
        for holding in self.held.values():
            yield signal(holding.found, labels, at, at, active=False)
        self.held.clear()


def signal(found: Found, labels: Labels, start: int, end: int, *, active: bool) -> Signal:
    """A finding as it stands on `measures`; the same finding has the same id whoever tells it."""
    series = ",".join(f"{label}={value}" for label, value in sorted(labels.items()))
    return Signal(
        id=f"{found.name}/{series}/{start}",
        labels=labels,
        detector=found.detector,
        stream=found.stream,
        start=start,
        end=end,
        active=active,
        score=_finite(found.score),
        before=_finite(found.before),
        after=_finite(found.after),
        samples=found.samples,
        finding=found.finding,
        direction=found.direction,
        reference=found.reference,
        parts=[_part(part) for part in found.parts],
        sample=found.sample,
        text=found.text,
    )


def _part(part: Part) -> Part:
    return msgspec.structs.replace(
        part,
        share=_finite(part.share),
        score=_finite(part.score),
        before=_picture(part.before),
        after=_picture(part.after),
    )


def _picture(picture: Picture | None) -> Picture | None:
    return picture if picture is None or all(map(math.isfinite, picture.edges)) else None


def _finite(number: float) -> float:
    """JSON has neither NaN nor infinity: with one of them the whole signal could not be read."""
    return min(max(number, -_MOST), _MOST) if number == number else 0.0  # noqa: PLR0124 - NaN
