"""What a detector is: parameters that are its configuration, and a state that is a value."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec


class Change(msgspec.Struct, frozen=True):
    """A stream moved: its mean before and after in its own unit, and by how many deviations."""

    before: float
    after: float
    score: float

    @property
    def direction(self) -> Literal["up", "down"]:
        """Which way the mean went."""
        return "up" if self.after >= self.before else "down"


class Detector(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Parameters of a detector that sees one value at a time."""

    def start(self) -> Any:
        """The state before any value."""
        raise TypeError(f"{type(self).__name__} is not a detector")

    def step(self, state: Any, values: Sequence[float | None]) -> Change | None:
        """Feed values in order; the last change among them, if any. None and NaN are skipped."""
        raise TypeError(f"{type(self).__name__} is not a detector")
