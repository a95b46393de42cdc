"""Series drawn by chance, in promtool's notation: gaps, stale markers, counters that begin anew."""

from itertools import product
from random import Random

STEP = 30_000
COUNT = 41
_BOUNDS = ("0.1", "0.5", "1", "5", "+Inf")


def draw_series(chance: Random) -> dict[str, str]:
    """Series by their text: gauges g and h, counters c, one info per job, a histogram b_bucket."""
    series: dict[str, str] = {}
    for metric, job, zone in product("ghc", "ab", "xyz"):
        if chance.random() < 0.8:
            values = _counter(chance, len(series)) if metric == "c" else _gauge(chance)
            series[f'{metric}{{job="{job}",zone="{zone}"}}'] = _broken(chance, values)
    for job in "ab":
        series[f'info{{job="{job}",team="team-{job}"}}'] = f"1x{COUNT - 1}"
        for bound, values in zip(_BOUNDS, _buckets(chance), strict=True):
            series[f'b_bucket{{job="{job}",le="{bound}"}}'] = " ".join(values)
    return series


def _gauge(chance: Random) -> list[str]:
    """Halves, so that sums are exact; some series stay on a few values."""
    few = chance.random() < 0.2
    most = 2 if few else 999
    return [str(chance.randint(-most, most) / 2) for _ in range(COUNT)]


def _counter(chance: Random, place: int) -> list[str]:
    """Begins anew at the half: nearer to zero, Prometheus 2.42 and 3 extrapolate differently.

    No two counters have the same value: which of them is in a topk is not said.
    """
    value, values = chance.randint(10_000, 20_000), []
    for _ in range(COUNT):
        value = value // 2 if chance.random() < 0.05 else value
        value += chance.randint(0, 50)
        values.append(str(value * 100 + place))
    return values


def _buckets(chance: Random) -> list[list[str]]:
    counts = [0] * len(_BOUNDS)
    rows: list[list[str]] = [[] for _ in _BOUNDS]
    for _ in range(COUNT):
        more = 0
        for place in range(len(_BOUNDS)):
            more += chance.randint(0, 9)
            counts[place] += more
            rows[place].append(str(10_000 + counts[place]))
    return rows


def _broken(chance: Random, values: list[str]) -> str:
    """The values with what real series have: a gap, an end with or without a marker."""
    rows = list(values)
    for place in range(COUNT):
        if chance.random() < 0.05:
            rows[place] = "_"
    if chance.random() < 0.3:
        start = chance.randrange(COUNT)
        rows[start : start + chance.randint(5, 15)] = ["_"] * min(15, COUNT - start)
    if chance.random() < 0.3:
        rows[chance.randrange(COUNT)] = "stale"
    if chance.random() < 0.2:
        rows = rows[: chance.randint(1, COUNT)]
    return " ".join(rows)
