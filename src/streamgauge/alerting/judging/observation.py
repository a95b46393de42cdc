"""What a reading says of one series: values in windows, and signals that last."""

import msgspec

from streamgauge.alerting.judging.evidence import Evidence
from streamgauge.contracts.measure import Finding, Measure, Signal

# What rules call the signals, by what was found.
SIGNALS: dict[Finding, str] = {
    "DRIFT_DETECTED": "drift_signal",
    "PERFORMANCE_DEGRADED": "performance_signal",
    "DATA_QUALITY_ISSUE": "quality_signal",
    "ANOMALY_DETECTED": "anomaly_signal",
    "RETRAINING_RECOMMENDED": "retraining_signal",
}


class Observation(msgspec.Struct, frozen=True, gc=False):
    """One value of one series at one time, in milliseconds.

    `start` and `end` are the window's; `at` is when the value was known; `closed` says that no
    regular event of the window is missing. `order` tells the newer of two observations. One of a
    `signal` has no width and holds until there is another.
    """

    start: int
    end: int
    at: int
    closed: bool
    value: float
    samples: int
    completeness: float
    order: tuple[int, ...]
    evidence: Evidence
    signal: Signal | None = None


def of_value(reading: Measure, value: float, samples: int, evidence: Evidence) -> Observation:
    """One value of a measure; `evidence` is `of_window(reading)`."""
    final = reading.final
    return Observation(
        reading.start,
        reading.end,
        # A window that nothing has come from yet is known from its start on.
        reading.end if final else max(reading.start, reading.as_of),
        final,
        value,
        samples,
        reading.completeness,
        # The newest event counts before the revision: partial windows overlap with closed ones.
        (reading.start, reading.generation, int(final), reading.revision),
        evidence,
    )


def of_window(reading: Measure) -> Evidence:
    """What all values of a measure have in common."""
    return {"window": reading.window, "window_seconds": (reading.end - reading.start) / 1000}


def of_signal(signal: Signal) -> Observation:
    """A detector's word: 1 while what it found holds."""
    return Observation(
        start=signal.end,
        end=signal.end,
        at=signal.end,
        closed=True,
        value=1.0 if signal.active else 0.0,
        samples=signal.samples,
        completeness=1.0,
        order=(signal.end, 1, 0),
        evidence={},
        signal=signal,
    )
