"""One number for how well a model is, from 0 to 100, with the parts that it is made of.

Each part is graded from one measure: 1 up to where it is `fine`, 0 from where it is `bad` on, and a
line in between. With m the mean of the grades by their weights and w the worst grade, the score is

    100 * min(m, cap + (1 - cap) * w)

so that no number of healthy parts hides one that is down: then the score is at most 100 * cap.
Parts that nobody measures do not count, and are named.
"""

import math
from collections.abc import Mapping

import msgspec


class Grade(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a part is graded; `bad` may lie on either side of `fine`."""

    part: str
    measure: str
    weight: float
    fine: float
    bad: float

    def of(self, value: float) -> float:
        """The grade of a value, 0 to 1.

        >>> grade = Grade(part="errors", measure="x", weight=1, fine=0.01, bad=0.05)
        >>> grade.of(0.0), round(grade.of(0.03), 9), grade.of(1.0)
        (1.0, 0.5, 0.0)
        """
        if self.fine == self.bad:
            return float(value <= self.fine)
        return min(max((self.bad - value) / (self.bad - self.fine), 0.0), 1.0)


GRADES = (
    Grade(
        part="latency",
        measure='prediction_latency_seconds{quantile="0.95"}',
        weight=1.0,
        fine=0.5,
        bad=2.0,
    ),
    Grade(part="errors", measure="prediction_error_ratio", weight=2.0, fine=0.01, bad=0.1),
    Grade(part="drift", measure="feature_drift_score", weight=1.0, fine=0.1, bad=0.5),
    Grade(part="quality", measure="data_quality_pass_ratio", weight=1.5, fine=0.98, bad=0.8),
    Grade(part="performance", measure="performance_loss", weight=2.0, fine=0.0, bad=0.1),
    Grade(part="freshness", measure="data_freshness_seconds", weight=0.5, fine=300.0, bad=3_600.0),
)


class HealthPart(msgspec.Struct, frozen=True, kw_only=True):
    """One part: the value of its measure, its grade (0 to 1), its weight, and why."""

    part: str
    measure: str
    value: float
    grade: float
    weight: float
    reason: str


class HealthScore(msgspec.Struct, frozen=True, kw_only=True, tag="health_score"):
    """The score, its parts with the worst first, and the names of parts that are not known."""

    score: float
    parts: list[HealthPart]
    unknown: list[str]
    text: str


class Health(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="health"):
    """The parameters; see the module.

    >>> Health().assess({"prediction_error_ratio": 0.0, "feature_drift_score": 0.3}).score
    65.0
    """

    grades: tuple[Grade, ...] = GRADES
    cap: float = 0.3

    def assess(self, values: Mapping[str, float]) -> HealthScore | None:
        """The health of a model with these measures; None where no part is known."""
        parts, unknown = [], []
        for grade in self.grades:
            value = values.get(grade.measure)
            if value is None or math.isnan(value) or grade.weight <= 0:
                unknown.append(grade.part)
                continue
            parts.append(
                HealthPart(
                    part=grade.part,
                    measure=grade.measure,
                    value=value,
                    grade=grade.of(value),
                    weight=grade.weight,
                    reason=_reason(grade, value),
                )
            )
        if not parts:
            return None
        parts.sort(key=lambda part: (part.grade, -part.weight, part.part))
        mean = sum(part.grade * part.weight for part in parts) / sum(part.weight for part in parts)
        capped = self.cap + (1.0 - self.cap) * parts[0].grade
        return HealthScore(
            score=round(100.0 * min(mean, capped), 1),
            parts=parts,
            unknown=unknown,
            text="; ".join(part.reason for part in parts if part.grade < 1.0) or "all is well",
        )


def _reason(grade: Grade, value: float) -> str:
    measured = grade.of(value)
    how = "fine" if measured >= 1.0 else "bad" if measured <= 0.0 else "not fine"
    return (
        f"{grade.part} is {how}: {value:.4g} (fine to {grade.fine:.4g}, bad from {grade.bad:.4g})"
    )
