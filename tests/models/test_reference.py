import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.contracts.reference import Number
from streamgauge.models.feature import Feature
from streamgauge.models.reference import reference

FEATURES = [Feature(name="a", kind="number"), Feature(name="p", kind="category")]


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=200))
def test_every_row_is_counted_once_in_its_group(column: list[float]) -> None:
    x = np.array([[value, 0.0] for value in column], dtype=np.float32)

    found = reference("m", "1", FEATURES, x, now=1)

    field = found.schema["a"]
    assert isinstance(field, Number)
    assert sum(found.features["a"].cells.values()) == found.rows == len(column)
    assert field.cuts == sorted(set(field.cuts))
    groups = {cell // 32 for cell in found.features["a"].cells}
    assert groups == set(range(len(field.cuts) + 1))


def test_the_hash_covers_the_content_and_not_the_time() -> None:
    x = np.arange(20, dtype=np.float32).reshape(10, 2)

    early, late = (reference("m", "1", FEATURES, x, now=now) for now in (1, 2))

    assert early.hash == late.hash
    assert early.grid == late.grid
    assert early.hash != reference("m", "1", FEATURES, x + 1, now=1).hash
    assert early.hash != reference("m", "2", FEATURES, x, now=1).hash
    assert early.grid == reference("m", "2", FEATURES, x, now=1).grid
