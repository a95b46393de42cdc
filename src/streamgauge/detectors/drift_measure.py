"""What a verdict publishes: each test of each value, keyed as Prometheus prints samples."""

import math
from collections.abc import Sequence
from functools import lru_cache

from streamgauge.detectors.distances import Distances
from streamgauge.detectors.window_test import Floats

# What a measure is called after the kind of value, and how it stands in `Distances`.
TESTS = (
    ("psi", "psi"),
    ("kl", "kl"),
    ("js", "jensen_shannon"),
    ("hellinger", "hellinger"),
    ("l_infinity", "l_infinity"),
    ("wasserstein", "wasserstein"),
    ("ks", "ks"),
    ("ks_p", "ks_p"),
    ("chi_square", "chi_square"),
)


@lru_cache(65_536)
def key(kind: str, test: str, name: str) -> str:
    r"""The series of a test of a value.

    >>> key("feature", "psi", 'a "b"')
    'feature_psi{feature="a \\"b\\""}'
    """
    told = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{kind}_{test}{{{kind}="{told}"}}'


def values(
    kind: str, names: Sequence[str], judged: Sequence[int], far: Distances, p: Floats
) -> dict[str, float]:
    """The measures of the values that were judged.

    `feature_psi` is debiased, and at least zero; `feature_ks` with `feature_ks_p`;
    `feature_chi_square` with `feature_drift_p`, which is corrected for the number of values;
    `feature_drift_score` is the largest PSI.
    """
    if not judged:
        return {}
    told: dict[str, float] = {}
    columns: dict[str, Floats] = {test: getattr(far, field) for test, field in TESTS}
    for test, column in (columns | {"drift_p": p}).items():
        numbers = column.tolist()
        for place in judged:
            if math.isfinite(numbers[place]):
                told[key(kind, test, names[place])] = numbers[place]
    best = 0.0
    for place in judged:
        name = key(kind, "psi", names[place])
        told[name] = max(told[name], 0.0)
        best = max(best, told[name])
    told[f"{kind}_drift_score"] = best
    return told


def samples(
    kind: str, names: Sequence[str], judged: Sequence[int], count: Floats
) -> dict[str, int]:
    """How many values stand behind the score, and behind the tests of each value.

    Names of series without labels say how many stand behind all of them.
    """
    if not judged:
        return {}
    told = {f"{kind}_drift_score": int(count[list(judged)].max())}
    told |= {key(kind, "psi", names[place]): int(count[place]) for place in judged}
    return told
