"""What some predictions say together, in plain sums that share nothing with `metrics`."""

from collections import Counter
from collections.abc import Iterable

from streamgauge.contracts.prediction import Prediction

# Name of the measure, how much its sums are scaled before they are rounded to whole units, its
# quantiles, and by which share and how much of it they may be off.
COLUMNS = {
    "prediction_latency_seconds": (1e6, (0.5, 0.95, 0.99), 0.0105, 1e-6),
    "api_latency_seconds": (1e6, (0.5, 0.95, 0.99), 0.0105, 1e-6),
    "prediction_confidence": (1e6, (0.05, 0.5, 0.95), 0.0, 0.0006),
    "prediction_value": (1e3, (0.05, 0.5, 0.95), 0.0255, 1e-6),
}
_DIGITS = 5
_LIMIT = 1e9
_NAME_LENGTH = 128


class Column:
    """The numbers of one column: their sum in whole units, and how often each came.

    Numbers are told apart by their first digits only, so that a day fits into memory.
    """

    def __init__(self, scale: float) -> None:
        self.scale = scale
        self.units = 0
        self.seen: Counter[float] = Counter()

    def add(self, number: float) -> None:
        """Count one number."""
        self.units += round(number * self.scale)
        self.seen[float(f"{number:.{_DIGITS}g}")] += 1

    def merge(self, other: "Column") -> None:
        """Count all of another column."""
        self.units += other.units
        self.seen.update(other.seen)

    def mean(self) -> float:
        """The sum of the whole units over the count."""
        return self.units / (self.scale * self.seen.total())

    def quantile(self, share: float) -> float:
        """The number at the nearest rank.

        >>> column = Column(1.0)
        >>> for number in (3.0, 1.0, 2.0): column.add(number)
        >>> column.quantile(0.5)
        2.0
        """
        rank = max(-(-self.seen.total() * round(share * 1_000) // 1_000), 1)
        for number in sorted(self.seen):
            rank -= self.seen[number]
            if rank <= 0:
                break
        return number


class Tally:
    """Predictions of one series in one window, added one by one."""

    def __init__(self) -> None:
        self.count = 0
        self.errors: Counter[str] = Counter()
        self.fallbacks = 0
        self.cache: Counter[bool] = Counter()
        self.classes: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.columns: dict[str, Column] = {}

    def add(self, event: Prediction) -> None:
        """Count one prediction."""
        self.count += 1
        if event.status != "ok":
            self.errors[event.error or "prediction"] += 1
        if event.fallback:
            self.fallbacks += 1
            if event.fallback_reason is not None:
                self.reasons[event.fallback_reason] += 1
        if event.cache_hit is not None:
            self.cache[event.cache_hit] += 1
        if event.latency_ms is not None:
            self._column("prediction_latency_seconds").add(event.latency_ms / 1e3)
        if event.api_latency_ms is not None:
            self._column("api_latency_seconds").add(event.api_latency_ms / 1e3)
        if event.confidence is not None:
            self._column("prediction_confidence").add(event.confidence)
        if isinstance(event.prediction, str):
            self.classes[event.prediction[:_NAME_LENGTH]] += 1
        elif event.prediction is not None:
            self._column("prediction_value").add(max(-_LIMIT, min(_LIMIT, event.prediction)))

    def _column(self, name: str) -> Column:
        held = self.columns.get(name)
        if held is None:
            held = self.columns[name] = Column(COLUMNS[name][0])
        return held

    @classmethod
    def of(cls, parts: Iterable["Tally"]) -> "Tally":
        """All of them together."""
        whole = cls()
        for part in parts:
            whole.count += part.count
            whole.fallbacks += part.fallbacks
            for name in ("errors", "cache", "classes", "reasons"):
                getattr(whole, name).update(getattr(part, name))
            for name, column in part.columns.items():
                whole._column(name).merge(column)
        return whole
