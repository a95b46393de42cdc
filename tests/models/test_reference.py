import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.models.feature import Feature
from streamgauge.models.reference import content_hash, reference

FEATURES = [Feature(name="a", kind="number"), Feature(name="p", kind="category")]


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=200))
def test_every_row_falls_into_one_bin_and_no_bin_is_empty(column: list[float]) -> None:
    x = np.array([[value, 0.0] for value in column], dtype=np.float32)

    found = reference("m", "1", FEATURES, x, now=1)

    assert set(found.counts) == {"a"}
    assert sum(found.counts["a"]) == len(column)
    assert len(found.counts["a"]) == len(found.edges["a"]) + 1 <= 16
    assert found.edges["a"] == sorted(set(found.edges["a"]))


def test_the_hash_covers_the_content_and_not_the_time() -> None:
    x = np.arange(20, dtype=np.float32).reshape(10, 2)

    early, late = (reference("m", "1", FEATURES, x, now=now) for now in (1, 2))

    assert early.hash == late.hash == content_hash(early)
    assert early.hash != reference("m", "1", FEATURES, x + 1, now=1).hash
    assert early.hash != reference("m", "2", FEATURES, x, now=1).hash
