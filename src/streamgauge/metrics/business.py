"""Figures that the business defines for itself: ratios of events, and means per session."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamgauge.business import Business, Match, Wanted
from streamgauge.metrics.base import Marks, Metric
from streamgauge.metrics.column import Ints
from streamgauge.metrics.event_column import HasEvents

# Values count to a thousandth and up to a billion, so that no sum overflows.
_SCALE = 1e3
_LIMIT = 1e9
_DIMENSION = "dimensions."
# 30 % less is 30 % less, whatever binary fractions make of it.
_ROUNDING = 1e-9


class BusinessFigure(Metric[HasEvents]):
    """`business_<name>_<unit>` of one definition.

    The cells are the events of the divisor, those of the numerator, and the sum of their values.
    """

    width = 3
    brief = True

    def __init__(self, name: str, definition: Business) -> None:
        self.name = f"business_{name}_{definition.unit}"
        self.title = name
        self.definition = definition

    def marks(self, batch: HasEvents) -> Iterable[Marks]:
        below = np.flatnonzero(_matching(batch.events, self.definition.divisor))
        matching = _matching(batch.events, self.definition.numerator)
        if self.definition.kind == "ratio":
            # A share is of the events it is divided by.
            matching &= _matching(batch.events, self.definition.divisor)
        values = _values(batch.events, self.definition.value)
        above = np.flatnonzero(matching & np.isfinite(values))
        amount = np.rint(np.clip(values[above], -_LIMIT, _LIMIT) * _SCALE).astype(np.int64)
        return (
            Marks(np.zeros(len(below), np.int64), below),
            Marks(np.ones(len(above), np.int64), above),
            Marks(np.full(len(above), 2), above, amount),
        )

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        below = int(cells[0])
        return {self.name: int(cells[2]) / (_SCALE * below)} if below else {}

    def samples(self, cells: Ints) -> dict[str, int]:
        return {self.name: int(cells[0])} if cells[0] else {}


def figures(definitions: Mapping[str, Business], source: str) -> tuple[BusinessFigure, ...]:
    """The figures that are made of a source's events, by name."""
    return tuple(
        BusinessFigure(name, definition)
        for name, definition in sorted(definitions.items())
        if definition.source == source
    )


def judged(
    definitions: Mapping[str, Business], arms: Mapping[str, Mapping[str, float]]
) -> dict[str, dict[str, float]]:
    """What each arm of an experiment says beyond its values: how it compares, and whether it does.

    `arms` are the values by arm, "" where there is no experiment. `business_<name>_change_ratio` is
    against the control arm, or against the baseline where there is none;
    `business_<name>_target_met` is 1 or 0.
    """
    told: dict[str, dict[str, float]] = {arm: {} for arm in arms}
    for name, definition in sorted(definitions.items()):
        figure = BusinessFigure(name, definition).name
        control = arms.get(definition.control_arm, {}).get(figure, definition.baseline)
        for arm, values in arms.items():
            if figure in values:
                told[arm] |= _judge(name, definition, values[figure], control, arm)
    return told


def _judge(
    name: str, definition: Business, value: float, control: float | None, arm: str
) -> dict[str, float]:
    sign = 1.0 if definition.better == "higher" else -1.0
    told: dict[str, float] = {}
    met = []
    if control and arm != definition.control_arm:
        told[f"business_{name}_change_ratio"] = change = value / control - 1.0
        if definition.change is not None:
            met.append(sign * (change - definition.change) >= -_ROUNDING)
    if definition.target is not None:
        met.append(sign * (value - definition.target) >= -_ROUNDING)
    if met:
        told[f"business_{name}_target_met"] = float(all(met))
    return told


def _matching(events: Sequence[Any], match: Match) -> NDArray[np.bool_]:
    matching = np.ones(len(events), np.bool_)
    for field, wanted in match.items():
        allowed = _allowed(wanted)
        matching &= np.array([one in allowed for one in _field(events, field)], np.bool_)
    return matching


def _allowed(wanted: Wanted) -> tuple[Any, ...]:
    return wanted if isinstance(wanted, tuple) else (wanted,)


def _values(events: Sequence[Any], field: str | None) -> NDArray[np.float64]:
    if field is None:
        return np.ones(len(events))
    return np.array([_number(one) for one in _field(events, field)], np.float64)


def _number(value: object) -> float:
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return float("nan")
    return float(value) if isinstance(value, (int, float)) else float("nan")


def _field(events: Sequence[Any], field: str) -> list[Any]:
    if field.startswith(_DIMENSION):
        name = field.removeprefix(_DIMENSION)
        return [event.dimensions.get(name) for event in events]
    return [getattr(event, field, None) for event in events]
