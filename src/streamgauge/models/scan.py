"""A seeded history of scans, the example data: what was asked, what was found, how long it took.

A scan looks through a universe of items and lists those that pass its filters. The formulas are a
stand-in for a real service, made so that a constant predictor fails the gates of `train` and a
forest passes them; `docs/models.md` has the measured figures.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

FEWEST = 150
FIRST_DAY = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
DAYS = 56
# Who scans: share of the scans and median size of the universe. Log-normal, sigma 0.25.
PROFILES = {
    "casual": (0.30, 150.0),
    "regular": (0.30, 400.0),
    "power": (0.25, 900.0),
    "institution": (0.15, 1600.0),
}
LOOKBACKS = {20: 0.30, 50: 0.35, 100: 0.25, 200: 0.10}
REGIONS = {"eu": 0.5, "us": 0.35, "apac": 0.15}
SEGMENTS = ("free", "plus", "pro", "team")
# Half of the scans come around two hours of the day; close to them a scan finds more.
PEAK_HOURS = (10.0, 19.0)
PEAK_SHARE = 0.5
PEAK_SPREAD = 2.0
PEAK_WIDTH = 1.5
DISPERSION = 80.0
DEAD_SHARE = 0.08
USERS_A_PROFILE = 40


class Scan(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """One scan: a line of the history. Units: seconds; `min_score` is a share; hours are UTC."""

    scan_id: str
    timestamp: str
    user_id: str
    session_id: str
    segment: str
    region: str
    profile: str
    universe_size: int
    lookback: int
    min_score: float
    n_filters: int
    activity: float
    cache_warm: int
    concurrency: int
    hour_sin: float
    hour_cos: float
    weekday: int
    result_count: int
    duration_s: float
    time_to_first_result_s: float | None


# What a model may look at; everything else in a line names the scan or is its outcome.
NUMBERS = (
    "universe_size",
    "lookback",
    "min_score",
    "n_filters",
    "activity",
    "cache_warm",
    "concurrency",
    "hour_sin",
    "hour_cos",
    "weekday",
)
CATEGORIES = ("profile",)


def scans(records: int, seed: int, drift: float = 0.0) -> list[Scan]:
    """A history in the order of time; the same arguments give the same scans.

    `drift` d multiplies `activity` by exp(0.6 d) and adds 0.10 d to `min_score`; all other draws
    stay as they were, so two histories differ by the drift alone.

    >>> len(scans(3, seed=7))
    3
    >>> scans(3, seed=7)[0].scan_id == scans(3, seed=7, drift=1.0)[0].scan_id
    True
    """
    rng = np.random.default_rng(seed)
    ask = _asked(rng, records, drift)
    found, seconds = _answered(rng, ask)
    first = np.round(seconds * rng.beta(2.0, 6.0, records), 3)
    moments = [
        FIRST_DAY + timedelta(days=int(day), seconds=round(float(hour) * 3600))
        for day, hour in zip(ask["day"], ask["hour"], strict=True)
    ]
    made: list[Scan] = []
    for place, row in enumerate(sorted(range(records), key=lambda at: (moments[at], at))):
        when, profile = moments[row], str(ask["profile"][row])
        user = f"{profile}-{int(ask['user'][row]):02d}"
        made.append(
            Scan(
                scan_id=f"scan-{seed}-{place:06d}",
                timestamp=when.strftime("%Y-%m-%dT%H:%M:%SZ"),
                user_id=user,
                session_id=f"{user}-{when:%m%d}",
                segment=SEGMENTS[list(PROFILES).index(profile)],
                region=str(ask["region"][row]),
                profile=profile,
                **_features(ask, row),
                result_count=int(found[row]),
                duration_s=round(float(seconds[row]), 3),
                time_to_first_result_s=float(first[row]) if found[row] else None,
            )
        )
    return made


def _features(ask: dict[str, Any], row: int) -> dict[str, Any]:
    whole: dict[str, Any] = {name: int(ask[name][row]) for name in _WHOLE}
    return whole | {name: round(float(ask[name][row]), 6) for name in _REAL}


_WHOLE = ("universe_size", "lookback", "n_filters", "cache_warm", "concurrency", "weekday")
_REAL = ("min_score", "activity", "hour_sin", "hour_cos")


def _asked(rng: np.random.Generator, records: int, drift: float) -> dict[str, Any]:
    """What the users ask for, a column each."""
    names, shares, medians = zip(*((n, s, m) for n, (s, m) in PROFILES.items()), strict=True)
    who = rng.choice(len(names), records, p=shares)
    universe = np.array(medians)[who] * np.exp(rng.normal(0.0, 0.25, records))
    day = rng.integers(0, DAYS, records)
    at_peak = rng.choice(PEAK_HOURS, records) + rng.normal(0.0, PEAK_SPREAD, records)
    hour = np.where(rng.random(records) < PEAK_SHARE, at_peak, rng.uniform(0.0, 24.0, records)) % 24
    score = 0.3 + 0.6 * rng.beta(4.0, 4.0, records)
    return {
        "profile": np.array(names)[who],
        "user": rng.integers(0, USERS_A_PROFILE, records),
        "region": rng.choice(list(REGIONS), records, p=list(REGIONS.values())),
        "day": day,
        "hour": hour,
        "weekday": day % 7,
        "hour_sin": np.sin(2 * np.pi * hour / 24),
        "hour_cos": np.cos(2 * np.pi * hour / 24),
        "universe_size": np.maximum(1, np.round(universe)),
        "lookback": rng.choice(list(LOOKBACKS), records, p=list(LOOKBACKS.values())),
        "n_filters": np.minimum(6, rng.poisson(1.8, records)),
        "cache_warm": rng.random(records) < 0.78,
        "concurrency": rng.poisson(3.0, records),
        "min_score": score + 0.10 * drift,
        "activity": np.exp(rng.normal(0.0, 0.3, records)) * np.exp(0.6 * drift),
    }


def _answered(rng: np.random.Generator, ask: dict[str, Any]) -> tuple[Floats, Floats]:
    """How many results were found and how many seconds it took."""
    universe = ask["universe_size"]
    peak = np.clip(
        sum(np.exp(-(((ask["hour"] - at) / PEAK_WIDTH) ** 2) / 2) for at in PEAK_HOURS), 0.0, 1.0
    )
    expected = (
        110.0
        * (1.0 - np.exp(-universe / 700.0))
        * ask["activity"]
        * (1.0 + 0.2 * peak)
        / (1.0 + np.exp(-(0.57 - ask["min_score"]) / 0.045))
        * np.exp(-0.22 * ask["n_filters"])
    )
    # A Poisson count whose rate is gamma distributed: more spread than a Poisson alone.
    found = rng.poisson(rng.gamma(DISPERSION, expected / DISPERSION))
    found = np.where(rng.random(len(found)) < DEAD_SHARE, 0, found)
    seconds = (
        0.5
        + 0.012
        * universe
        * (1.0 + 0.3 * np.log2(ask["lookback"] / 20.0))
        * (1.0 - 0.4 * ask["cache_warm"])
        + 0.1 * ask["n_filters"]
    )
    noise = np.exp(rng.normal(0.0, 0.06, len(found)))
    return found, seconds * (1.0 + 0.05 * ask["concurrency"]) * noise
