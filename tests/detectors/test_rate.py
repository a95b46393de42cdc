import math
from statistics import median

import msgspec
import numpy as np
import pytest

from streamgauge.detectors.rate import Bounds, Rate, RateShift, RateState

SEED = 20261126
WATCH = Rate()


def feed(
    watch: Rate, state: RateState, rate: float, *, batch: int, events: int, seed: int
) -> list[RateShift]:
    """What the watch says of so many events of that rate, in batches."""
    totals = np.random.default_rng(seed).binomial(batch, rate, events // batch)
    said = [watch.step(state, batch, float(total)) for total in totals]
    return [shift for shift in said if shift is not None]


def delay(by: float, seed: int) -> float:
    """Events until the rate of .1 that became so many times as large is found, at batch 50."""
    random = np.random.default_rng(seed)
    state = WATCH.start(10_000, random.binomial(10_000, 0.1))
    for total in random.binomial(50, 0.1, 100):
        assert WATCH.step(state, 50, float(total)) is None
    for place, total in enumerate(random.binomial(50, 0.1 * by, 200), 1):
        if WATCH.step(state, 50, float(total)):
            return place * 50
    return math.inf


@pytest.mark.parametrize(("rate", "allowed"), [(0.1, 5), (0.02, 5), (0.003, 5), (0.5, 5)])
def test_stationary_traffic_makes_at_most_one_false_alarm_a_million_events(
    rate: float, allowed: int
) -> None:
    # 5 learned baselines of 1,000,000 events each, a million of them in small batches.
    alarms = 0
    for seed in range(5):
        state = WATCH.start()
        for batch, events in ((50, 200_000), (500, 800_000)):
            said = feed(WATCH, state, rate, batch=batch, events=events, seed=SEED + seed)
            alarms += sum(shift.active for shift in said)
    assert alarms <= allowed


@pytest.mark.parametrize(("by", "within"), [(1.5, 900), (2.0, 300), (3.0, 100)])
def test_an_error_rate_of_a_tenth_that_grows_is_found_soon(by: float, within: int) -> None:
    assert median(delay(by, seed) for seed in range(100)) <= within


def test_a_change_tells_both_rates_and_its_end() -> None:
    state = WATCH.start(10_000, 1_000)
    (began,) = feed(WATCH, state, 0.2, batch=100, events=5_000, seed=SEED)
    assert (began.active, began.direction) == (True, "up")
    assert state.held == began
    assert began.before == pytest.approx(0.1, abs=0.001)
    assert began.after == pytest.approx(0.2, abs=0.05)
    assert began.evidence > 7
    assert 100 <= began.events <= 1_000
    (ended,) = feed(WATCH, state, 0.1, batch=100, events=20_000, seed=SEED)
    assert (ended.active, ended.direction) == (False, "up")
    assert ended.after == pytest.approx(0.1, abs=0.02)
    assert state.held is None
    assert feed(WATCH, state, 0.05, batch=100, events=5_000, seed=SEED)[0].direction == "down"


def test_a_change_holds_for_as_long_as_the_rate_stays() -> None:
    state = WATCH.start(10_000, 1_000)
    assert len(feed(WATCH, state, 0.2, batch=1_000, events=5_000_000, seed=SEED)) == 1
    assert state.held is not None


@pytest.mark.parametrize("batch", [1, 10, 200, 1_000])
def test_how_events_are_cut_changes_hardly_more_than_when_it_is_looked(batch: int) -> None:
    found = []
    for seed in range(20):
        errors = np.random.default_rng(seed).random(4_000) < 0.2
        state = WATCH.start(10_000, 1_000)
        totals = errors.reshape(-1, batch).sum(axis=1)
        said = [bool(WATCH.step(state, batch, float(total))) for total in totals]
        found.append((said.index(True) + 1) * batch)
    assert median(found) <= 300 + batch


def test_windows_of_ten_million_overflow_nothing() -> None:
    state = WATCH.start(10_000, 1_000)
    for _ in range(100):
        assert WATCH.step(state, 1e7, 1.01e6) is None
    began = WATCH.step(state, 1e7, 1e7)
    assert began is not None
    assert math.isfinite(began.evidence)
    ended = WATCH.step(state, 1e7, 1e6)
    assert ended is not None
    assert not ended.active


def test_losses_within_bounds_need_no_more_than_their_sum() -> None:
    random = np.random.default_rng(SEED)
    state = WATCH.start()
    for _ in range(5_000):
        assert WATCH.step(state, 100, float(random.beta(1, 9, 100).sum())) is None
    worse = [WATCH.step(state, 100, float(random.beta(1.5, 9, 100).sum())) for _ in range(50)]
    assert any(worse)


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_a_rate_without_any_or_without_others_stays_silent_until_it_moves(rate: float) -> None:
    state = WATCH.start()
    for _ in range(2_000):
        assert WATCH.step(state, 100, 100 * rate) is None
    other = WATCH.step(state, 100, 50)
    assert other is not None
    assert other.direction == ("up" if rate == 0.0 else "down")


@pytest.mark.parametrize(
    ("count", "total"),
    [(0, 0), (-5, 1), (math.nan, 1), (math.inf, 1), (10, math.nan), (10, math.inf)],
)
def test_what_is_no_window_changes_nothing(count: float, total: float) -> None:
    state = WATCH.start(10_000, 1_000)
    feed(WATCH, state, 0.1, batch=50, events=1_000, seed=SEED)
    before = msgspec.msgpack.encode(state)
    assert WATCH.step(state, count, total) is None
    assert msgspec.msgpack.encode(state) == before


def test_a_rate_of_the_hour_replaces_the_baseline() -> None:
    state = WATCH.start()
    night = Bounds.of(50_000, 15_000)
    random = np.random.default_rng(SEED)
    for total in random.binomial(100, 0.3, 1_000):
        assert WATCH.step(state, 100, float(total), bounds=night) is None
    assert any(WATCH.step(state, 100, 10, bounds=night) for _ in range(10))


def test_what_a_rate_may_vary_by_is_no_change() -> None:
    state = WATCH.start(10_000, 1_000)
    assert all(WATCH.step(state, 100, 11, margin=0.02) is None for _ in range(1_000))
    assert any(WATCH.step(state, 100, 18, margin=0.02) for _ in range(100))


def test_more_may_be_spent_and_less() -> None:
    def found(spent: float) -> int:
        state = WATCH.start(10_000, 1_000)
        said = [bool(WATCH.step(state, 50, 8, spent=spent)) for _ in range(500)]
        return said.index(True)

    assert found(0.01) < found(5e-5) < found(1e-12)


@pytest.mark.parametrize("cut", [0, 50, 120, 140, 199])
def test_a_state_that_was_written_and_read_goes_on_to_the_last_bit(cut: int) -> None:
    random = np.random.default_rng(SEED)
    totals = np.concatenate([random.binomial(100, rate, 60) for rate in (0.1, 0.1, 0.2, 0.1)])
    watch = Rate(warm_up=2_000)
    whole = parted = watch.start()
    said, again = [], []
    for place, total in enumerate(totals):
        if place == cut:
            parted = msgspec.msgpack.decode(msgspec.msgpack.encode(whole), type=RateState)
        said.append(watch.step(whole, 100, float(total)))
        if place >= cut:
            again.append(watch.step(parted, 100, float(total)))
    assert again == said[cut:]
    assert msgspec.msgpack.encode(parted) == msgspec.msgpack.encode(whole)


def test_its_parameters_are_its_configuration() -> None:
    assert msgspec.json.decode(b'{"type":"rate","warm_up":5000}', type=Rate) == Rate(warm_up=5_000)
    with pytest.raises(msgspec.ValidationError, match="warmup"):
        msgspec.json.decode(b'{"type":"rate","warmup":5000}', type=Rate)
