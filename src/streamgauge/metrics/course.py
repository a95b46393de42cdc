"""How a gauge went in a window: its mean, its lowest and its highest reading, mergeable."""

import msgspec

# No gauge counts for more, so that a day of readings fits 64 bits wherever it is written.
LIMIT = 10**13


class Course(msgspec.Struct, array_like=True):
    """Readings of a gauge, as whole numbers of some unit.

    >>> course = Course()
    >>> course.add(2.5, scale=10)
    >>> course.merge(Course(1, 35, 35, 35)).mean(scale=10)
    3.0
    """

    count: int = 0
    total: int = 0
    low: int = LIMIT
    high: int = 0

    def add(self, reading: float, *, scale: int = 1) -> None:
        """Count a reading in units of 1 / `scale`; none is below zero."""
        whole = LIMIT if reading >= LIMIT / scale else round(reading * scale)
        self.count += 1
        self.total += whole
        self.low = min(self.low, whole)
        self.high = max(self.high, whole)

    def merge(self, other: "Course") -> "Course":
        """The course of both."""
        return Course(
            self.count + other.count,
            self.total + other.total,
            min(self.low, other.low),
            max(self.high, other.high),
        )

    def mean(self, *, scale: int = 1) -> float:
        """The mean of the readings; there must be one."""
        return self.total / (self.count * scale)
