import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.detectors.reservoir import Reservoir

ids = st.lists(st.text(max_size=3), max_size=30)


def rows(names: list[str]) -> dict[str, list[float | str | None]]:
    """A row that can be told from its id."""
    return {"name": list(names), "length": [float(len(name)) for name in names]}


@given(ids, ids, st.integers(1, 10))
def test_the_order_and_the_windows_do_not_matter(one: list[str], two: list[str], size: int) -> None:
    both = Reservoir().add(one, rows(one), size=size).add(two, rows(two), size=size)
    turned = Reservoir().add(two, rows(two), size=size).add(one, rows(one), size=size)
    apart = Reservoir().add(one, rows(one), size=size)
    apart = apart.merge(Reservoir().add(two, rows(two), size=size), size=size)
    assert msgspec.json.encode(both.hashes) == msgspec.json.encode(turned.hashes)
    assert both.columns.get("name", []) == turned.columns.get("name", [])
    assert apart == both
    assert len(both) == min(size, len({*one, *two}))
    assert both.hashes == sorted(both.hashes)


def test_every_row_is_as_likely_as_any_other() -> None:
    # Of 20,000 rows in ten windows 2,000 stay: 200 of each window, by four deviations 150 to 250.
    held = Reservoir()
    for window in range(10):
        names = [f"{window}/{place}" for place in range(2_000)]
        held = held.add(names, {"window": [float(window)] * 2_000})
    counts = np.bincount(np.array(held.columns["window"], np.int64))
    assert counts.sum() == 2_000
    assert counts.min() >= 150
    assert counts.max() <= 250


def test_a_column_that_came_later_is_null_before() -> None:
    held = Reservoir().add(["a"], {"x": [1.0]}).add(["b"], {"y": ["new"]})
    pairs = set(zip(held.columns["x"], held.columns["y"], strict=True))
    assert pairs == {(1.0, None), (None, "new")}


def test_it_can_be_kept() -> None:
    held = Reservoir().add(["a", "b"], {"x": [1.0, None]})
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(held), type=Reservoir) == held
    assert len(Reservoir()) == 0
    assert Reservoir().add([], {}) == Reservoir()
