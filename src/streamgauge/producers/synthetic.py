"""A stand-in for a service: rows, predictions and truths that belong together, seeded.

It resembles the scans of `streamgauge generate` in names and sizes, without needing a model or a
data file: for traffic straight to the topics.
"""

import math
from random import Random

# Standard deviation of the truth around the prediction, as a share of it: an honest model.
NOISE = 0.1
# Median inference time and its spread (log-normal), and the share of errors on a good day.
LATENCY_MS = 12.0
LATENCY_SIGMA = 0.35
ERRORS = 0.002

Row = dict[str, float | str | None]
FEATURES = (
    "universe_size",
    "lookback",
    "min_score",
    "n_filters",
    "activity",
    "cache_warm",
    "concurrency",
)


def row(random: Random) -> Row:
    """The features of one request."""
    return {
        "universe_size": float(round(math.exp(random.gauss(6.0, 0.8)))),
        "lookback": random.choice((20.0, 50.0, 100.0, 200.0)),
        "min_score": 0.3 + 0.6 * random.betavariate(4, 4),
        "n_filters": float(min(6, int(random.expovariate(0.5)))),
        "activity": math.exp(random.gauss(0.0, 0.3)),
        "cache_warm": float(random.random() < 0.78),
        "concurrency": float(int(random.expovariate(0.3))),
    }


def prediction(model: str, features: Row) -> float:
    """What the model answers: a count of results, or for `duration…` seconds.

    >>> calm = {"universe_size": 400.0, "min_score": 0.5, "n_filters": 1.0, "activity": 1.0}
    >>> round(prediction("result_count", calm), 1)
    31.7
    """

    def number(name: str, default: float) -> float:
        value = features.get(name)
        return value if isinstance(value, int | float) else default

    universe = max(0.0, number("universe_size", 400.0))
    if model.startswith("duration"):
        looks = math.log2(max(20.0, number("lookback", 50.0)) / 20.0)
        warm = 1 - 0.4 * number("cache_warm", 1.0)
        return (0.5 + 0.012 * universe * (1 + 0.3 * looks) * warm) * number("activity", 1.0)
    passing = 1 / (1 + math.exp(min(50.0, (number("min_score", 0.5) - 0.57) / 0.045)))
    filtered = math.exp(-0.22 * number("n_filters", 1.0))
    found = 110 * (1 - math.exp(-universe / 700))
    return found * number("activity", 1.0) * passing * filtered


def truth(random: Random, expected: float) -> float:
    """What really happened, given what a perfect model would have said."""
    return max(0.0, expected * (1 + random.gauss(0.0, NOISE)))


def latency_ms(random: Random) -> float:
    """How long an inference took."""
    return LATENCY_MS * math.exp(random.gauss(0.0, LATENCY_SIGMA))
