"""What the two example models predict, and how good they have to be before they may serve."""

from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Transform = Literal["identity", "log1p"]

# A model must make at most this share of the error of the best constant. Without it a gate on the
# error alone is passed by a constant wherever the data's scale is small.
MOST_SKILL = 0.8


class Target(msgspec.Struct, kw_only=True, frozen=True):
    """A column to predict. `mae_below` is the gate, `within` the error that a user tolerates."""

    name: str
    unit: str
    transform: Transform
    mae_below: float
    within: float


TARGETS = (
    Target(name="result_count", unit="results", transform="identity", mae_below=10.0, within=10.0),
    Target(name="duration_s", unit="s", transform="log1p", mae_below=5.0, within=2.0),
)


def forward(values: Floats, transform: Transform) -> Floats:
    """Values on the scale that the trees learn.

    >>> float(backward(forward(np.array([5.0]), "log1p"), "log1p").round(6)[0])
    5.0
    """
    return np.log1p(values) if transform == "log1p" else values


def backward(values: Floats, transform: Transform) -> Floats:
    """Values of the trees on the scale of the user."""
    return np.expm1(values) if transform == "log1p" else values
