import msgspec
import numpy as np

from streamgauge.detectors.feature_drift import FeatureDrift
from streamgauge.detectors.segment_baseline import SegmentBaseline

from .frozen import Rows, reference, window, yardstick

SEED = 20261211
DRIFT = FeatureDrift()


def draw(seed: int, size: int, *, at: float = 0.0, plan: float = 0.5) -> Rows:
    random = np.random.default_rng(seed)
    plans = np.where(random.random(size) < plan, "gold", "free")
    return {"age": random.normal(at, 1, size), "plan": plans.tolist()}


def test_a_segment_that_always_differed_is_silent_until_it_moves_itself() -> None:
    made = reference(draw(SEED, 10_000))
    whole = yardstick(made)
    held = SegmentBaseline()
    for seed in range(5):
        assert held.yardstick(whole) is None
        held = held.add(window(made, whole, draw(seed, 1_000, at=0.7, plan=0.9)))
    held = msgspec.msgpack.decode(msgspec.msgpack.encode(held), type=SegmentBaseline)
    own = held.yardstick(whole)
    assert own is not None
    usual = window(made, whole, draw(100, 2_000, at=0.7, plan=0.9))
    assert DRIFT.judge(whole, usual).active
    assert not DRIFT.judge(own, usual).active
    found = DRIFT.judge(own, window(made, whole, draw(100, 2_000, at=0.2, plan=0.9)))
    assert [part.name for part in found.parts] == ["age"]
    assert found.direction == "down"


def test_a_window_on_cells_is_held_against_it_too() -> None:
    made = reference(draw(SEED, 10_000))
    whole = yardstick(made)
    own = SegmentBaseline().add(window(made, whole, draw(1, 5_000))).yardstick(whole)
    assert own is not None
    fine = window(made, whole, draw(2, 1_000, at=1.0), fine=True)
    coarse = window(made, whole, draw(2, 1_000, at=1.0))
    assert DRIFT.judge(own, fine).score == DRIFT.judge(own, coarse).score


def test_features_of_one_kind_alone_are_enough() -> None:
    for name in ("age", "plan"):
        rows = {name: draw(SEED, 6_000)[name]}
        made = reference(rows)
        whole = yardstick(made)
        held = SegmentBaseline().add(window(made, whole, rows)).add(window(made, whole, rows))
        own = held.yardstick(whole)
        assert own is not None
        assert own.cells.total.sum() + own.names.total.sum() == 12_000


def test_one_of_another_grid_is_none_and_nothing_is_fine() -> None:
    whole = yardstick(reference(draw(SEED, 10_000)))
    other = reference({"age": np.arange(50.0)})
    held = SegmentBaseline().add(window(other, yardstick(other), {"age": np.arange(50.0)}))
    assert held.yardstick(whole, rows=1) is None
    nothing = yardstick(reference({}))
    assert SegmentBaseline().add(nothing.window({}, {})).yardstick(nothing) is None
