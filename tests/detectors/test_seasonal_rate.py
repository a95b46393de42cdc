import math

import msgspec
import numpy as np
import pytest

from streamgauge.detectors.rate import Rate
from streamgauge.detectors.seasonal_rate import SeasonalRate, SeasonalState

SEED = 20261202
MINUTE = 60_000
DAYS, BATCH = 8, 50
WATCH = SeasonalRate()


def traffic(*, seasonal: bool, moody: bool, seed: int, days: int = DAYS) -> list[float]:
    """Errors a minute among 50 events: around .1, by hours and by AR(1) moods of .9 a minute."""
    random = np.random.default_rng(seed)
    windows = np.arange(days * 1_440)
    rate = np.full(len(windows), 0.1)
    if seasonal:
        rate *= 1 + 0.5 * np.sin(2 * np.pi * windows / 1_440)
    if moody:
        mood, moods = 0.0, []
        for step in random.normal(0.0, math.sqrt(1 - 0.81), len(windows)):
            mood = 0.9 * mood + step
            moods.append(mood)
        rate *= np.exp(0.2 * np.array(moods))
    return [float(errors) for errors in random.binomial(BATCH, rate)]


def alarms(state: SeasonalState, errors: list[float], start: int = 0) -> list[int]:
    said = [
        WATCH.step(state, (start + minute) * MINUTE, BATCH, total)
        for minute, total in enumerate(errors)
    ]
    return [minute for minute, shift in enumerate(said) if shift is not None and shift.active]


@pytest.mark.parametrize(
    ("seasonal", "moody", "plain"), [(False, False, 0), (True, False, 8), (False, True, 8)]
)
def test_neither_a_daily_cycle_nor_autocorrelation_is_a_change(
    seasonal: bool, moody: bool, plain: int
) -> None:
    # 576,000 events. Without a season `Rate` alarms every day.
    errors = traffic(seasonal=seasonal, moody=moody, seed=SEED)
    assert alarms(WATCH.start(), errors) == []
    rate = Rate()
    state = rate.start()
    said = [rate.step(state, BATCH, total) for total in errors]
    assert sum(shift.active for shift in said if shift is not None) >= plain


@pytest.mark.parametrize(("seasonal", "moody"), [(False, False), (True, False), (True, True)])
def test_errors_three_times_as_many_are_found_within_the_hour(seasonal: bool, moody: bool) -> None:
    state = WATCH.start()
    alarms(state, traffic(seasonal=seasonal, moody=moody, seed=SEED + 1))
    state.rate.held = None
    worse = traffic(seasonal=seasonal, moody=moody, seed=SEED + 2, days=1)
    found = alarms(state, [min(3 * total, BATCH) for total in worse], start=DAYS * 1_440)
    assert found
    assert found[0] < 60


def test_a_change_is_not_learned_and_tells_its_events() -> None:
    state = WATCH.start()
    alarms(state, traffic(seasonal=True, moody=False, seed=SEED, days=3))
    before = sum(state.season.count)
    worse = [20.0] * 600
    assert alarms(state, worse, start=3 * 1_440)[0] < 20
    assert sum(state.season.count) - before < 20 * BATCH
    assert state.rate.held is not None
    assert 0 < state.rate.held.events <= 20 * BATCH


@pytest.mark.parametrize("cut", [0, 1_000, 2_000, 2_890, 3_300])
def test_a_state_that_was_written_and_read_goes_on_to_the_last_bit(cut: int) -> None:
    errors = traffic(seasonal=True, moody=True, seed=SEED, days=2) + [12.0] * 200
    errors += traffic(seasonal=True, moody=True, seed=SEED, days=1)
    whole = parted = WATCH.start()
    for minute, total in enumerate(errors):
        if minute == cut:
            parted = msgspec.msgpack.decode(msgspec.msgpack.encode(whole), type=SeasonalState)
        told = WATCH.step(whole, minute * MINUTE, BATCH, total)
        if minute >= cut:
            assert WATCH.step(parted, minute * MINUTE, BATCH, total) == told
    assert msgspec.msgpack.encode(parted) == msgspec.msgpack.encode(whole)


def test_on_the_first_day_only_a_hasty_one_speaks() -> None:
    errors = traffic(seasonal=False, moody=False, seed=SEED, days=1)[:600]
    for watch, spoken in ((SeasonalRate(), False), (SeasonalRate(hasty=True), True)):
        state = watch.start()
        said = [
            watch.step(state, minute * MINUTE, BATCH, total)
            for minute, total in enumerate([*errors, *[20.0] * 60])
        ]
        assert any(said) == spoken


def test_a_margin_is_no_change() -> None:
    errors = traffic(seasonal=False, moody=False, seed=SEED, days=1)[:600]
    watch = SeasonalRate(hasty=True)
    state = watch.start()
    for minute, total in enumerate([*errors, *[9.0] * 120]):
        assert watch.step(state, minute * MINUTE, BATCH, total, margin=0.1) is None
