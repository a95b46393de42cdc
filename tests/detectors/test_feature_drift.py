import msgspec
import numpy as np
from scipy import stats

from streamgauge.contracts.reference import Counted, Number
from streamgauge.detectors.feature_drift import FeatureDrift
from streamgauge.detectors.yardstick import CELLS, Ints, Window, Yardstick

SEED = 20261204
FEATURES = 20
NAMES = [f"f{place:02}" for place in range(FEATURES)]
DRIFT = FeatureDrift()


def made(random: np.random.Generator, rows: int) -> tuple[Yardstick, np.ndarray]:
    """Uniform features as a reference of so many rows has them, and the true chance of each group.

    The cuts are order statistics of the rows, as frozen grids take them, so each group has a
    sixteenth of the rows and a chance that is only about that.
    """
    rank = np.ceil(np.arange(1, 16) / 16 * rows).astype(int)
    cuts = np.sort(random.random((FEATURES, rows)), axis=1)[:, rank - 1]
    counts = np.diff(rank, prepend=0, append=rows)
    cells = dict(zip(range(0, CELLS, 32), counts.tolist(), strict=True))
    fields = {
        name: Number(cuts=cut.tolist(), low=0, high=1, least=0, most=1, mean=0.5, deviation=0.29)
        for name, cut in zip(NAMES, cuts, strict=True)
    }
    middle = np.linspace(0, 1, CELLS)
    held = Yardstick.made(
        fields, {}, dict.fromkeys(NAMES, Counted(cells=cells)), dict.fromkeys(NAMES, middle)
    )
    return held, np.diff(cuts, axis=1, prepend=0.0, append=1.0)


def window(counts: Ints) -> Window:
    return Window(counts, np.zeros((0, 2), np.int64))


def alarms(events: int, rows: int, size: int, seed: int) -> int:
    """In how many windows of a stream that does not move something is said to have moved."""
    random = np.random.default_rng(seed)
    found = 0
    for place in range(events // size):
        if place % 100 == 0:
            held, chances = made(random, rows)
        found += DRIFT.judge(held, window(random.multinomial(size, chances))).active
    return found


def test_a_stationary_stream_raises_at_most_one_alarm_in_a_million_events() -> None:
    # Asked for is half an alarm in a million, so two in these four million; by chance there may be
    # twice as many.
    assert alarms(1_000_000, 1_000, 1_000, SEED) <= 2
    assert alarms(1_000_000, 10_000, 1_000, SEED + 1) <= 2
    assert alarms(500_000, 10_000, 250, SEED + 2) <= 1
    assert alarms(1_500_000, 10_000, 50_000, SEED + 3) <= 2


def test_a_small_shift_of_one_of_twenty_is_found_and_named() -> None:
    # A fifth of a deviation, as it moves normal values: with windows of 2,000 events nearly always.
    random = np.random.default_rng(SEED)
    held, chances = made(random, 10_000)
    ends = stats.norm.ppf(np.clip(np.cumsum(chances[7]), 0, 1))
    chances[7] = np.diff(stats.norm.cdf(ends - 0.2), prepend=0.0)
    first = []
    for _ in range(200):
        found = DRIFT.judge(held, window(random.multinomial(2_000, chances)))
        first.append(found.parts[0].name if found.parts else "")
    assert first.count("f07") >= 190
    assert set(first) <= {"", "f07"}


def test_its_parameters_are_a_value() -> None:
    written = msgspec.json.encode(FeatureDrift(q=0.01))
    assert msgspec.json.decode(written, type=FeatureDrift) == FeatureDrift(q=0.01)
    assert b'"type":"feature_drift"' in written
