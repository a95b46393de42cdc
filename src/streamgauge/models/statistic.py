"""What a history of scans holds, in lines for a person to read."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from streamgauge.models.scan import NUMBERS, Scan

_OUTCOMES = ("result_count", "duration_s")


def describe(scans: Sequence[Scan]) -> Iterator[str]:
    """Counts, share of empty scans, means, and how strongly each feature goes with the outcomes."""
    empty = sum(scan.result_count == 0 for scan in scans) / len(scans)
    yield f"scans      {len(scans)} from {scans[0].timestamp} to {scans[-1].timestamp}"
    yield (
        f"users      {len({scan.user_id for scan in scans})}"
        f" in {len({scan.session_id for scan in scans})} sessions"
    )
    for name in ("profile", "region"):
        counts = Counter(str(getattr(scan, name)) for scan in scans).most_common()
        yield f"{name:<10} " + ", ".join(f"{key} {count}" for key, count in counts)
    yield f"empty      {empty:.1%} of the scans found nothing"
    columns = {
        name: np.array([getattr(scan, name) for scan in scans], dtype=np.float64)
        for name in (*NUMBERS, *_OUTCOMES)
    }
    yield ""
    yield f"{'column':<14}{'mean':>10}{'median':>10}{'sd':>10}" + "".join(
        f"{'r ' + name:>16}" for name in _OUTCOMES
    )
    for name, column in columns.items():
        ties = "".join(f"{_correlation(column, columns[other]):>16.2f}" for other in _OUTCOMES)
        yield (
            f"{name:<14}{column.mean():>10.2f}{np.median(column):>10.2f}{column.std():>10.2f}{ties}"
        )


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's r; 0 where a column does not vary."""
    if not a.std() or not b.std():
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])
