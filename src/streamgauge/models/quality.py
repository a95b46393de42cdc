"""How good a model is on rows it never saw, and whether that is good enough to serve."""

import msgspec
import numpy as np

from streamgauge.models.target import MOST_SKILL, Floats, Target


class Quality(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Errors on held-out rows, in the target's unit.

    `skill` is the error as a share of the best constant's; `within` the share of rows whose error
    is tolerated, to be compared with `confidence`, the mean of what the model expected of itself.
    """

    rows: int
    mae: float
    rmse: float
    r2: float
    within: float
    skill: float
    confidence: float | None = None


class Gate(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """One condition for serving."""

    name: str
    value: float
    limit: float

    @property
    def passed(self) -> bool:
        """Whether the value lies below the limit.

        >>> Gate(name="mae", value=9.0, limit=10.0).passed
        True
        """
        return self.value < self.limit


def measure(
    truth: Floats, predicted: Floats, constant: float, target: Target, confidence: Floats | None
) -> Quality:
    """The quality of predictions; `constant` is the training median, the best constant for MAE."""
    error = np.abs(truth - predicted)
    flat = float(np.abs(truth - constant).mean())
    around = float(((truth - truth.mean()) ** 2).sum())
    return Quality(
        rows=len(truth),
        mae=float(error.mean()),
        rmse=float(np.sqrt((error**2).mean())),
        r2=1.0 - float((error**2).sum()) / around if around else 0.0,
        within=float((error <= target.within).mean()),
        skill=float(error.mean()) / flat if flat else 1.0,
        confidence=None if confidence is None else float(confidence.mean()),
    )


def gates(quality: Quality, target: Target) -> list[Gate]:
    """What must hold: an absolute error, and skill over the constant."""
    return [
        Gate(name="mae", value=quality.mae, limit=target.mae_below),
        Gate(name="skill", value=quality.skill, limit=MOST_SKILL),
    ]
